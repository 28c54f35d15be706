/**
 * Programs about what moves: mobile arrays, arrays of them and records with them, in assignments, calls, messages and FORKs; and about processes that share
 * an end or stand at a barrier. What several processes do in any order adds up to the same sum.
 */
import type { Writer } from './writer.ts'

const ELEMENTS = ['INT', 'INT', 'BYTE', 'INT64', 'INT16', 'REAL64', 'BOOL'] as const
type Element = (typeof ELEMENTS)[number]

/** Whether a variable has something at a place: what is certain is known to the compiler, too. */
type State = 'none' | 'some' | 'perhaps'

interface Mobile {
  readonly name: string
  state: State
}

/** The variables of one branch, by what they are. */
interface Store {
  readonly flat: readonly Mobile[]
  readonly rows: readonly Mobile[]
  readonly records: readonly Mobile[]
  /** Loops around. */
  readonly depth: number
}

/** Writes PROCs that take and give mobiles, and the main process. */
export function mobiles(w: Writer): void {
  new Mobiles(w, w.random.pick(ELEMENTS)).program()
}

class Mobiles {
  private readonly array: string
  private readonly record: string

  constructor(
    private readonly w: Writer,
    private readonly type: Element,
  ) {
    this.array = `MOBILE []${type}`
    this.record = w.name('REC')
  }

  program(): void {
    const { w, type, array, record } = this
    w.block(`DATA TYPE ${record}`, () => {
      w.block('MOBILE RECORD', () => {
        w.line('INT n:')
        w.line(`${array} a:`)
        w.line(`[2]${type} two:`)
      })
    })
    w.line(':')
    this.routines()
    w.block('PROC main (CHAN BYTE screen!)', () => {
      const store = this.declare(3, 2, 2)
      w.line('INITIAL INT sum IS 0:')
      w.block('SEQ', () => {
        for (let n = w.random.between(4, 14); n > 0; n--) this.statement(store)
        w.line('put.hex (sum, screen!)')
        for (const { name } of [...store.flat]) this.show(name)
        for (const { name } of store.rows) w.block(`SEQ i = 0 FOR SIZE ${name}`, () => this.show(`${name}[i]`))
        for (const { name } of store.records) {
          w.line(`put.hex (${name}[n], screen!)`)
          this.show(`${name}[a]`)
          w.line(`VAL []BYTE bytes RETYPES ${name}[two]:`)
          w.line('show (bytes, screen!)')
        }
      })
    })
    w.line(':')
  }

  private declare(flat: number, rows: number, records: number): Store {
    const { w } = this
    const some = (n: number, stem: string, type: string, state: State): Mobile[] =>
      Array.from({ length: n }, () => {
        const name = w.name(stem)
        w.line(`${type} ${name}:`)
        return { name, state }
      })
    return {
      flat: some(flat, 'm', this.array, 'none'),
      rows: some(rows, 'r', `MOBILE []${this.array}`, 'none'),
      records: some(records, 'q', this.record, 'some'),
      depth: 0,
    }
  }

  /** The value of an element that follows from an INT. */
  private element(n: string): string {
    switch (this.type) {
      case 'INT':
        return `(${n} TIMES 31)`
      case 'BYTE':
        return `(BYTE (${n} /\\ 255))`
      case 'BOOL':
        return `((${n} /\\ 1) = 1)`
      case 'INT64':
        return `(INT64 ${n})`
      case 'INT16':
        return `(INT16 (${n} /\\ 255))`
      case 'REAL64':
        return `(REAL64 ROUND ${n})`
    }
  }

