/** Dining philosophers, as many as one likes. */

/** Dining philosophers, each of whom takes the left fork first. */
export const PHILOSOPHERS = (n: number): string => `VAL INT N IS ${n}:
PROC phil (CHAN BOOL left!, right!)
  WHILE TRUE
    SEQ
      left ! TRUE
      right ! TRUE
      left ! FALSE
      right ! FALSE
:
PROC fork (CHAN BOOL a?, b?)
  BOOL x:
  WHILE TRUE
    ALT
      a ? x
        a ? x
      b ? x
        b ? x
:
PROC main ()
  [N]CHAN BOOL l, r:
  PAR
    PAR i = 0 FOR N
      phil (l[i]!, r[i]!)
    PAR i = 0 FOR N
      fork (l[i]?, r[(i + 1) \\ N]?)
:
`

/** The same with a guard who lets in all but one. */
export const GUARDED = (n: number): string => `VAL INT N IS ${n}:
PROC phil (CHAN BOOL left!, right!, enter!)
  WHILE TRUE
    SEQ
      enter ! TRUE
      left ! TRUE
      right ! TRUE
      left ! FALSE
      right ! FALSE
      enter ! FALSE
:
PROC fork (CHAN BOOL a?, b?)
  BOOL x:
  WHILE TRUE
    ALT
      a ? x
        a ? x
      b ? x
        b ? x
:
PROC guard ([]CHAN BOOL enter?)
  INITIAL INT seated IS 0:
  [N]BOOL in:
  SEQ
    SEQ i = 0 FOR N
      in[i] := FALSE
    WHILE TRUE
      BOOL x:
      ALT i = 0 FOR N
        (in[i] OR (seated < (N - 1))) & enter[i] ? x
          SEQ
            IF
              x
                seated := seated + 1
              TRUE
                seated := seated - 1
            in[i] := x
:
PROC main ()
  [N]CHAN BOOL l, r, e:
  PAR
    PAR i = 0 FOR N
      phil (l[i]!, r[i]!, e[i]!)
    PAR i = 0 FOR N
      fork (l[i]?, r[(i + 1) \\ N]?)
    guard (e?)
:
`
