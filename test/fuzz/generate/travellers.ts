/**
 * Programs about what travels: ends of channel types, mobile processes and mobile barriers, in messages, records, arrays, calls and FORKs. What several
 * processes do in any order adds up to the same sum.
 */
import type { Writer } from './writer.ts'

const HEAD = `CHAN TYPE LINE
  MOBILE RECORD
    CHAN INT up?:
    CHAN INT down!:
:
PROC TYPE WORK IS (CHAN INT in?, out!):
DATA TYPE BAG
  MOBILE RECORD
    INT hops:
    LINE! line:
    MOBILE WORK work:
    MOBILE []INT seen:
:
PROC ask (LINE! line, VAL INT n, INT sum)
  INT x:
  SEQ
    line[up] ! n
    line[down] ? x
    sum := (sum TIMES 3) PLUS x
:
`

/** Writes a main process with some networks, one after the other. */
export function travellers(w: Writer): void {
  new Travellers(w).program()
}

class Travellers {
  constructor(private readonly w: Writer) {}

  program(): void {
    const { w } = this
    for (const line of HEAD.trimEnd().split('\n')) w.exactly(line)
    this.server()
    this.worker()
    w.block('PROC main (CHAN BYTE screen!)', () => {
      w.line('INITIAL INT sum IS 1:')
      w.block('SEQ', () => {
        for (let n = w.random.between(1, 3); n > 0; n--) {
          w.random.weighted<() => void>([
            [4, () => this.ring()],
            [3, () => this.clients()],
            [3, () => this.servers()],
            [3, () => this.agents()],
            [2, () => this.phases()],
          ])()
          w.line('put.hex (sum, screen!)')
        }
      })
    })
    w.line(':')
  }

  /** Answers a number of questions, in one way or another. */
  private server(): void {
    const { w } = this
    const { random } = w
    w.block('PROC serve (LINE? line, VAL INT n)', () => {
      w.block('SEQ i = 0 FOR n', () => {
        w.line('INT x:')
        random.pick<() => void>([
          () => {
            w.block('SEQ', () => {
              w.line('line[up] ? x')
              w.line('line[down] ! (x TIMES 5) PLUS i')
            })
          },
          () => {
            w.block('line[up] ?? x', () => {
              w.line('x := x TIMES 5')
              w.line('line[down] ! x PLUS i')
            })
          },
          () => {
            w.block('ALT', () => {
              w.block('line[up] ? x', () => w.line('line[down] ! (x TIMES 5) PLUS i'))
            })
          },
        ])()
      })
    })
    w.line(':')
  }

  /** A mobile process that adds up, and is suspended after each number or two. */
  private worker(): void {
    const { w } = this
    const { random } = w
    w.block('MOBILE PROC worker (CHAN INT in?, out!) IMPLEMENTS WORK', () => {
      w.line('INITIAL INT total IS 0:')
      w.line('MOBILE []INT seen:')
      w.block('SEQ', () => {
        w.line('seen := MOBILE [1]INT')
        w.block('WHILE TRUE', () => {
          if (random.chance(40)) {
            w.line('CHAN INT middle:')
            w.block('PAR', () => {
              w.line('INT x:')
              w.block('SEQ', () => {
                w.line('in ? x')
                w.line('middle ! x PLUS 1')
                w.line('SUSPEND')
              })
              w.line('INT y:')
              w.block('SEQ', () => {
                w.line('middle ? y')
                w.line('total := total PLUS y')
                w.line('out ! total')
                w.line('SUSPEND')
              })
            })
          } else {
            w.line('INT x:')
            w.block('SEQ', () => {
              w.line('in ? x')
              w.line('seen[0] := x')
              w.line('total := (total TIMES 3) PLUS seen[0]')
              w.line('out ! total')
              w.line('SUSPEND')
            })
          }
        })
      })
    })
    w.line(':')
  }

  private make(client: string, server: string): void {
    this.w.line(this.w.random.chance(50) ? `${client}, ${server} := MOBILE LINE` : `${server}, ${client} := MOBILE LINE`)
  }

