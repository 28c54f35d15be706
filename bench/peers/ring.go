// A token passed around a ring of n goroutines: the peer of bench/programs/ring.csp.
// Prints nanoseconds a hop. Run with GOMAXPROCS=1.
package main

import (
	"fmt"
	"os"
	"strconv"
	"time"
)

func element(in <-chan int32, out chan<- int32) {
	for {
		out <- <-in + 1
	}
}

func main() {
	n, _ := strconv.Atoi(os.Args[1])
	rounds, _ := strconv.Atoi(os.Args[2])
	first := make(chan int32)
	in := first
	for i := 0; i < n-1; i++ {
		out := make(chan int32)
		go element(in, out)
		in = out
	}
	var token int32
	for i := 0; i < 1; i++ {
		first <- token
		token = <-in
	}
	start := time.Now()
	for i := 0; i < rounds; i++ {
		first <- token
		token = <-in
	}
	fmt.Println(float64(time.Since(start).Nanoseconds()) / float64(rounds*n))
}
