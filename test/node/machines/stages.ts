/**
 * The stages of a pipeline, by hand in the form of generated code. Its output says whether anything was lost, doubled or reordered on its way.
 * Also translated to canonical code by programs.ts: nothing but the ABI and other units may be imported.
 */
import { Frame, NO_CHANNEL, clock, meter, preempt, put, sleep, take, unit } from '../../../runtime/abi.ts'
import type { Channel, Process } from '../../../runtime/abi.ts'

/** PROC source (VAL INT n, CHAN INT out!): 0, 1, ... n - 1 */
export class Source extends Frame {
  i = 0
  constructor(
    caller: Frame | null,
    public n: number,
    public out: Channel,
  ) {
    super(caller)
  }
}

export function source(p: Process, f: Source): boolean {
  const { n, out } = f
  let { i, pc } = f
  while (pc > 0 || i < n) {
    if (pc !== 1) {
      f.pc = 1
      if (!put(p, out, i)) {
        f.i = i
        return false
      }
    }
    pc = 0
    i++
    if (i < n && --meter.fuel < 0) {
      f.i = i
      f.pc = 2
      return preempt(p)
    }
  }
  return true
}

/** PROC relay (VAL INT n, VAL INT pause, CHAN INT in?, out!): passes n on, after `pause` microseconds each if that is not 0 */
export class Relay extends Frame {
  i = 0
  x = 0
  constructor(
    caller: Frame | null,
    public n: number,
    public pause: number,
    public in_: Channel,
    public out: Channel,
  ) {
    super(caller)
  }
}

export function relay(p: Process, f: Relay): boolean {
  const { n, pause, in_, out } = f
  let { i, x, pc } = f
  while (pc > 0 || i < n) {
    switch (pc) {
      case 0:
        f.pc = 1
        if (!take(p, in_)) {
          f.i = i
          f.x = x
          return false
        }
      // falls through
      case 1:
        x = p.value as number
        if (pause > 0) {
          f.pc = 2
          if (!sleep(p, (clock(p) + pause) | 0)) {
            f.i = i
            f.x = x
            return false
          }
        }
      // falls through
      case 2:
        f.pc = 3
        if (!put(p, out, x)) {
          f.i = i
          f.x = x
          return false
        }
    }
    pc = 0
    i++
  }
  return true
}

/** PROC sum (VAL INT n, CHAN INT in?, INT total) */
export class Sum extends Frame {
  i = 0
  total = 0
  constructor(
    caller: Frame | null,
    public n: number,
    public in_: Channel,
    public screen: Channel,
  ) {
    super(caller)
  }
}

export function sum(p: Process, f: Sum): boolean {
  const { n, in_, screen } = f
  let { i, total, pc } = f
  while (pc > 0 || i < n) {
    switch (pc) {
      case 0:
        f.pc = 1
        if (!take(p, in_)) {
          f.i = i
          f.total = total
          return false
        }
      // falls through
      case 1:
        total = (total + (p.value as number)) | 0
        f.pc = 2
        if (!put(p, screen, (p.value as number) & 127)) {
          f.i = i
          f.total = total
          return false
        }
    }
    pc = 0
    i++
  }
  f.total = total
  return true
}

export const U = unit({
  name: 'stages',
  machines: [
    {
      name: 'source',
      step: source,
      blank: () => new Source(null, 0, NO_CHANNEL),
      slots: [
        ['n', 'int'],
        ['out', 'chan!'],
        ['i', 'int'],
      ],
      live: [
        [0, 1],
        [0, 1, 2],
        [0, 1, 2],
      ],
      results: [],
    },
    {
      name: 'relay',
      step: relay,
      blank: () => new Relay(null, 0, 0, NO_CHANNEL, NO_CHANNEL),
      slots: [
        ['n', 'int'],
        ['pause', 'int'],
        ['in_', 'chan?'],
        ['out', 'chan!'],
        ['i', 'int'],
        ['x', 'int'],
      ],
      live: [
        [0, 1, 2, 3],
        [0, 1, 2, 3, 4],
        [0, 1, 2, 3, 4, 5],
        [0, 1, 2, 3, 4],
      ],
      results: [],
    },
    {
      name: 'sum',
      step: sum,
      blank: () => new Sum(null, 0, NO_CHANNEL, NO_CHANNEL),
      slots: [
        ['n', 'int'],
        ['in_', 'chan?'],
        ['screen', 'chan!'],
        ['i', 'int'],
        ['total', 'int'],
      ],
      live: [
        [0, 1, 2],
        [0, 1, 2, 3, 4],
        [0, 1, 2, 3, 4],
      ],
      results: [4],
    },
  ],
})
