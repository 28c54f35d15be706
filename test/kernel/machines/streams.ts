/**
 * Processes on streams of INTs, as the compiler writes them: each takes `n` items from its inputs and ends. Networks of them are built from
 * a table; see network.ts.
 */
import type { Join, Process } from '../../../runtime/abi.ts'
import {
  Channel,
  Frame,
  NO_CHANNEL,
  altChannel,
  altStart,
  altWait,
  branch,
  enter,
  fork,
  join,
  leave,
  meter,
  preempt,
  put,
  putArray,
  sleep,
  clock,
  take,
  unit,
} from '../../../runtime/abi.ts'

/** PROC source (VAL INT first, n, CHAN INT out!) */
export class Source extends Frame {
  i = 0
  constructor(
    caller: Frame | null,
    public first: number,
    public n: number,
    public out: Channel,
  ) {
    super(caller)
  }
}

export function source(p: Process, f: Source): boolean {
  const { out, n, first } = f
  let { i, pc } = f
  if (pc === 0) i = 0
  while (pc === 1 || i < n) {
    if (pc === 2) {
      pc = 0
      continue
    }
    if (pc < 1) {
      f.pc = 1
      if (!put(p, out, (first + i * 7) | 0)) {
        f.i = i
        return false
      }
    }
    i++
    pc = 0
    if (--meter.fuel < 0) {
      f.i = i
      f.pc = 2
      return preempt(p)
    }
  }
  return true
}

/** PROC succ (VAL INT n, CHAN INT in?, out!), which calls `work` for each item: a machine that loops, so that a frame is called. */
export class Succ extends Frame {
  i = 0
  x = 0
  constructor(
    caller: Frame | null,
    public n: number,
    public in_: Channel,
    public out: Channel,
  ) {
    super(caller)
  }
}

export function succ(p: Process, f: Succ): boolean {
  const { in_, out, n } = f
  let { i, x, pc } = f
  while ((pc >= 1 && pc <= 3) || i < n) {
    if (pc === 4) {
      pc = 0
      continue
    }
    if (pc < 1) {
      f.pc = 1
      if (!take(p, in_)) {
        f.i = i
        return false
      }
    }
    if (pc < 2) {
      x = p.value as number
      const g = new Work(f, x)
      f.pending = g
      f.pc = 2
      p.frame = g
      if (!work(p, g)) {
        f.i = i
        return false
      }
      p.frame = f
    }
    if (pc < 3) {
      const g = f.pending as Work
      f.pending = null
      x = g.r
      f.pc = 3
      if (!put(p, out, x)) {
        f.i = i
        return false
      }
    }
    i++
    pc = 0
    if (--meter.fuel < 0) {
      f.i = i
      f.pc = 4
      return preempt(p)
    }
  }
  return true
}

/** PROC work (VAL INT x, INT r): r := x + 1, the long way */
export class Work extends Frame {
  r = 0
  k = 0
  constructor(
    caller: Frame | null,
    public x: number,
  ) {
    super(caller)
  }
}

export function work(p: Process, f: Work): boolean {
  const { x } = f
  let { r, k, pc } = f
  if (pc === 0) {
    r = x
    k = 0
  }
  while (k < 3) {
    pc = 0
    r = (r + (k === 1 ? 1 : 0)) | 0
    k++
    if (--meter.fuel < 0) {
      f.r = r
      f.k = k
      f.pc = 1
      return preempt(p)
    }
  }
  f.r = r
  return true
}

/** PROC delta (VAL INT n, CHAN INT in?, out.1!, out.2!), parallel: the outputs are branches */
export class Delta extends Frame {
  i = 0
  x = 0
  constructor(
    caller: Frame | null,
    public n: number,
    public in_: Channel,
    public out1: Channel,
    public out2: Channel,
  ) {
    super(caller)
  }
}

export function delta(p: Process, f: Delta): boolean {
  const { in_, n } = f
  let { i, x, pc } = f
  while ((pc >= 1 && pc <= 2) || i < n) {
    if (pc === 3) {
      pc = 0
      continue
    }
    if (pc < 1) {
      f.pc = 1
      if (!take(p, in_)) {
        f.i = i
        return false
      }
    }
    if (pc < 2) {
      x = p.value as number
      const j = fork(p, f)
      branch(j, new Output(null, x, f.out1), 'par.1')
      branch(j, new Output(null, x, f.out2), 'par.2')
      f.pc = 2
      if (!join(p, j)) {
        f.i = i
        return false
      }
    }
    f.pending = null
    i++
    pc = 0
    if (--meter.fuel < 0) {
      f.i = i
      f.pc = 3
      return preempt(p)
    }
  }
  return true
}

