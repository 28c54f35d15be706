/* Dining philosophers, N of them, each of whom takes the left fork first: as `PHILOSOPHERS` in philosophers.ts. */
chan left[N] = [0] of { bit };
chan right[N] = [0] of { bit };

active [N] proctype phil () {
  do
  :: left[_pid] ! 1; right[_pid] ! 1; left[_pid] ! 0; right[_pid] ! 0
  od
}

#define I (_pid - N)
#define R ((_pid - N + N - 1) % N)

active [N] proctype fork () {
  do
  :: left[I] ? 1; left[I] ? 0
  :: right[R] ? 1; right[R] ? 0
  od
}