  /** PROCs with formals of every kind. */
  private routines(): void {
    const { w, array, type, record } = this
    w.line(`PROC fill (${array} a, VAL INT n, k)`)
    w.within(() => {
      w.block('SEQ', () => {
        w.line(`a := MOBILE [n]${type}`)
        w.block('SEQ i = 0 FOR n', () => w.line(`a[i] := ${this.element('(i PLUS k)')}`))
      })
    })
    w.line(':')
    w.block(`PROC take (${array} a, INT n)`, () => {
      w.line(`${array} mine:`)
      w.block('SEQ', () => {
        w.line('mine := a')
        w.line('n := n + (SIZE mine)')
      })
    })
    w.line(':')
    w.block(`PROC grow (${array} a, VAL []${type} more)`, () => {
      w.line(`${array} new:`)
      w.block('SEQ', () => {
        w.line(`new := MOBILE [(SIZE a) + (SIZE more)]${type}`)
        w.line('[new FOR SIZE a] := a')
        w.line('[new FROM SIZE a FOR SIZE more] := more')
        w.line('a := new')
      })
    })
    w.line(':')
    w.block(`PROC turn ([]${type} a)`, () => {
      w.block('SEQ i = 0 FOR (SIZE a) / 2', () => w.line('a[i], a[(SIZE a) - (i + 1)] := a[(SIZE a) - (i + 1)], a[i]'))
    })
    w.line(':')
    w.block(`PROC give (RESULT ${array} a, VAL INT n)`, () => {
      w.block('IF', () => {
        w.block('n > 2', () => w.line('fill (a, n, 5)'))
        w.block('TRUE', () => w.line('SKIP'))
      })
    })
    w.line(':')
    w.block(`PROC pass (${record} q, CHAN ${array} in?, out!)`, () => {
      w.line(`${array} x:`)
      w.block('SEQ', () => {
        w.line('in ? x')
        w.line('q[n] := q[n] + (SIZE x)')
        w.line(w.random.pick(['out ! x', 'out ! CLONE x', 'out ! (x)']))
      })
    })
    w.line(':')
    w.block(`PROC report (VAL INT n, ${array} a, VAL []${type} b, SHARED CHAN INT out!)`, () => {
      w.block('SEQ', () => {
        w.block('IF', () => {
          w.block('(n /\\ 1) = 0', () => w.line(`grow (a, b)`))
          w.block('TRUE', () => w.line('SKIP'))
        })
        w.line('CLAIM out ! (n * 100) + (SIZE a)')
      })
    })
    w.line(':')
    w.line('REC PROC spread (VAL INT n, SHARED CHAN INT out!)')
    w.within(() => {
      w.block('IF', () => {
        w.block('n <= 0', () => w.line('CLAIM out ! n + 7'))
        w.block('TRUE', () => {
          w.block('SEQ', () => {
            w.line('FORK spread (n - 1, out!)')
            w.line(w.random.pick(['FORK spread (n - 2, out!)', 'spread (n - 2, out!)']))
          })
        })
      })
    })
    w.line(':')
    w.block('PROC step (BARRIER b, VAL INT who, phases, SHARED CHAN INT log!)', () => {
      w.block('SEQ', () => {
        w.block('SEQ k = 0 FOR phases', () => {
          w.block('SEQ', () => {
            w.line('CLAIM log ! (k * 16) + who')
            w.line('SYNC b')
          })
        })
        // before the end, since who has resigned is not waited for
        if (w.random.chance(30)) w.block('RESIGN b', () => w.line('SKIP'))
      })
    })
    w.line(':')
  }

  private show(text: string): void {
    const { w } = this
    w.block('IF', () => {
      w.block(`DEFINED ${text}`, () => {
        w.block('SEQ', () => {
          w.line(`put.hex (SIZE ${text}, screen!)`)
          w.line(`VAL []BYTE bytes RETYPES ${text}:`)
          w.line('show (bytes, screen!)')
        })
      })
      w.block('TRUE', () => w.line("screen ! '-'"))
    })
  }

  // ---------------------------------------------------------------------------------------------- statements