/** A branch `out ! x` */
export class Output extends Frame {
  constructor(
    caller: Frame | null,
    public x: number,
    public out: Channel,
  ) {
    super(caller)
  }
}

export function output(p: Process, f: Output): boolean {
  if (f.pc === 0) {
    f.pc = 1
    if (!put(p, f.out, f.x)) return false
  }
  return true
}

/** A branch `in ? x` */
export class Input extends Frame {
  x = 0
  constructor(
    caller: Frame | null,
    public in_: Channel,
  ) {
    super(caller)
  }
}

export function input(p: Process, f: Input): boolean {
  if (f.pc === 0) {
    f.pc = 1
    if (!take(p, f.in_)) return false
  }
  f.x = p.value as number
  return true
}

/** PROC plus (VAL INT n, CHAN INT in.1?, in.2?, out!): the inputs are branches that give their values back */
export class Plus extends Frame {
  i = 0
  constructor(
    caller: Frame | null,
    public n: number,
    public in1: Channel,
    public in2: Channel,
    public out: Channel,
  ) {
    super(caller)
  }
}

export function plus(p: Process, f: Plus): boolean {
  const { n, out } = f
  let { i, pc } = f
  while ((pc >= 1 && pc <= 2) || i < n) {
    if (pc === 3) {
      pc = 0
      continue
    }
    if (pc < 1) {
      const j = fork(p, f)
      branch(j, new Input(null, f.in1), 'par.1')
      branch(j, new Input(null, f.in2), 'par.2')
      f.pc = 1
      if (!join(p, j)) {
        f.i = i
        return false
      }
    }
    if (pc < 2) {
      const j = f.pending as Join
      f.pending = null
      const x = (j.frame(0) as Input).x
      const y = (j.frame(1) as Input).x
      f.pc = 2
      if (!put(p, out, (x * 3 + y) | 0)) {
        f.i = i
        return false
      }
    }
    i++
    pc = 0
    if (--meter.fuel < 0) {
      f.i = i
      f.pc = 3
      return preempt(p)
    }
  }
  return true
}

/** PROC blocks (VAL INT n, CHAN INT in?, out!): takes four items, sends them as an array to a nested `unblock`, in a PAR of two branches */
export class Blocks extends Frame {
  middle = NO_CHANNEL
  constructor(
    caller: Frame | null,
    public n: number,
    public in_: Channel,
    public out: Channel,
  ) {
    super(caller)
  }
}

export function blocks(p: Process, f: Blocks): boolean {
  if (f.pc === 0) {
    f.middle = new Channel()
    const j = fork(p, f)
    branch(j, new Pack(null, f.n, f.in_, f.middle), 'pack')
    branch(j, new Unpack(null, f.n, f.middle, f.out), 'unpack')
    f.pc = 1
    if (!join(p, j)) return false
  }
  return true
}

export class Pack extends Frame {
  i = 0
  buffer = new Int32Array(4)
  constructor(
    caller: Frame | null,
    public n: number,
    public in_: Channel,
    public out: Channel,
  ) {
    super(caller)
  }
}

export function pack(p: Process, f: Pack): boolean {
  const { n, in_, out, buffer } = f
  let { i, pc } = f
  while ((pc >= 1 && pc <= 2) || i < n) {
    if (pc === 3) {
      pc = 0
      continue
    }
    if (pc < 1) {
      f.pc = 1
      if (!take(p, in_)) {
        f.i = i
        return false
      }
    }
    if (pc < 2) {
      buffer[i & 3] = p.value as number
      i++
      if ((i & 3) === 0 || i === n) {
        f.pc = 2
        if (!putArray(p, out, buffer.subarray(0, ((i - 1) & 3) + 1))) {
          f.i = i
          return false
        }
      }
    }
    pc = 0
    if (--meter.fuel < 0) {
      f.i = i
      f.pc = 3
      return preempt(p)
    }
  }
  return true
}

export class Unpack extends Frame {
  i = 0
  k = 0
  got = 0
  buffer = new Int32Array(4)
  constructor(
    caller: Frame | null,
    public n: number,
    public in_: Channel,
    public out: Channel,
  ) {
    super(caller)
  }
}

