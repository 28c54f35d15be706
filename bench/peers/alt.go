// A select over n channels with reflect.Select, since the number is known only when it runs: the peer of bench/programs/alt.csp.
// Arguments: n, and `ready` or `waiting`. Prints nanoseconds a choice. Run with GOMAXPROCS=1.
package main

import (
	"fmt"
	"os"
	"reflect"
	"strconv"
	"time"
)

func main() {
	n, _ := strconv.Atoi(os.Args[1])
	ready := os.Args[2] == "ready"
	cases := make([]reflect.SelectCase, n)
	ask := make([]chan int32, n)
	for i := 0; i < n; i++ {
		c, g := make(chan int32), make(chan int32)
		ask[i] = g
		cases[i] = reflect.SelectCase{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(c)}
		if ready {
			go func() {
				for {
					c <- 1
				}
			}()
		} else {
			go func() {
				for {
					c <- <-g
				}
			}()
		}
	}
	choices := 2_000_000 / (n + 10)
	next := 0
	round := func() {
		for i := 0; i < choices; i++ {
			if !ready {
				ask[next] <- int32(i)
			}
			reflect.Select(cases)
			next = (next + 7) % n
		}
	}
	round()
	start := time.Now()
	round()
	fmt.Println(float64(time.Since(start).Nanoseconds()) / float64(choices))
}