  private statement(store: Store): void {
    const { random } = this.w
    const kinds: readonly (readonly [number, (s: Store) => void])[] = [
      [8, (s) => this.make(s)],
      [8, (s) => this.move(s)],
      [4, (s) => this.change(s)],
      [4, (s) => this.rows(s)],
      [4, (s) => this.records(s)],
      [4, (s) => this.calls(s)],
      [3, (s) => this.message(s)],
      [2, (s) => this.loop(s)],
      [2, (s) => this.branches(s)],
      ...(store.depth > 0
        ? []
        : ([
            [2, () => this.forks(store)],
            [2, () => this.phases()],
            [1, () => this.tap(store)],
          ] as const)),
    ]
    random.weighted(kinds)(store)
  }

  /** @returns one of these that may have something, as a rule */
  private full(of: readonly Mobile[]): Mobile | undefined {
    const { random } = this.w
    return random.maybe(of.filter(({ state }) => state === 'some' || (state === 'perhaps' && random.chance(20))))
  }

  private literal(n: number): string {
    const { random } = this.w
    if (this.type === 'BYTE' && random.chance(50)) return `"${'abcdef'.slice(0, n)}"`
    if (random.chance(30)) return `[i = 0 FOR ${n} | ${this.element('i')}]`
    return `[${Array.from({ length: n }, () => this.element(String(random.below(200)))).join(', ')}]`
  }

  private make({ flat }: Store): void {
    const { w } = this
    const { random } = w
    const m = random.pick(flat)
    const n = random.between(0, 5)
    const other = this.full(flat.filter((each) => each !== m))
    random.weighted([
      [4, () => w.line(`fill (${m.name}, ${n}, ${random.below(50)})`)],
      [2, () => w.line(`${m.name} := ${this.literal(Math.max(1, n))}`)],
      [1, () => w.line(`${m.name} := []`)],
      [
        2,
        () => (other === undefined ? w.line(`fill (${m.name}, 3, 1)`) : w.line(`${m.name} := [${other.name} FOR ${random.between(0, 2)}]`)),
      ],
    ])()
    m.state = 'some'
  }

  private move({ flat }: Store): void {
    const { w } = this
    const { random } = w
    const [a, b, c] = random.shuffled(flat)
    if (a === undefined || b === undefined || c === undefined) return
    if (random.chance(25)) {
      const [first, second] = [a.state, b.state]
      w.line(`${a.name}, ${b.name} := ${b.name}, ${a.name}`)
      a.state = second
      b.state = first
    } else if (random.chance(15)) {
      const states = [b.state, c.state, a.state] as const
      w.line(`${a.name}, ${b.name}, ${c.name} := ${b.name}, ${c.name}, ${a.name}`)
      ;[a.state, b.state, c.state] = states
    } else if (random.chance(50)) {
      w.line(`${a.name} := ${b.name}`)
      a.state = b.state
      b.state = 'none'
    } else if (b.state === 'some') {
      w.line(random.pick([`${a.name} := CLONE ${b.name}`, `${a.name} := (${b.name})`]))
      a.state = 'some'
    } else this.make({ flat, rows: [], records: [], depth: 0 })
  }

  private change({ flat }: Store): void {
    const { w } = this
    const { random } = w
    const m = this.full(flat)
    if (m === undefined) return
    const i = random.below(4)
    random.weighted([
      [3, () => this.safe(`(SIZE ${m.name}) > ${i}`, `${m.name}[${i}] := ${this.element(String(random.below(90)))}`)],
      [1, () => w.line(`${m.name}[${i}] := ${this.element(String(random.below(90)))}`)],
      [2, () => w.line(`RESIZE.MOBILE.ARRAY.1D (${m.name}, ${random.between(0, 6)})`)],
      [2, () => w.line(`sum := sum PLUS (SIZE ${m.name})`)],
      [2, () => this.safe(`(SIZE ${m.name}) >= 2`, `[${m.name} FOR 2] := ${this.literal(2)}`)],
      [1, () => w.line(`turn (${random.pick([m.name, `[${m.name} FROM 0 FOR SIZE ${m.name}]`])})`)],
      [
        1,
        () => {
          w.line(`${random.pick([`${this.array} k`, `[]${this.type} k`])} IS ${m.name}:`)
          w.block('IF', () => {
            w.block('(SIZE k) > 0', () => w.line(`k[0] := ${this.element('17')}`))
            w.block('TRUE', () => w.line('SKIP'))
          })
        },
      ],
    ])()
  }