export function unpack(p: Process, f: Unpack): boolean {
  const { n, in_, out, buffer } = f
  let { i, k, got, pc } = f
  for (;;) {
    if (pc === 0) {
      if (i >= n) return true
      f.pc = 1
      if (!take(p, in_)) {
        f.i = i
        return false
      }
      pc = 1
    }
    if (pc === 1) {
      const message = p.value as Int32Array
      buffer.set(message)
      got = message.length
      k = 0
      pc = 2
    }
    while (pc === 3 || k < got) {
      if (pc !== 3) {
        f.pc = 3
        if (!put(p, out, buffer[k] as number)) {
          f.i = i
          f.k = k
          f.got = got
          return false
        }
      }
      pc = 2
      k++
      i++
    }
    pc = 0
    if (--meter.fuel < 0) {
      f.i = i
      f.pc = 0
      return preempt(p)
    }
  }
}

/** PROC total (VAL INT n, []CHAN INT in?, CHAN INT out!): a fair ALT over all inputs, n items in all; outputs their sum */
export class Total extends Frame {
  i = 0
  sum = 0
  guard = 0
  constructor(
    caller: Frame | null,
    public n: number,
    public ins: Channel[],
    public out: Channel,
  ) {
    super(caller)
  }
}

export function total(p: Process, f: Total): boolean {
  const { n, ins, out } = f
  let { i, sum, pc } = f
  while (pc === 1 || pc === 2 || pc === 3 || i < n) {
    if (pc === 3) return true
    if (pc === 4) {
      pc = 0
      continue
    }
    if (pc < 2) {
      f.pc = 1
      const start = altStart(p, false, ins.length)
      if (start >= 0) {
        for (let k = 0; k < ins.length; k++) {
          const g = (start + k) % ins.length
          if (altChannel(p, ins[g] as Channel, g)) break
        }
      }
      const guard = altWait(p, U, 0)
      if (guard < 0) {
        f.i = i
        f.sum = sum
        return false
      }
      f.pc = 2
      if (!take(p, ins[guard] as Channel)) {
        f.i = i
        f.sum = sum
        return false
      }
    }
    sum = (sum + (p.value as number)) | 0
    i++
    pc = 0
    if (--meter.fuel < 0) {
      f.i = i
      f.sum = sum
      f.pc = 4
      return preempt(p)
    }
  }
  f.pc = 3
  return put(p, out, sum)
}

/** PROC slow (VAL INT n, CHAN INT in?, out!): waits 30 microseconds before each output */
export class Slow extends Frame {
  i = 0
  x = 0
  constructor(
    caller: Frame | null,
    public n: number,
    public in_: Channel,
    public out: Channel,
  ) {
    super(caller)
  }
}

export function slow(p: Process, f: Slow): boolean {
  const { n, in_, out } = f
  let { i, x, pc } = f
  while ((pc >= 1 && pc <= 3) || i < n) {
    if (pc === 4) {
      pc = 0
      continue
    }
    if (pc < 1) {
      f.pc = 1
      if (!take(p, in_)) {
        f.i = i
        return false
      }
    }
    if (pc < 2) {
      x = p.value as number
      f.pc = 2
      if (!sleep(p, (clock(p) + 30) | 0)) {
        f.i = i
        f.x = x
        return false
      }
    }
    if (pc < 3) {
      f.pc = 3
      if (!put(p, out, x)) {
        f.i = i
        return false
      }
    }
    i++
    pc = 0
    if (--meter.fuel < 0) {
      f.i = i
      f.pc = 4
      return preempt(p)
    }
  }
  return true
}

/** PROC fill (VAL INT depth, x, []INT a): recursive halves in PAR, each writing its slice of one array. A branch, and a knot of its own. */
export class Fill extends Frame {
  constructor(
    caller: Frame | null,
    public depth: number,
    public x: number,
    public a: Int32Array,
  ) {
    super(caller)
  }
}

export function fill(p: Process, f: Fill): boolean {
  const { a, depth, x } = f
  if (f.pc === 0) {
    if (depth === 0 || a.length < 2) {
      for (let i = 0; i < a.length; i++) a[i] = (x + (a[i] as number) * 2) | 0
      return true
    }
    const half = a.length >> 1
    const j = fork(p, f)
    branch(j, new Fill(null, depth - 1, x + 1, a.subarray(0, half)), 'fill')
    branch(j, new Fill(null, depth - 1, x + 2, a.subarray(half)), 'fill#2')
    f.pc = 1
    if (!join(p, j)) return false
  }
  if (f.pc === 1) f.pending = null
  a[0] = ((a[0] as number) + 1) | 0
  return true
}

/** PROC spread (VAL INT n, CHAN INT in?, out!): for each item fills an array with it in parallel, and outputs what it adds up to */
export class Spread extends Frame {
  i = 0
  a = new Int32Array(7)
  constructor(
    caller: Frame | null,
    public n: number,
    public in_: Channel,
    public out: Channel,
  ) {
    super(caller)
  }
}

