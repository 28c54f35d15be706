// Commstime with a sequential delta: the peer of bench/programs/commstime.csp.
// Prints nanoseconds a loop. Run with GOMAXPROCS=1.
package main

import (
	"fmt"
	"os"
	"strconv"
	"time"
)

func prefix(n int32, in <-chan int32, out chan<- int32) {
	out <- n
	for {
		out <- <-in
	}
}

func delta(in <-chan int32, out1, out2 chan<- int32) {
	for {
		x := <-in
		out1 <- x
		out2 <- x
	}
}

func succ(in <-chan int32, out chan<- int32) {
	for {
		out <- <-in + 1
	}
}

func main() {
	loops, _ := strconv.Atoi(os.Args[1])
	a, b, c, d := make(chan int32), make(chan int32), make(chan int32), make(chan int32)
	go prefix(0, b, a)
	go delta(a, c, d)
	go succ(c, b)
	for i := 0; i < loops/10; i++ {
		<-d
	}
	start := time.Now()
	for i := 0; i < loops; i++ {
		<-d
	}
	fmt.Println(float64(time.Since(start).Nanoseconds()) / float64(loops))
}
