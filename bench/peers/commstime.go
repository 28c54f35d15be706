// Commstime with a sequential or (second argument `parallel`) a parallel delta: the peer of bench/programs/commstime.csp and
// commstime-parallel.csp. Prints nanoseconds a loop. Run with GOMAXPROCS=1.
package main

import (
	"fmt"
	"os"
	"strconv"
	"sync"
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

func parallelDelta(in <-chan int32, out1, out2 chan<- int32) {
	for {
		x := <-in
		var both sync.WaitGroup
		both.Add(2)
		go func() { out1 <- x; both.Done() }()
		go func() { out2 <- x; both.Done() }()
		both.Wait()
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
	if len(os.Args) > 2 && os.Args[2] == "parallel" {
		go parallelDelta(a, c, d)
	} else {
		go delta(a, c, d)
	}
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