  private safe(condition: string, statement: string): void {
    const { w } = this
    w.block('IF', () => {
      w.block(condition, () => w.line(statement))
      w.block('TRUE', () => w.line('SKIP'))
    })
  }

  /** Arrays of mobiles, and their elements. */
  private rows({ flat, rows }: Store): void {
    const { w } = this
    const { random } = w
    const r = random.maybe(rows)
    if (r === undefined) return
    const m = random.pick(flat)
    const i = random.below(3)
    if (r.state !== 'some' || random.chance(15)) {
      w.line(`${r.name} := MOBILE [${random.between(2, 4)}]${this.array}`)
      r.state = 'some'
      return
    }
    const within = `(SIZE ${r.name}) > ${i}`
    const element = `${r.name}[${i}]`
    const other = rows.find((each) => each !== r)
    random.weighted([
      [
        3,
        () => {
          this.safe(within, `${element} := ${m.name}`)
          if (m.state === 'some') m.state = 'perhaps'
        },
      ],
      [2, () => this.safe(within, `${element} := ${this.literal(random.between(1, 3))}`)],
      [
        3,
        () => {
          this.safe(within, `${m.name} := ${element}`)
          m.state = 'perhaps'
        },
      ],
      [2, () => this.safe(within, `fill (${element}, ${random.below(4)}, 9)`)],
      [1, () => this.safe(within, `take (${element}, sum)`)],
      [1, () => this.safe(`(SIZE ${r.name}) > 1`, `${r.name}[0], ${r.name}[1] := ${r.name}[1], ${r.name}[0]`)],
      [1, () => this.safe(within, `sum := sum PLUS (SIZE ${element})`)],
      [
        1,
        () => {
          if (other === undefined) return w.line('SKIP')
          w.line(random.pick([`${other.name} := CLONE ${r.name}`, `${other.name}, ${r.name} := ${r.name}, MOBILE [2]${this.array}`]))
          other.state = 'some'
        },
      ],
      [1, () => w.line(`RESIZE.MOBILE.ARRAY.1D (${r.name}, ${random.between(1, 5)})`)],
    ])()
  }

  private records({ flat, records }: Store): void {
    const { w } = this
    const { random } = w
    const [q, other] = random.shuffled(records)
    if (q === undefined) return
    const m = random.pick(flat)
    random.weighted([
      [
        2,
        () => {
          w.line(`${q.name}[a] := ${m.name}`)
          m.state = 'none'
        },
      ],
      [2, () => w.line(`${q.name}[n], ${q.name}[two] := ${random.below(99)}, ${this.literal(2)}`)],
      [2, () => w.line(`fill (${q.name}[a], ${random.below(4)}, 2)`)],
      [1, () => this.safe(`DEFINED ${q.name}[a]`, `sum := sum PLUS (SIZE ${q.name}[a])`)],
      [2, () => w.line(other === undefined ? 'SKIP' : random.pick([`${other.name} := ${q.name}`, `${other.name} := CLONE ${q.name}`, `${other.name}, ${q.name} := ${q.name}, ${other.name}`]))], // prettier-ignore
      [1, () => w.line(`take (${q.name}[a], sum)`)],
    ])()
  }

  private calls({ flat }: Store): void {
    const { w } = this
    const { random } = w
    const m = random.pick(flat)
    const full = this.full(flat)
    random.weighted([
      [
        2,
        () => {
          w.line(`take (${m.name}, sum)`)
          m.state = 'none'
        },
      ],
      [
        2,
        () => {
          w.line(`give (${m.name}, ${random.between(0, 5)})`)
          m.state = 'perhaps'
        },
      ],
      [
        2,
        () => {
          if (full?.state !== 'some') return w.line('SKIP')
          w.line(`grow (${full.name}, ${this.literal(random.between(1, 3))})`)
        },
      ],
      [1, () => w.line(full?.state === 'some' ? `take (CLONE ${full.name}, sum)` : `take (MOBILE [3]${this.type}, sum)`)],
    ])()
  }

