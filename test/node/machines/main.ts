/** A main process that runs the stages, and one that only computes. */
import { Channel, Frame, NO_CHANNEL, branch, fork, join, meter, preempt, put, take, unit } from '../../../runtime/abi.ts'
import type { Join, Process } from '../../../runtime/abi.ts'
import { Relay, Source, Sum } from './stages.ts'

/** PROC main (CHAN INT screen!): source -> relay -> sum, which echoes to the screen; then the total */
export class Main extends Frame {
  total = 0
  constructor(
    caller: Frame | null,
    public n: number,
    public pause: number,
    public screen: Channel,
  ) {
    super(caller)
  }
}

export function main(p: Process, f: Main): boolean {
  const { n, pause, screen } = f
  let { pc, total } = f
  switch (pc) {
    case 0: {
      const a = new Channel()
      const b = new Channel()
      const j = fork(p, f)
      branch(j, new Source(null, n, a), 'source')
      branch(j, new Relay(null, n, pause, a, b), 'relay')
      branch(j, new Sum(null, n, b, screen), 'sum')
      f.pc = 1
      if (!join(p, j)) return false
    }
    // falls through
    case 1: {
      const j = f.pending as Join
      f.pending = null
      total = (j.frame(2) as Sum).total
      f.pc = 2
      if (!put(p, screen, total & 127)) return false
    }
    // falls through
    case 2:
      pc = 0
  }
  return true
}

/** PROC spin (): never ends, never communicates */
export class Spin extends Frame {
  i = 0
}

export function spin(p: Process, f: Spin): boolean {
  let { i } = f
  for (;;) {
    i = (i + 1) | 0
    if (--meter.fuel < 0) {
      f.i = i
      f.pc = 1
      return preempt(p)
    }
  }
}

/** PROC hoard (): as spin, with an array of so many INTs */
export class Hoard extends Frame {
  a: Int32Array
  constructor(caller: Frame | null, size: number) {
    super(caller)
    this.a = new Int32Array(size)
  }
}

export function hoard(p: Process, f: Hoard): boolean {
  for (;;) {
    f.a[0] = ((f.a[0] ?? 0) + 1) | 0
    if (--meter.fuel < 0) {
      f.pc = 1
      return preempt(p)
    }
  }
}

/** PROC numbers (CHAN BYTE screen!): main (400, 1000, screen!) */
export class Numbers extends Frame {
  constructor(
    caller: Frame | null,
    public screen: Channel,
  ) {
    super(caller)
  }
}

export function numbers(p: Process, f: Numbers): boolean {
  if (f.pc === 0) {
    const g = new Main(f, 400, 1000, f.screen)
    f.pending = g
    f.pc = 1
    p.frame = g
    if (!main(p, g)) return false
    p.frame = f
  }
  f.pending = null
  return true
}

/** PROC endless (CHAN BYTE screen!): main (2147483647, 1000, screen!), with branches that outlive every test */
export class Endless extends Frame {
  constructor(
    caller: Frame | null,
    public screen: Channel,
  ) {
    super(caller)
  }
}

export function endless(p: Process, f: Endless): boolean {
  if (f.pc === 0) {
    const g = new Main(f, 2147483647, 1000, f.screen)
    f.pending = g
    f.pc = 1
    p.frame = g
    if (!main(p, g)) return false
    p.frame = f
  }
  f.pending = null
  return true
}

/** PROC ring (): two processes, each of which waits for the other to speak first */
export class Ring extends Frame {}

export function ring(p: Process, f: Ring): boolean {
  if (f.pc === 0) {
    const a = new Channel()
    const b = new Channel()
    const j = fork(p, f)
    branch(j, new Relay(null, 1, 20_000, a, b), 'left')
    branch(j, new Relay(null, 1, 20_000, b, a), 'right')
    f.pc = 1
    if (!join(p, j)) return false
  }
  f.pending = null
  return true
}

/** PROC idle (CHAN INT in?): waits */
export class Idle extends Frame {
  constructor(
    caller: Frame | null,
    public in_: Channel,
  ) {
    super(caller)
  }
}

export function idle(p: Process, f: Idle): boolean {
  if (f.pc === 1) return true
  f.pc = 1
  return take(p, f.in_)
}

/** PROC crowd (CHAN BYTE keyboard?, screen!): 100,000 processes that wait; each key is echoed */
export class Crowd extends Frame {
  constructor(
    caller: Frame | null,
    public keyboard: Channel,
    public screen: Channel,
  ) {
    super(caller)
  }
}

