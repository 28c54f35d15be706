// A token passed around a ring of `kinds` goroutines, each with a function and an arithmetic of its own: the peer of the rings of different
// PROCs. Prints nanoseconds a hop. Run with GOMAXPROCS=1.
package main

import (
	"fmt"
	"os"
	"strconv"
	"time"
)

func element(k int32, in <-chan int32, out chan<- int32) {
	for {
		x := <-in
		out <- (x+k)&0xffffff ^ k
	}
}

func main() {
	kinds, _ := strconv.Atoi(os.Args[1])
	first := make(chan int32)
	in := first
	for i := 0; i < kinds; i++ {
		out := make(chan int32)
		go element(int32(i), in, out)
		in = out
	}
	turns := 2_000_000 / (kinds + 1)
	var token int32
	round := func() {
		for i := 0; i < turns; i++ {
			first <- token
			token = <-in
		}
	}
	round()
	start := time.Now()
	round()
	fmt.Println(float64(time.Since(start).Nanoseconds()) / float64(turns*(kinds+1)))
}