export function spread(p: Process, f: Spread): boolean {
  const { n, in_, out, a } = f
  let { i, pc } = f
  while ((pc >= 1 && pc <= 3) || i < n) {
    if (pc === 4) {
      pc = 0
      continue
    }
    if (pc < 1) {
      f.pc = 1
      if (!take(p, in_)) {
        f.i = i
        return false
      }
    }
    if (pc < 2) {
      const j = fork(p, f)
      branch(j, new Fill(null, 2, p.value as number, a.subarray(0, 3)), 'fill', 0)
      branch(j, new Fill(null, 1, i, a.subarray(3)), 'fill', 1)
      f.pc = 2
      if (!join(p, j)) {
        f.i = i
        return false
      }
    }
    if (pc < 3) {
      f.pending = null
      let s = 0
      for (const v of a) s = (s * 5 + v) | 0
      f.pc = 3
      if (!put(p, out, s)) {
        f.i = i
        return false
      }
    }
    i++
    pc = 0
    if (--meter.fuel < 0) {
      f.i = i
      f.pc = 4
      return preempt(p)
    }
  }
  return true
}

/** REC PROC deep (VAL INT depth, INT r): r is the sum of 1 .. depth */
export class Deep extends Frame {
  r = 0
  constructor(
    caller: Frame | null,
    public depth: number,
  ) {
    super(caller)
  }
}

export function deep(p: Process, f: Deep): boolean {
  let { r } = f
  if (f.pc === 0) {
    if (f.depth === 0) {
      f.r = 0
      return true
    }
    const g = new Deep(f, f.depth - 1)
    f.pending = g
    f.pc = 1
    p.frame = g
    if (!enter(p)) return false
    const ended = deep(p, g)
    leave()
    if (!ended) return false
    p.frame = f
  }
  if (f.pc === 1) {
    const g = f.pending as Deep
    f.pending = null
    r = g.r
    if (--meter.fuel < 0) {
      f.r = r
      f.pc = 2
      return preempt(p)
    }
  }
  f.r = (r + f.depth) | 0
  return true
}

/** PROC report (VAL INT n, []CHAN INT in?, CHAN BYTE out!): item by item from each input in turn, as four bytes */
export class Report extends Frame {
  i = 0
  k = 0
  x = 0
  b = 0
  constructor(
    caller: Frame | null,
    public n: number,
    public ins: Channel[],
    public out: Channel,
  ) {
    super(caller)
  }
}

export function report(p: Process, f: Report): boolean {
  const { n, ins, out } = f
  let { i, k, x, b, pc } = f
  for (;;) {
    if (pc === 0) {
      if (i >= n) return true
      f.pc = 1
      if (!take(p, ins[k] as Channel)) {
        f.i = i
        f.k = k
        return false
      }
      pc = 1
    }
    if (pc === 1) {
      x = p.value as number
      b = 0
      pc = 3
    }
    while (pc === 2 || b < 4) {
      if (pc === 3) {
        f.pc = 2
        if (!put(p, out, (x >>> (8 * b)) & 255)) {
          f.i = i
          f.k = k
          f.x = x
          f.b = b
          return false
        }
      }
      pc = 3
      b++
    }
    if (++k === ins.length) {
      k = 0
      i++
    }
    pc = 0
    if (--meter.fuel < 0) {
      f.i = i
      f.k = k
      f.pc = 0
      return preempt(p)
    }
  }
}

const [n, in_, out, i] = [
  ['n', 'int'],
  ['in_', 'chan?'],
  ['out', 'chan!'],
  ['i', 'int'],
] as const
const ins = ['ins', 'chans?'] as const

