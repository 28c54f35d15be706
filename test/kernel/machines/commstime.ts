/** Commstime, as the compiler writes it: prefix, delta, succ and a consumer in a ring. */
import { Frame, NO_CHANNEL, meter, preempt, put, take, unit } from '../../../runtime/abi.ts'
import type { Channel, Process } from '../../../runtime/abi.ts'

/** PROC prefix (VAL INT n, CHAN INT in?, out!) */
export class Prefix extends Frame {
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

export function prefix(p: Process, f: Prefix): boolean {
  const { in_, out } = f
  let { pc, x } = f
  switch (pc) {
    case 0:
      f.pc = 1
      if (!put(p, out, f.n)) return false
    // falls through
    case 1:
      pc = 0
  }
  while (true) {
    switch (pc) {
      case 0:
      case 4:
        f.pc = 2
        if (!take(p, in_)) return false
      // falls through
      case 2:
        x = p.value as number
        f.pc = 3
        if (!put(p, out, x)) return false
      // falls through
      case 3:
    }
    pc = 0
    if (--meter.fuel < 0) {
      f.pc = 4
      return preempt(p)
    }
  }
}

/** PROC succ (CHAN INT in?, out!) */
export class Succ extends Frame {
  x = 0
  constructor(
    caller: Frame | null,
    public in_: Channel,
    public out: Channel,
  ) {
    super(caller)
  }
}

export function succ(p: Process, f: Succ): boolean {
  const { in_, out } = f
  let { pc, x } = f
  while (true) {
    switch (pc) {
      case 0:
      case 3:
        f.pc = 1
        if (!take(p, in_)) return false
      // falls through
      case 1:
        x = p.value as number
        f.pc = 2
        if (!put(p, out, (x + 1) | 0)) return false
      // falls through
      case 2:
    }
    pc = 0
    if (--meter.fuel < 0) {
      f.pc = 3
      return preempt(p)
    }
  }
}

/** PROC delta (CHAN INT in?, out.1!, out.2!), sequential */
export class Delta extends Frame {
  x = 0
  constructor(
    caller: Frame | null,
    public in_: Channel,
    public out1: Channel,
    public out2: Channel,
  ) {
    super(caller)
  }
}

export function delta(p: Process, f: Delta): boolean {
  const { in_, out1, out2 } = f
  let { pc, x } = f
  while (true) {
    switch (pc) {
      case 0:
      case 4:
        f.pc = 1
        if (!take(p, in_)) return false
      // falls through
      case 1:
        x = p.value as number
        f.pc = 2
        if (!put(p, out1, x)) {
          f.x = x
          return false
        }
      // falls through
      case 2:
        f.pc = 3
        if (!put(p, out2, x)) return false
      // falls through
      case 3:
    }
    pc = 0
    if (--meter.fuel < 0) {
      f.pc = 4
      return preempt(p)
    }
  }
}

/** PROC consume (VAL INT n, CHAN INT in?, INT last): takes n numbers */
export class Consume extends Frame {
  i = 0
  last = 0
  constructor(
    caller: Frame | null,
    public n: number,
    public in_: Channel,
  ) {
    super(caller)
  }
}

export function consume(p: Process, f: Consume): boolean {
  const { in_, n } = f
  let { pc, i, last } = f
  while (pc > 0 || i < n) {
    switch (pc) {
      case 2:
        pc = 0
        continue
      case 0:
        f.pc = 1
        if (!take(p, in_)) {
          f.i = i
          f.last = last
          return false
        }
      // falls through
      case 1:
        last = p.value as number
        i++
    }
    pc = 0
    if (--meter.fuel < 0) {
      f.i = i
      f.last = last
      f.pc = 2
      return preempt(p)
    }
  }
  f.last = last
  return true
}
export const U = unit({
  name: 'commstime',
  machines: [
    {
      name: 'prefix',
      step: prefix,
      blank: () => new Prefix(null, 0, NO_CHANNEL, NO_CHANNEL),
      slots: [
        ['n', 'int'],
        ['in_', 'chan?'],
        ['out', 'chan!'],
        ['x', 'int'],
      ],
      live: [
        [0, 1, 2],
        [1, 2],
        [1, 2],
        [1, 2],
        [1, 2],
      ],
      results: [],
    },
    {
      name: 'succ',
      step: succ,
      blank: () => new Succ(null, NO_CHANNEL, NO_CHANNEL),
      slots: [
        ['in_', 'chan?'],
        ['out', 'chan!'],
        ['x', 'int'],
      ],
      live: [
        [0, 1],
        [0, 1],
        [0, 1],
        [0, 1],
      ],
      results: [],
    },
    {
      name: 'delta',
      step: delta,
      blank: () => new Delta(null, NO_CHANNEL, NO_CHANNEL, NO_CHANNEL),
      slots: [
        ['in_', 'chan?'],
        ['out1', 'chan!'],
        ['out2', 'chan!'],
        ['x', 'int'],
      ],
      live: [
        [0, 1, 2],
        [0, 1, 2],
        [0, 1, 2, 3],
        [0, 1, 2],
        [0, 1, 2],
      ],
      results: [],
    },
    {
      name: 'consume',
      step: consume,
      blank: () => new Consume(null, 0, NO_CHANNEL),
      slots: [
        ['n', 'int'],
        ['in_', 'chan?'],
        ['i', 'int'],
        ['last', 'int'],
      ],
      live: [
        [0, 1, 2, 3],
        [0, 1, 2],
        [0, 1, 2, 3],
      ],
      results: [3],
    },
  ],
})
U.hash = 'test:commstime'