  /** A message from one branch to another, perhaps through a third. */
  private message({ flat, records }: Store): void {
    const { w, array } = this
    const { random } = w
    const [from, to] = random.shuffled(flat)
    const q = random.maybe(records)
    if (from === undefined || to === undefined) return
    const c = w.name('c')
    const far = q !== undefined && random.chance(40)
    w.line(`CHAN ${array} ${c}${far ? ', back' : ''}:`)
    const sent = random.weighted([[4, from.name], [1, this.literal(2)], [1, `MOBILE [0]${this.type}`]] as const) // prettier-ignore
    w.block('PAR', () => {
      w.line(`${c} ! ${sent}`)
      if (far) w.line(`pass (${q.name}, ${c}?, back!)`)
      const end = far ? 'back' : c
      if (random.chance(30)) w.block(`${end} ?? ${to.name}`, () => w.line('SKIP'))
      else if (random.chance(30)) w.block('ALT', () => w.block(`${end} ? ${to.name}`, () => w.line('SKIP')))
      else w.line(`${end} ? ${to.name}`)
    })
    if (far && sent === from.name && from.state !== 'some') to.state = 'perhaps'
    else to.state = sent === from.name ? from.state : 'some'
    if (sent === from.name) from.state = 'none'
  }

  private loop(store: Store): void {
    const { w } = this
    if (store.depth > 1) return w.line('SKIP')
    const all = [...store.flat, ...store.rows]
    for (const each of all) if (each.state === 'none') each.state = 'perhaps'
    w.block(`SEQ ${w.index([0, 2]).name} = 0 FOR ${w.random.between(1, 3)}`, () => {
      w.block('SEQ', () => {
        for (let n = w.random.between(1, 3); n > 0; n--) this.statement({ ...store, depth: store.depth + 1 })
      })
    })
    for (const each of all) each.state = 'perhaps'
  }

  /** Branches, each with variables of its own. */
  private branches(store: Store): void {
    const { w } = this
    if (store.depth > 1 || store.flat.length < 3) return w.line('SKIP')
    const [a, b, c, d] = [...store.flat, ...store.rows]
    if (a === undefined || b === undefined || c === undefined) return
    const [q, r] = store.records
    const own = (flat: Mobile[], record: Mobile | undefined): Store => ({
      flat,
      rows: [],
      records: record === undefined ? [] : [record],
      depth: store.depth + 1,
    })
    const spare = w.name('m')
    w.line(`${this.array} ${spare}:`)
    const sums = [w.name('sum'), w.name('sum')]
    w.line(`INITIAL INT ${sums.join(', ')} IS 0, 0:`)
    w.block('SEQ', () => {
      w.block('PAR', () => {
        for (const [i, part] of [own([a, { name: spare, state: 'none' }], q), own([b, c], r)].entries()) {
          w.line(`INT sum IS ${sums[i] ?? ''}:`)
          w.block('SEQ', () => {
            for (let n = w.random.between(1, 3); n > 0; n--) this.statement(part)
          })
        }
      })
      w.line(`sum := (sum PLUS ${sums[0] ?? ''}) PLUS (${sums[1] ?? ''} TIMES 3)`)
    })
    if (d !== undefined && w.random.chance(20)) w.line('SKIP')
  }

  // ---------------------------------------------------------------------------------------------- processes

