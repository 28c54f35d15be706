/** A process that writes a file of its program's home. */
import { Frame, NO_CHANNEL, host, put, unit } from '../../../runtime/abi.ts'
import type { Process, Channel } from '../../../runtime/abi.ts'

/** Calls of `host.write` that a scribe makes, of a byte each. */
export const LINES = 30

const CREATE_AND_WRITE = 0x241

/** PROC scribe (VAL []BYTE name, CHAN BYTE screen!): opens a file, writes 0, 1, 2, ... to it, says how it went */
export class Scribe extends Frame {
  fd = 0
  i = 0
  failures = 0
  constructor(
    caller: Frame | null,
    public name: Uint8Array,
    public screen: Channel,
  ) {
    super(caller)
  }
}

export function scribe(p: Process, f: Scribe): boolean {
  for (;;) {
    switch (f.pc) {
      case 0:
        f.pc = 1
        if (!host(p, 'host.open', [f.name, CREATE_AND_WRITE])) return false
      // falls through
      case 1:
        f.fd = p.value as number
      // falls through
      case 2:
        f.pc = 3
        if (!host(p, 'host.write', [f.fd, Uint8Array.of(f.i)])) return false
      // falls through
      case 3:
        if (p.value !== 1) f.failures++
        if (++f.i < LINES) {
          f.pc = 2
          continue
        }
        f.pc = 4
        if (!put(p, f.screen, f.fd & 127)) return false
      // falls through
      case 4:
        f.pc = 5
        if (!put(p, f.screen, f.failures)) return false
      // falls through
      default:
        return true
    }
  }
}

export const U = unit({
  name: 'scribe',
  machines: [
    {
      name: 'scribe',
      step: scribe,
      blank: () => new Scribe(null, new Uint8Array(0), NO_CHANNEL),
      slots: [
        ['name', 'array:byte'],
        ['screen', 'chan!'],
        ['fd', 'int'],
        ['i', 'int'],
        ['failures', 'int'],
      ],
      live: [[0, 1], [1, 3, 4], [1, 2, 3, 4], [1, 2, 3, 4], [1, 4], []],
      results: [],
    },
  ],
})