  /** A bag with an end goes round a ring, and whoever has it asks. */
  private ring(): void {
    const { w } = this
    const { random } = w
    const [n, laps] = [random.between(2, 4), random.between(1, 3)]
    const [c, s, ends] = [w.name('ring'), w.name('s'), random.chance(50)]
    const carried = ends ? 'LINE!' : 'BAG'
    const field = ends ? 'e' : 'e[line]'
    w.line(`[${n}]CHAN ${carried} ${c}:`)
    w.line(`LINE? ${s}:`)
    w.line(`${carried} first:`)
    w.block('SEQ', () => {
      this.make(ends ? 'first' : 'first[line]', s)
      if (!ends) w.line('first[hops] := 0')
      w.block('PAR', () => {
        w.line(`serve (${s}, ${n * laps})`)
        w.block('SEQ', () => {
          w.line(`${c}[0] ! first`)
          w.block(`SEQ lap = 0 FOR ${laps}`, () => {
            w.line(`${carried} e:`)
            w.block('SEQ', () => {
              w.line(`${c}[${n - 1}] ? e`)
              w.line(`ask (${field}, lap, sum)`)
              w.block('IF', () => {
                w.block(`lap < ${laps - 1}`, () => w.line(`${c}[0] ! e`))
                w.block('TRUE', () => w.line(ends ? 'SKIP' : 'sum := sum PLUS e[hops]'))
              })
            })
          })
        })
        w.block(`PAR i = 0 FOR ${n - 1}`, () => {
          w.block(`SEQ lap = 0 FOR ${laps}`, () => {
            w.line(`${carried} e:`)
            w.line('INITIAL INT mine IS 0:')
            w.block('SEQ', () => {
              if (random.chance(30)) w.block('ALT', () => w.block(`${c}[i] ? e`, () => w.line('SKIP')))
              else if (random.chance(30)) w.block(`${c}[i] ?? e`, () => w.line('SKIP'))
              else w.line(`${c}[i] ? e`)
              w.line(`ask (${field}, i, mine)`)
              if (!ends) w.line('e[hops] := e[hops] + mine')
              if (random.chance(40)) {
                w.line(`${carried} other:`)
                w.block('SEQ', () => {
                  w.line('other := e')
                  w.line(`${c}[i + 1] ! other`)
                })
              } else w.line(`${c}[i + 1] ! e`)
            })
          })
        })
      })
    })
  }

  /** Forked processes share an end. What they are told depends on their order, but not its sum. */
  private clients(): void {
    const { w } = this
    const { random } = w
    const n = random.between(1, 5)
    const [a, s, log, client] = [w.name('a'), w.name('s'), w.name('log'), w.name('client')]
    const array = random.chance(50)
    w.block(`PROC ${client} (SHARED LINE! line, VAL INT n, SHARED CHAN INT log!)`, () => {
      w.line('INT x:')
      w.block('SEQ', () => {
        w.block('CLAIM line', () => {
          w.block('SEQ', () => {
            w.line('line[up] ! n')
            w.line('line[down] ? x')
          })
        })
        w.line('CLAIM log ! x')
      })
    })
    w.line(':')
    w.line(array ? `MOBILE []SHARED LINE! ${a}:` : `SHARED LINE! ${a}:`)
    w.line(`LINE? ${s}:`)
    w.line(`SHARED! CHAN INT ${log}:`)
    w.block('SEQ', () => {
      if (array) {
        w.line(`${a} := MOBILE [2]SHARED LINE!`)
        this.make(`${a}[0]`, s)
        w.line(`${a}[1] := ${a}[0]`)
      } else this.make(a, s)
      w.block('PAR', () => {
        w.line(`serve (${s}, ${n})`)
        const fork = (): void => {
          w.block(`SEQ i = 0 FOR ${n}`, () => w.line(`FORK ${client} (${array ? `${a}[i \\ 2]` : random.pick([a, `${a}!`])}, i, ${log}!)`))
        }
        if (random.chance(80)) w.block('FORKING', fork)
        else w.block(`PAR i = 0 FOR ${n}`, () => w.line(`${client} (${array ? `${a}[i \\ 2]` : a}, i, ${log}!)`))
        this.gather(log, String(n))
      })
    })
  }

  private gather(log: string, n: string): void {
    const { w } = this
    w.block(`SEQ i = 0 FOR ${n}`, () => {
      w.line('INT x:')
      w.block('SEQ', () => {
        w.line(`${log} ? x`)
        w.line('sum := sum PLUS x')
      })
    })
  }

  /** Servers' ends are sent while their clients wait, and served elsewhere. */
  private servers(): void {
    const { w } = this
    const { random } = w
    const [n, each] = [random.between(1, 3), random.between(1, 3)]
    const [give, cs] = [w.name('give'), w.name('cs')]
    const own = random.chance(50)
    w.line(`CHAN LINE? ${give}:`)
    w.line(`MOBILE []LINE! ${cs}:`)
    w.line('MOBILE []LINE? ss:')
    w.line(`[${n}]INT sums:`)
    w.block('SEQ', () => {
      w.line(`${cs} := MOBILE [${n}]LINE!`)
      w.line(`ss := MOBILE [${n}]LINE?`)
      w.block(`SEQ i = 0 FOR ${n}`, () => {
        w.block('SEQ', () => {
          w.line('sums[i] := i')
          this.make(`${cs}[i]`, 'ss[i]')
        })
      })
      w.block('PAR', () => {
        w.block(`PAR i = 0 FOR ${n}`, () => w.block(`SEQ k = 0 FOR ${each}`, () => w.line(`ask (${cs}[i], k, sums[i])`)))
        w.block(`SEQ i = 0 FOR ${n}`, () => {
          w.line('LINE? s:')
          w.block('SEQ', () => {
            w.line('s := ss[i]')
            if (own) w.line('serve (s, 1)')
            w.line(`${give} ! s`)
          })
        })
        w.block(random.pick(['FORKING', 'SEQ']), () => {
          w.block(`SEQ i = 0 FOR ${n}`, () => {
            w.line('LINE? s:')
            w.block('SEQ', () => {
              w.line(`${give} ? s`)
              w.line(`${random.pick(['FORK ', ''])}serve (s, ${own ? each - 1 : each})`)
            })
          })
        })
      })
      w.block(`SEQ i = 0 FOR ${n}`, () => w.line('sum := (sum TIMES 7) PLUS sums[i]'))
    })
  }

