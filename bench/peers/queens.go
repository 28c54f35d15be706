// The farm of queens.csp with a goroutine for each worker. Prints the microseconds of each round.
package main

import (
	"fmt"
	"time"
)

const size = 12

func ways(first, second int) int {
	all := 1<<size - 1
	a, b := 1<<first, 1<<second
	if b&(a|a<<1|a>>1) != 0 {
		return 0
	}
	var free, columns, left, right [size + 1]int
	row, found := 2, 0
	columns[2] = a | b
	left[2] = (a<<2 | b<<1) & all
	right[2] = a>>2 | b>>1
	free[2] = all &^ (columns[2] | left[2] | right[2])
	for row >= 2 {
		if free[row] == 0 {
			row--
			continue
		}
		place := free[row] & -free[row]
		free[row] -= place
		if row == size-1 {
			found++
			continue
		}
		columns[row+1] = columns[row] | place
		left[row+1] = (left[row] | place) << 1 & all
		right[row+1] = (right[row] | place) >> 1
		row++
		free[row] = all &^ (columns[row] | left[row] | right[row])
	}
	return found
}

func main() {
	for round := 0; round < 3; round++ {
		began := time.Now()
		results := make([]chan int, size)
		for i := range results {
			results[i] = make(chan int)
			go func(i int) {
				sum := 0
				for again := 0; again < 8; again++ {
					for second := 0; second < size; second++ {
						sum += ways(i, second)
					}
				}
				results[i] <- sum
			}(i)
		}
		sum := 0
		for _, result := range results {
			sum += <-result
		}
		if sum != 14200*8 {
			panic(sum)
		}
		fmt.Println(time.Since(began).Microseconds())
	}
}