  /** Processes that are forked, all of which tell one number to a reader. */
  private forks({ flat }: Store): void {
    const { w, array } = this
    const { random } = w
    const c = w.name('c')
    const n = random.between(1, 5)
    const depth = random.between(0, 3)
    const messages = (k: number): number => (k <= 0 ? 1 : messages(k - 1) + messages(k - 2))
    const tree = random.chance(40)
    const m = this.full(flat)
    w.line(`SHARED! CHAN INT ${c}:`)
    w.block('PAR', () => {
      const body = (): void => {
        if (tree) return w.line(random.pick([`FORK spread (${depth}, ${c}!)`, `spread (${depth}, ${c}!)`]))
        w.block(`SEQ i = 0 FOR ${n}`, () => {
          w.line(`${array} x:`)
          w.block('SEQ', () => {
            w.line('fill (x, i, 3)')
            w.line(
              `FORK report (i, ${random.pick(['x', 'CLONE x', `MOBILE [2]${this.type}`])}, ${m?.state === 'some' ? m.name : this.literal(2)}, ${c}!)`,
            )
            if (random.chance(50)) w.line('fill (x, 1, 4)')
          })
        })
      }
      if (random.chance(80)) w.block('FORKING', body)
      else body()
      w.block(`SEQ i = 0 FOR ${tree ? messages(depth) : n}`, () => {
        w.line('INT x:')
        w.block('SEQ', () => {
          w.line(`${c} ? x`)
          w.line('sum := sum PLUS x')
        })
      })
    })
  }

  /** Processes that go on from phase to phase together, some of which end before the others. What they tell in a phase comes in that phase. */
  private phases(): void {
    const { w } = this
    const { random } = w
    const [n, most] = [random.between(1, 4), random.between(1, 4)]
    const phases = Array.from({ length: n }, (_, i) => (i === 0 ? most : random.between(0, most)))
    const [log, b] = [w.name('log'), w.name('b')]
    w.line(`SHARED! CHAN INT ${log}:`)
    w.block('PAR', () => {
      w.line(`BARRIER ${b}:`)
      if (random.chance(50)) {
        w.block(random.pick([`PAR ENROLL ${b}`, `PAR BARRIER ${b}`]), () => {
          phases.forEach((count, i) => w.line(`step (${b}, ${i}, ${count}, ${log}!)`))
        })
      } else {
        w.line(`VAL []INT phases IS [${phases.join(', ')}]:`)
        w.block(`PAR i = 0 FOR ${n} ENROLL ${b}`, () => w.line(`step (${b}, i, phases[i], ${log}!)`))
      }
      w.line(`VAL []INT counts IS [${Array.from({ length: most }, (_, k) => phases.filter((count) => count > k).length).join(', ')}]:`)
      w.block('SEQ k = 0 FOR SIZE counts', () => {
        w.block('SEQ i = 0 FOR counts[k]', () => {
          w.line('INT x:')
          w.block('SEQ', () => {
            w.line(`${log} ? x`)
            w.line('sum := sum PLUS (x TIMES (k + 1))')
          })
        })
      })
    })
  }

  /** Somebody listens on the way, and is not noticed. */
  private tap({ flat }: Store): void {
    const { w, array } = this
    const { random } = w
    const m = random.pick(flat)
    const [a, b, heard] = [w.name('c'), w.name('c'), w.name('heard')]
    const n = random.between(1, 3)
    w.line(`CHAN ${array} ${a}, ${b}:`)
    w.line(`CHAN INT ${heard}:`)
    w.block('PAR', () => {
      w.block(`SEQ i = 0 FOR ${n}`, () => {
        w.line(`${array} x:`)
        w.block('SEQ', () => {
          w.line('fill (x, i, 8)')
          w.line(`${a} ! x`)
          w.line(`${heard} ! i`)
        })
      })
      w.block(`SEQ i = 0 FOR ${n}`, () => {
        w.line(`${array} x:`)
        w.block(`${a} ?? x`, () => w.line(`${b} ! ${random.pick(['x', 'CLONE x'])}`))
      })
      w.block(`SEQ i = 0 FOR ${n}`, () => {
        w.line('INT k:')
        w.block('SEQ', () => {
          w.line(`${b} ? ${m.name}`)
          w.line(`${heard} ? k`)
          w.line(`sum := sum PLUS ((SIZE ${m.name}) TIMES (k + 3))`)
        })
      })
    })
    m.state = 'some'
  }
}