export function crowd(p: Process, f: Crowd): boolean {
  if (f.pc === 0) {
    const j = fork(p, f)
    for (let i = 0; i < 100_000; i++) branch(j, new Idle(null, new Channel()), 'idle', i)
    branch(j, new Echo(null, f.keyboard, f.screen), 'echo')
    f.pc = 1
    if (!join(p, j)) return false
  }
  f.pending = null
  return true
}

/** PROC stuck.later (CHAN BYTE keyboard?): two processes, each of which waits for the other to speak first; they cannot before a key comes */
export class StuckLater extends Frame {
  constructor(
    caller: Frame | null,
    public keyboard: Channel,
  ) {
    super(caller)
  }
}

export function stuckLater(p: Process, f: StuckLater): boolean {
  if (f.pc === 0) {
    const a = new Channel()
    const b = new Channel()
    const c = new Channel()
    const j = fork(p, f)
    branch(j, new Relay(null, 1, 0, a, b), 'left')
    branch(j, new Relay(null, 1, 0, b, a), 'right')
    branch(j, new Relay(null, 2, 0, f.keyboard, c), 'third')
    f.pc = 1
    if (!join(p, j)) return false
  }
  f.pending = null
  return true
}

/** PROC echo (CHAN BYTE keyboard?, screen!): up to the end of input */
export class Echo extends Frame {
  x = 0
  constructor(
    caller: Frame | null,
    public keyboard: Channel,
    public screen: Channel,
  ) {
    super(caller)
  }
}

export function echo(p: Process, f: Echo): boolean {
  const { keyboard, screen } = f
  let { pc } = f
  for (;;) {
    switch (pc) {
      case 0:
      case 3:
        f.pc = 1
        if (!take(p, keyboard)) return false
      // falls through
      case 1:
        if (p.value === 255) return true
        f.pc = 2
        if (!put(p, screen, p.value as number)) return false
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

export const U = unit({
  name: 'main',
  machines: [
    {
      name: 'main',
      step: main,
      blank: () => new Main(null, 0, 0, NO_CHANNEL),
      slots: [
        ['n', 'int'],
        ['pause', 'int'],
        ['screen', 'chan!'],
        ['total', 'int'],
      ],
      live: [
        [0, 1, 2],
        [0, 1, 2],
        [0, 1, 2],
      ],
      results: [],
    },
    {
      name: 'numbers',
      step: numbers,
      blank: () => new Numbers(null, NO_CHANNEL),
      slots: [['screen', 'chan!']],
      live: [[0], [0]],
      results: [],
    },
    {
      name: 'endless',
      step: endless,
      blank: () => new Endless(null, NO_CHANNEL),
      slots: [['screen', 'chan!']],
      live: [[0], [0]],
      results: [],
    },
    {
      name: 'stuck.later',
      step: stuckLater,
      blank: () => new StuckLater(null, NO_CHANNEL),
      slots: [['keyboard', 'chan?']],
      live: [[0], [0]],
      results: [],
    },
    {
      name: 'echo',
      step: echo,
      blank: () => new Echo(null, NO_CHANNEL, NO_CHANNEL),
      slots: [
        ['keyboard', 'chan?'],
        ['screen', 'chan!'],
      ],
      live: [
        [0, 1],
        [0, 1],
        [0, 1],
        [0, 1],
      ],
      results: [],
    },
    { name: 'ring', step: ring, blank: () => new Ring(null), slots: [], live: [[], []], results: [] },
    { name: 'idle', step: idle, blank: () => new Idle(null, NO_CHANNEL), slots: [['in_', 'chan?']], live: [[0], [0]], results: [] },
    {
      name: 'crowd',
      step: crowd,
      blank: () => new Crowd(null, NO_CHANNEL, NO_CHANNEL),
      slots: [
        ['keyboard', 'chan?'],
        ['screen', 'chan!'],
      ],
      live: [
        [0, 1],
        [0, 1],
      ],
      results: [],
    },
    { name: 'hoard', step: hoard, blank: () => new Hoard(null, 0), slots: [['a', 'array:int']], live: [[0], [0]], results: [] },
    { name: 'spin', step: spin, blank: () => new Spin(null), slots: [['i', 'int']], live: [[0], [0]], results: [] },
  ],
})