export const U = unit({
  name: 'streams',
  machines: [
    {
      name: 'source',
      step: source,
      blank: () => new Source(null, 0, 0, NO_CHANNEL),
      slots: [['first', 'int'], n, out, i],
      live: [
        [0, 1, 2],
        [0, 1, 2, 3],
        [0, 1, 2, 3],
      ],
      results: [],
    },
    {
      name: 'succ',
      step: succ,
      blank: () => new Succ(null, 0, NO_CHANNEL, NO_CHANNEL),
      slots: [n, in_, out, i, ['x', 'int']],
      live: [
        [0, 1, 2, 3],
        [0, 1, 2, 3],
        [0, 1, 2, 3],
        [0, 1, 2, 3],
        [0, 1, 2, 3],
      ],
      results: [],
    },
    {
      name: 'work',
      step: work,
      blank: () => new Work(null, 0),
      slots: [
        ['x', 'int'],
        ['r', 'int'],
        ['k', 'int'],
      ],
      live: [[0], [1, 2]],
      results: [1],
    },
    {
      name: 'delta',
      step: delta,
      blank: () => new Delta(null, 0, NO_CHANNEL, NO_CHANNEL, NO_CHANNEL),
      slots: [n, in_, ['out1', 'chan!'], ['out2', 'chan!'], i],
      live: [
        [0, 1, 2, 3, 4],
        [0, 1, 2, 3, 4],
        [0, 1, 2, 3, 4],
        [0, 1, 2, 3, 4],
      ],
      results: [],
    },
    {
      name: 'output',
      step: output,
      blank: () => new Output(null, 0, NO_CHANNEL),
      slots: [['x', 'int'], out],
      live: [[0, 1], []],
      results: [],
    },
    { name: 'input', step: input, blank: () => new Input(null, NO_CHANNEL), slots: [['x', 'int'], in_], live: [[1], []], results: [0] },
    {
      name: 'plus',
      step: plus,
      blank: () => new Plus(null, 0, NO_CHANNEL, NO_CHANNEL, NO_CHANNEL),
      slots: [n, ['in1', 'chan?'], ['in2', 'chan?'], out, i],
      live: [
        [0, 1, 2, 3, 4],
        [0, 1, 2, 3, 4],
        [0, 1, 2, 3, 4],
        [0, 1, 2, 3, 4],
      ],
      results: [],
    },
    {
      name: 'blocks',
      step: blocks,
      blank: () => new Blocks(null, 0, NO_CHANNEL, NO_CHANNEL),
      slots: [n, in_, out, ['middle', 'chan']],
      live: [[0, 1, 2], []],
      results: [],
    },
    {
      name: 'pack',
      step: pack,
      blank: () => new Pack(null, 0, NO_CHANNEL, NO_CHANNEL),
      slots: [n, in_, out, i, ['buffer', 'array:int']],
      live: [
        [0, 1, 2, 3],
        [0, 1, 2, 3, 4],
        [0, 1, 2, 3],
        [0, 1, 2, 3, 4],
      ],
      results: [],
    },
    {
      name: 'unpack',
      step: unpack,
      blank: () => new Unpack(null, 0, NO_CHANNEL, NO_CHANNEL),
      slots: [n, in_, out, i, ['k', 'int'], ['got', 'int'], ['buffer', 'array:int']],
      live: [[0, 1, 2, 3], [0, 1, 2, 3], [], [0, 1, 2, 3, 4, 5, 6]],
      results: [],
    },
    {
      name: 'total',
      step: total,
      blank: () => new Total(null, 0, [], NO_CHANNEL),
      slots: [n, ins, out, i, ['sum', 'int']],
      live: [[0, 1, 2, 3, 4], [0, 1, 2, 3, 4], [0, 1, 2, 3, 4], [], [0, 1, 2, 3, 4]],
      results: [],
    },
    {
      name: 'slow',
      step: slow,
      blank: () => new Slow(null, 0, NO_CHANNEL, NO_CHANNEL),
      slots: [n, in_, out, i, ['x', 'int']],
      live: [
        [0, 1, 2, 3],
        [0, 1, 2, 3],
        [0, 1, 2, 3, 4],
        [0, 1, 2, 3],
        [0, 1, 2, 3],
      ],
      results: [],
    },
    {
      name: 'fill',
      step: fill,
      blank: () => new Fill(null, 0, 0, new Int32Array()),
      slots: [
        ['depth', 'int'],
        ['x', 'int'],
        ['a', 'array:int'],
      ],
      live: [[0, 1, 2], [2]],
      results: [2],
    },
    {
      name: 'spread',
      step: spread,
      blank: () => new Spread(null, 0, NO_CHANNEL, NO_CHANNEL),
      slots: [n, in_, out, i, ['a', 'array:int']],
      live: [
        [0, 1, 2, 3, 4],
        [0, 1, 2, 3, 4],
        [0, 1, 2, 3, 4],
        [0, 1, 2, 3, 4],
        [0, 1, 2, 3, 4],
      ],
      results: [],
    },
    {
      name: 'deep',
      step: deep,
      blank: () => new Deep(null, 0),
      slots: [
        ['depth', 'int'],
        ['r', 'int'],
      ],
      live: [[0], [0], [0, 1]],
      results: [1],
    },
    {
      name: 'report',
      step: report,
      blank: () => new Report(null, 0, [], NO_CHANNEL),
      slots: [n, ins, out, i, ['k', 'int'], ['x', 'int'], ['b', 'int']],
      live: [
        [0, 1, 2, 3, 4],
        [0, 1, 2, 3, 4],
        [0, 1, 2, 3, 4, 5, 6],
      ],
      results: [],
    },
  ],
})
U.hash = 'test:streams'
