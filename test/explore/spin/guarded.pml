/* Dining philosophers, N of them, with a guard at the door: the same processes and communications as `GUARDED` in philosophers.ts. */
chan left[N] = [0] of { bit };
chan right[N] = [0] of { bit };
/* nobody is ever at the last one */
chan enter[N + 1] = [0] of { bit };

active [N] proctype phil () {
  do
  :: enter[_pid] ! 1; left[_pid] ! 1; right[_pid] ! 1; left[_pid] ! 0; right[_pid] ! 0; enter[_pid] ! 0
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

#define DOOR(i) enter[((in[i] || seated < N - 1) -> i : N)]
#define LET(i) \
  :: atomic { DOOR(i) ? 1 -> seated++; in[i] = 1 } \
  :: atomic { DOOR(i) ? 0 -> seated--; in[i] = 0 }

active proctype guard () {
  byte seated;
  bit in[N];
  do
  LET(0)
  LET(1)
  LET(2)
#if N > 3
  LET(3)
#endif
#if N > 4
  LET(4)
#endif
#if N > 5
  LET(5)
#endif
#if N > 6
  LET(6)
#endif
#if N > 7
  LET(7)
#endif
  od
}
