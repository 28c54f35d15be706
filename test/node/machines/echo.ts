/** A process that says again what it hears, and one that hears it through the home's descriptor. */
import { Frame, NO_CHANNEL, host, put, take, unit } from '../../../runtime/abi.ts'
import type { Process, Channel } from '../../../runtime/abi.ts'

const END_OF_INPUT = 255

/** PROC echo (CHAN BYTE keyboard?, screen!): until the end of input */
export class Echo extends Frame {
  byte = 0
  constructor(
    caller: Frame | null,
    public keyboard: Channel,
    public screen: Channel,
  ) {
    super(caller)
  }
}

export function echo(p: Process, f: Echo): boolean {
  for (;;) {
    switch (f.pc) {
      case 0:
        f.pc = 1
        if (!take(p, f.keyboard)) return false
      // falls through
      case 1:
        f.byte = p.value as number
        if (f.byte === END_OF_INPUT) return true
        f.pc = 2
        if (!put(p, f.screen, f.byte)) return false
      // falls through
      default:
        f.pc = 0
    }
  }
}

/** PROC repeat (CHAN BYTE screen!): as echo, from descriptor 0 to descriptor 1; then it says how much it has heard */
export class Repeat extends Frame {
  heard = 0
  constructor(
    caller: Frame | null,
    public screen: Channel,
  ) {
    super(caller)
  }
}

export function repeat(p: Process, f: Repeat): boolean {
  for (;;) {
    switch (f.pc) {
      case 0:
        f.pc = 1
        if (!host(p, 'host.read', [0, 7])) return false
      // falls through
      case 1: {
        const bytes = p.value as Uint8Array
        if (bytes.length === 0) {
          f.pc = 3
          if (!put(p, f.screen, f.heard & 127)) return false
          return true
        }
        f.heard += bytes.length
        f.pc = 2
        if (!host(p, 'host.write', [1, bytes])) return false
      }
      // falls through
      case 2:
        f.pc = 0
        continue
      default:
        return true
    }
  }
}

export const U = unit({
  name: 'echo',
  machines: [
    {
      name: 'echo',
      step: echo,
      blank: () => new Echo(null, NO_CHANNEL, NO_CHANNEL),
      slots: [
        ['keyboard', 'chan?'],
        ['screen', 'chan!'],
        ['byte', 'byte'],
      ],
      live: [
        [0, 1],
        [0, 1],
        [0, 1],
      ],
      results: [],
    },
    {
      name: 'repeat',
      step: repeat,
      blank: () => new Repeat(null, NO_CHANNEL),
      slots: [
        ['screen', 'chan!'],
        ['heard', 'int'],
      ],
      live: [[0, 1], [0, 1], [0, 1], []],
      results: [],
    },
  ],
})
