/** Processes that care where they are. */
import { Channel, Frame, NO_CHANNEL, branch, fork, host, join, put, take, unit } from '../../../runtime/abi.ts'
import type { Process } from '../../../runtime/abi.ts'

/** PROC where (CHAN BYTE out!): the digit of the name of the node it is on */
export class Where extends Frame {
  constructor(
    caller: Frame | null,
    public out: Channel,
  ) {
    super(caller)
  }
}

export function where(p: Process, f: Where): boolean {
  switch (f.pc) {
    case 0:
      f.pc = 1
      if (!host(p, 'node.name', [])) return false
    // falls through
    case 1:
      f.pc = 2
      if (!put(p, f.out, ((p.value as Uint8Array)[1] ?? 0) - 48)) return false
    // falls through
    default:
      return true
  }
}

/** PROC placed (CHAN BYTE screen!): PLACED PAR of `where` on node n3 and `pass` on processor 1 */
export class Placed extends Frame {
  constructor(
    caller: Frame | null,
    public screen: Channel,
  ) {
    super(caller)
  }
}

const encoder = new TextEncoder()

export function placed(p: Process, f: Placed): boolean {
  if (f.pc === 0) {
    const j = fork(p, f)
    const c = new Channel()
    branch(j, new Where(null, c), 'where', NaN, 0, encoder.encode('n3'))
    branch(j, new Pass(null, c, f.screen), 'pass', NaN, 0, 1)
    f.pc = 1
    if (!join(p, j)) return false
  }
  f.pending = null
  return true
}

/** PROC pass (CHAN BYTE in?, out!): what comes, then where it is itself */
export class Pass extends Frame {
  constructor(
    caller: Frame | null,
    public in_: Channel,
    public out: Channel,
  ) {
    super(caller)
  }
}

export function pass(p: Process, f: Pass): boolean {
  switch (f.pc) {
    case 0:
      f.pc = 1
      if (!take(p, f.in_)) return false
    // falls through
    case 1:
      f.pc = 2
      if (!put(p, f.out, p.value as number)) return false
    // falls through
    case 2:
      f.pc = 3
      if (!host(p, 'node.name', [])) return false
    // falls through
    case 3:
      f.pc = 4
      if (!put(p, f.out, ((p.value as Uint8Array)[1] ?? 0) - 48)) return false
    // falls through
    default:
      return true
  }
}

/** PROC hop (CHAN BYTE screen!): asks to be moved to n2, to n3, to a node that is not there; says each time whether it was, and where it is then */
export class Hop extends Frame {
  i = 0
  constructor(
    caller: Frame | null,
    public screen: Channel,
  ) {
    super(caller)
  }
}

const goals = ['n2', 'n3', 'n9']

export function hop(p: Process, f: Hop): boolean {
  const { screen } = f
  let { i, pc } = f
  const spill = (): false => {
    f.i = i
    return false
  }
  while (i < goals.length) {
    switch (pc) {
      case 0:
        f.pc = 1
        if (!host(p, 'migrate.to', [encoder.encode(goals[i])])) return spill()
      // falls through
      case 1:
        f.pc = 2
        if (!put(p, screen, p.value === true ? 1 : 0)) return spill()
      // falls through
      case 2:
        f.pc = 3
        if (!host(p, 'node.name', [])) return spill()
      // falls through
      case 3:
        f.pc = 4
        if (!put(p, screen, ((p.value as Uint8Array)[1] ?? 0) - 48)) return spill()
    }
    pc = 0
    i++
  }
  return true
}

export const U = unit({
  name: 'places',
  machines: [
    { name: 'where', step: where, blank: () => new Where(null, NO_CHANNEL), slots: [['out', 'chan!']], live: [[0], [0], [0]], results: [] },
    {
      name: 'placed',
      step: placed,
      blank: () => new Placed(null, NO_CHANNEL),
      slots: [['screen', 'chan!']],
      live: [[0], [0]],
      results: [],
    },
    {
      name: 'pass',
      step: pass,
      blank: () => new Pass(null, NO_CHANNEL, NO_CHANNEL),
      slots: [
        ['in_', 'chan?'],
        ['out', 'chan!'],
      ],
      live: [
        [0, 1],
        [0, 1],
        [0, 1],
        [0, 1],
        [0, 1],
      ],
      results: [],
    },
    {
      name: 'hop',
      step: hop,
      blank: () => new Hop(null, NO_CHANNEL),
      slots: [
        ['screen', 'chan!'],
        ['i', 'int'],
      ],
      live: [
        [0, 1],
        [0, 1],
        [0, 1],
        [0, 1],
        [0, 1],
      ],
      results: [],
    },
  ],
})
