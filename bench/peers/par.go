// A thousand goroutines started and waited for with a WaitGroup: the peer of bench/programs/par.csp.
// Prints nanoseconds a goroutine. Run with GOMAXPROCS=1.
package main

import (
	"fmt"
	"os"
	"sync"
	"time"
)

func countTo(n int32) int32 {
	var result int32
	for result < n {
		result++
	}
	return result
}

func main() {
	const branches = 1000
	const turns = 1000
	var a [branches]int32
	run := func(kind string, t int) {
		var all sync.WaitGroup
		all.Add(branches)
		for i := 0; i < branches; i++ {
			i := i
			switch kind {
			case "skip":
				go func() { all.Done() }()
			case "element":
				go func() { a[i] = int32(i + t); all.Done() }()
			case "call":
				go func() { a[i] = countTo(3); all.Done() }()
			}
		}
		all.Wait()
	}
	pair := func(t int) {
		for i := 0; i < branches/2; i++ {
			var both sync.WaitGroup
			both.Add(2)
			go func() { a[0] = int32(t); both.Done() }()
			go func() { a[1] = int32(t); both.Done() }()
			both.Wait()
		}
	}
	kind := os.Args[1]
	round := func() {
		for t := 0; t < turns; t++ {
			if kind == "pair" {
				pair(t)
			} else {
				run(kind, t)
			}
		}
	}
	round()
	start := time.Now()
	round()
	fmt.Println(float64(time.Since(start).Nanoseconds()) / float64(branches*turns))
}
