// A goroutine and its end: a million of them that do nothing, each told to a WaitGroup. Prints nanoseconds each, one line a round.
package main

import (
	"fmt"
	"sync"
	"time"
)

const goroutines = 1000000

//go:noinline
func child(x int) int { return x }

func main() {
	for round := 0; round < 7; round++ {
		start := time.Now()
		var group sync.WaitGroup
		for i := 0; i < goroutines; i++ {
			group.Add(1)
			go func(x int) {
				child(x)
				group.Done()
			}(i)
		}
		group.Wait()
		fmt.Println(time.Since(start).Nanoseconds() / goroutines)
	}
}
