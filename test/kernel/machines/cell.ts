/** Small processes for single situations: one communication, one wait, one loop; each tells what came of it in a field of its frame. */
import type { Channel, Process } from '../../../runtime/abi.ts'
import {
  Frame,
  NO_CHANNEL,
  altChannel,
  altStart,
  altTimer,
  altWait,
  branch,
  fork,
  host,
  join,
  meter,
  preempt,
  put,
  putArray,
  sleep,
  take,
  unit,
} from '../../../runtime/abi.ts'

/** Sends first .. first + n - 1, one by one. */
export class Writer extends Frame {
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

function writer(p: Process, f: Writer): boolean {
  while (f.pc === 1 || f.i < f.n) {
    if (f.pc === 0) {
      f.pc = 1
      if (!put(p, f.out, f.first + f.i)) return false
    }
    f.i++
    f.pc = 0
  }
  return true
}

/** Receives n numbers into an array. */
export class Reader extends Frame {
  i = 0
  constructor(
    caller: Frame | null,
    public in_: Channel,
    public got: Int32Array,
  ) {
    super(caller)
  }
}

function reader(p: Process, f: Reader): boolean {
  while (f.pc === 1 || f.i < f.got.length) {
    if (f.pc === 0) {
      f.pc = 1
      if (!take(p, f.in_)) return false
    }
    f.got[f.i++] = p.value as number
    f.pc = 0
  }
  return true
}

/** Sends two overlapping views of one array. */
export class ArrayWriter extends Frame {
  constructor(
    caller: Frame | null,
    public a: Int32Array,
    public b: Int32Array,
    public out: Channel,
  ) {
    super(caller)
  }
}

function arrayWriter(p: Process, f: ArrayWriter): boolean {
  if (f.pc === 0) {
    f.pc = 1
    if (!putArray(p, f.out, f.a)) return false
  }
  if (f.pc === 1) {
    f.a[f.a.length - 1] = 99 // the reader has its copy by now; b sees this where it overlaps a
    f.pc = 2
    if (!putArray(p, f.out, f.b)) return false
  }
  return true
}

export class ArrayReader extends Frame {
  constructor(
    caller: Frame | null,
    public in_: Channel,
    public first: Int32Array,
    public second: Int32Array,
  ) {
    super(caller)
  }
}

function arrayReader(p: Process, f: ArrayReader): boolean {
  if (f.pc === 0) {
    f.pc = 1
    if (!take(p, f.in_)) return false
  }
  if (f.pc === 1) {
    f.first.set(p.value as Int32Array)
    f.pc = 2
    if (!take(p, f.in_)) return false
  }
  f.second.set(p.value as Int32Array)
  return true
}

/** An ALT (PRI or fair) over channels and perhaps a time, n times; notes guard and value each time. */
export class Chooser extends Frame {
  i = 0
  constructor(
    caller: Frame | null,
    public pri: boolean,
    public ins: Channel[],
    public time: number,
    public got: Int32Array,
  ) {
    super(caller)
  }
}

function chooser(p: Process, f: Chooser): boolean {
  while (f.pc > 0 || 2 * f.i < f.got.length) {
    if (f.pc < 2) {
      f.pc = 1
      const n = f.ins.length + (f.time === 0 ? 0 : 1)
      const start = altStart(p, f.pri, n)
      if (start >= 0) {
        for (let k = 0; k < n; k++) {
          const g = (start + k) % n
          if (g < f.ins.length ? altChannel(p, f.ins[g] as Channel, g) : altTimer(p, f.time, g)) break
        }
      }
      const guard = altWait(p, U, 0)
      if (guard < 0) return false
      f.got[2 * f.i] = guard
      p.value = -1
      f.pc = 2
      if (guard < f.ins.length && !take(p, f.ins[guard] as Channel)) return false
    }
    f.got[2 * f.i + 1] = p.value as number
    f.i++
    f.pc = 0
  }
  return true
}

/** Waits until just after a time. */
export class Sleeper extends Frame {
  woken = 0
  constructor(
    caller: Frame | null,
    public until: number,
  ) {
    super(caller)
  }
}

function sleeper(p: Process, f: Sleeper): boolean {
  if (f.pc === 0) {
    f.pc = 1
    if (!sleep(p, f.until)) return false
  }
  f.woken = Math.floor(p.kernel.now())
  return true
}

/** Counts to n without communicating. */
export class Counter extends Frame {
  i = 0
  constructor(
    caller: Frame | null,
    public n: number,
  ) {
    super(caller)
  }
}

function counter(p: Process, f: Counter): boolean {
  const { n } = f
  let { i } = f
  while (i < n) {
    i++
    if (--meter.fuel < 0) {
      f.i = i
      f.pc = 1
      return preempt(p)
    }
  }
  f.i = i
  return true
}

/** Asks the host for a number. */
export class Asker extends Frame {
  answer = 0
  constructor(
    caller: Frame | null,
    public question: number,
  ) {
    super(caller)
  }
}

function asker(p: Process, f: Asker): boolean {
  if (f.pc === 0) {
    f.pc = 1
    if (!host(p, 'ask', [f.question])) return false
  }
  f.answer = p.value as number
  return true
}

/** Writes each second element of a view, from `from`, taking the values from a channel. */
export class Comb extends Frame {
  i = 0
  sum = 0
  constructor(
    caller: Frame | null,
    public a: Uint8Array,
    public from: number,
    public in_: Channel,
  ) {
    super(caller)
  }
}

function comb(p: Process, f: Comb): boolean {
  while (f.pc === 1 || f.from + 2 * f.i < f.a.length) {
    if (f.pc === 0) {
      f.pc = 1
      if (!take(p, f.in_)) return false
    }
    const v = p.value as number
    f.a[f.from + 2 * f.i] = v
    f.sum += v
    f.i++
    f.pc = 0
  }
  return true
}

export class Combs extends Frame {
  a: Uint8Array<ArrayBuffer>
  sums = 0
  constructor(
    caller: Frame | null,
    public even: Channel,
    public odd: Channel,
    n: number,
  ) {
    super(caller)
    this.a = new Uint8Array(n)
  }
}

function combs(p: Process, f: Combs): boolean {
  if (f.pc === 0) {
    const j = fork(p, f)
    branch(j, new Comb(null, f.a, 0, f.even), 'comb')
    branch(j, new Comb(null, f.a, 1, f.odd), 'comb#2')
    f.pc = 1
    if (!join(p, j)) return false
  }
  const j = f.pending as ReturnType<typeof fork>
  f.pending = null
  f.sums = (j.frame(0) as Comb).sum * 1000 + (j.frame(1) as Comb).sum
  return true
}

const int = (name: string): readonly [string, 'int'] => [name, 'int']

export const U = unit({
  name: 'cell',
  machines: [
    {
      name: 'writer',
      step: writer,
      blank: () => new Writer(null, 0, 0, NO_CHANNEL),
      slots: [int('first'), int('n'), ['out', 'chan!'], int('i')],
      live: [
        [0, 1, 2, 3],
        [0, 1, 2, 3],
      ],
      results: [],
    },
    {
      name: 'reader',
      step: reader,
      blank: () => new Reader(null, NO_CHANNEL, new Int32Array()),
      slots: [['in_', 'chan?'], ['got', 'array:int'], int('i')],
      live: [
        [0, 1, 2],
        [0, 1, 2],
      ],
      results: [],
    },
    {
      name: 'arrayWriter',
      step: arrayWriter,
      blank: () => new ArrayWriter(null, new Int32Array(), new Int32Array(), NO_CHANNEL),
      slots: [
        ['a', 'array:int'],
        ['b', 'array:int'],
        ['out', 'chan!'],
      ],
      live: [[0, 1, 2], [0, 1, 2], []],
      results: [],
    },
    {
      name: 'arrayReader',
      step: arrayReader,
      blank: () => new ArrayReader(null, NO_CHANNEL, new Int32Array(), new Int32Array()),
      slots: [
        ['in_', 'chan?'],
        ['first', 'array:int'],
        ['second', 'array:int'],
      ],
      live: [
        [0, 1, 2],
        [0, 1, 2],
        [1, 2],
      ],
      results: [],
    },
    {
      name: 'chooser',
      step: chooser,
      blank: () => new Chooser(null, false, [], 0, new Int32Array()),
      slots: [['pri', 'bool'], ['ins', 'chans?'], int('time'), ['got', 'array:int'], int('i')],
      live: [
        [0, 1, 2, 3, 4],
        [0, 1, 2, 3, 4],
        [0, 1, 2, 3, 4],
      ],
      results: [],
    },
    {
      name: 'sleeper',
      step: sleeper,
      blank: () => new Sleeper(null, 0),
      slots: [int('until'), int('woken')],
      live: [[0], []],
      results: [],
    },
    { name: 'counter', step: counter, blank: () => new Counter(null, 0), slots: [int('n'), int('i')], live: [[0], [0, 1]], results: [1] },
    { name: 'asker', step: asker, blank: () => new Asker(null, 0), slots: [int('question'), int('answer')], live: [[0], []], results: [] },
    {
      name: 'comb',
      step: comb,
      blank: () => new Comb(null, new Uint8Array(), 0, NO_CHANNEL),
      slots: [['a', 'array:byte'], int('from'), ['in_', 'chan?'], int('i'), int('sum')],
      live: [
        [0, 1, 2, 3, 4],
        [0, 1, 2, 3, 4],
      ],
      results: [0, 4],
    },
    {
      name: 'combs',
      step: combs,
      blank: () => new Combs(null, NO_CHANNEL, NO_CHANNEL, 0),
      slots: [['even', 'chan?'], ['odd', 'chan?'], ['a', 'array:byte'], int('sums')],
      live: [[0, 1, 2], [2]],
      results: [2, 3],
    },
  ],
})
U.hash = 'test:cell'
