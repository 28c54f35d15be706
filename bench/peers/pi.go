// Goroutines, a mutex and a barrier of WaitGroups: the peers of bench/programs/pi.csp.
// Prints nanoseconds: a goroutine started and waited for, a mutex locked and unlocked, one goroutine's part in a round of a thousand. Run with GOMAXPROCS=1.
package main

import (
	"fmt"
	"os"
	"sync"
	"time"
)

const turns = 1000

func forks(count int) {
	for t := 0; t < turns; t++ {
		var all sync.WaitGroup
		all.Add(count)
		for i := 0; i < count; i++ {
			go func() { all.Done() }()
		}
		all.Wait()
	}
}

func claims(count int) {
	var m sync.Mutex
	for t := 0; t < turns; t++ {
		for i := 0; i < count; i++ {
			m.Lock()
			m.Unlock()
		}
	}
}

// Each round has a WaitGroup of its own, which all tell that they have come and wait for.
func meetings(count int) {
	rounds := make([]sync.WaitGroup, turns)
	for i := range rounds {
		rounds[i].Add(count)
	}
	var all sync.WaitGroup
	all.Add(count)
	for i := 0; i < count; i++ {
		go func() {
			for r := range rounds {
				rounds[r].Done()
				rounds[r].Wait()
			}
			all.Done()
		}()
	}
	all.Wait()
}

func main() {
	const count = 1000
	run := map[string]func(int){"fork": forks, "claim": claims, "sync": meetings}[os.Args[1]]
	run(count)
	start := time.Now()
	run(count)
	fmt.Println(float64(time.Since(start).Nanoseconds()) / float64(count*turns))
}