  /** A mobile process goes from one to the next, and works a little at each. */
  private agents(): void {
    const { w } = this
    const { random } = w
    const n = random.between(1, 4)
    const [hop, array] = [w.name('hop'), random.chance(30)]
    const carried = random.chance(50) ? 'MOBILE WORK' : 'BAG'
    const process = carried === 'BAG' ? 'it[work]' : 'it'
    w.line(`[${n + 1}]CHAN ${carried} ${hop}:`)
    w.line(`SHARED! CHAN INT told${array ? '.too' : ''}:`)
    const told = `told${array ? '.too' : ''}`
    w.block('PAR', () => {
      w.line(`${carried} it:`)
      w.block('SEQ', () => {
        if (carried === 'BAG') w.line('it[hops] := 0')
        w.line(`${process} := MOBILE worker`)
        w.line(`${hop}[0] ! it`)
      })
      w.block(`PAR i = 0 FOR ${n}`, () => {
        w.line(`${carried} it:`)
        w.block('SEQ', () => {
          w.line(`${hop}[i] ? it`)
          w.line('MOBILE WORK here:')
          w.line('CHAN INT a, b:')
          w.block('SEQ', () => {
            w.line(`here := ${process}`)
            w.block(`SEQ k = 0 FOR ${random.between(1, 3)}`, () => {
              w.block('PAR', () => {
                w.line('here (a?, b!)')
                w.line('a ! (i TIMES 10) PLUS k')
                w.line('INT x:')
                w.block('SEQ', () => {
                  w.line('b ? x')
                  w.line(`CLAIM ${told} ! x`)
                })
              })
            })
            w.line(`${process} := here`)
          })
          w.line(`${hop}[i + 1] ! it`)
        })
      })
      w.line(`${carried} it:`)
      w.block('SEQ', () => {
        w.line('INITIAL BOOL going IS TRUE:')
        w.block('WHILE going', () => {
          w.block('ALT', () => {
            w.line('INT x:')
            w.block(`${told} ? x`, () => w.line('sum := (sum TIMES 3) PLUS x'))
            w.block(`${hop}[${n}] ? it`, () => w.line('going := FALSE'))
          })
        })
      })
    })
  }

  /** Forked processes that have a mobile barrier go on from phase to phase together. */
  private phases(): void {
    const { w } = this
    const { random } = w
    const [n, most] = [random.between(1, 4), random.between(1, 3)]
    const [log, phase] = [w.name('log'), w.name('phase')]
    w.block(`PROC ${phase} (MOBILE BARRIER b, VAL INT who, SHARED CHAN INT log!)`, () => {
      w.block(`SEQ k = 0 FOR ${most}`, () => {
        w.block('SEQ', () => {
          w.line('CLAIM log ! who')
          random.pick<() => void>([() => w.line('SYNC b'), () => w.block('ALT', () => w.block('SYNC b', () => w.line('SKIP')))])()
        })
      })
    })
    w.line(':')
    w.line(`SHARED! CHAN INT ${log}:`)
    w.block('PAR', () => {
      w.block('FORKING', () => {
        w.line('INITIAL MOBILE BARRIER b IS MOBILE BARRIER:')
        w.block('SEQ', () => {
          w.block(`SEQ i = 0 FOR ${n}`, () => w.line(`FORK ${phase} (b, i, ${log}!)`))
          if (random.chance(50)) w.block(`SEQ i = 0 FOR ${random.between(0, most)}`, () => w.line('SYNC b'))
          else w.block('RESIGN b', () => w.line('SKIP'))
        })
      })
      w.block(`SEQ k = 0 FOR ${most}`, () => {
        w.block(`SEQ i = 0 FOR ${n}`, () => {
          w.line('INT x:')
          w.block('SEQ', () => {
            w.line(`${log} ? x`)
            w.line('sum := sum PLUS (x TIMES (k + 1))')
          })
        })
      })
    })
  }
}
