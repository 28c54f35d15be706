/** Processes that print in turn, on the screen and on the error channel, wherever each of them is. */
import { Frame, NO_CHANNEL, branch, channels, clock, fork, join, put, sleep, take, unit } from '../../../runtime/abi.ts'
import type { Channel, Process } from '../../../runtime/abi.ts'

export const PRINTERS = 3
export const ROUNDS = 12
/** What a printer prints in a turn: so many bytes on the screen, and the last one on the error channel. */
export const BYTES = 4

/** Microseconds between the turn and what is printed, so that there is time to move. */
const PAUSE = 700

/** @returns the byte that printer `me` prints in a round, at a place of its turn */
export const byteOf = (me: number, round: number, place: number): number => 33 + ((me * 31 + round * 7 + place) % 90)

/** All that is printed, in the only order that there may be. */
export const PRINTED = String.fromCharCode(
  ...Array.from({ length: ROUNDS * PRINTERS * BYTES }, (_, i) =>
    byteOf(Math.floor(i / BYTES) % PRINTERS, Math.floor(i / BYTES / PRINTERS), i % BYTES),
  ),
)

/** PROC printer (VAL INT me, CHAN INT turn?, next!, CHAN BYTE screen!, error!) */
export class Printer extends Frame {
  round = 0
  place = 0
  constructor(
    caller: Frame | null,
    public me: number,
    public turn: Channel,
    public next: Channel,
    public screen: Channel,
    public error: Channel,
  ) {
    super(caller)
  }
}

export function printer(p: Process, f: Printer): boolean {
  for (;;) {
    switch (f.pc) {
      case 0:
        if (f.round === ROUNDS) return true
        f.pc = 1
        if (f.me + f.round > 0 && !take(p, f.turn)) return false // the first turn is nobody's to give
      // falls through
      case 1:
        f.place = 0
        f.pc = 2
        if (!sleep(p, (clock(p) + PAUSE) | 0)) return false
      // falls through
      case 2: {
        if (f.place < BYTES) {
          f.pc = 3
          const byte = byteOf(f.me, f.round, f.place)
          if (!put(p, f.place === BYTES - 1 ? f.error : f.screen, byte)) return false
        } else {
          f.pc = 4
          const isLast = f.round === ROUNDS - 1 && f.me === PRINTERS - 1
          if (!isLast && !put(p, f.next, 1)) return false
          continue
        }
      }
      // falls through
      case 3:
        f.place++
        f.pc = 2
        continue
      default:
        f.round++
        f.pc = 0
    }
  }
}

/** PROC turns (CHAN BYTE screen!, error!) */
export class Turns extends Frame {
  constructor(
    caller: Frame | null,
    public screen: Channel,
    public error: Channel,
  ) {
    super(caller)
  }
}

export function turns(p: Process, f: Turns): boolean {
  if (f.pc === 1) return true
  const c = channels(PRINTERS)
  const between = (i: number): Channel => c[i % PRINTERS] ?? NO_CHANNEL
  const j = fork(p, f)
  for (let i = 0; i < PRINTERS; i++) branch(j, new Printer(null, i, between(i), between(i + 1), f.screen, f.error), 'printer', i)
  f.pc = 1
  return join(p, j)
}

export const U = unit({
  name: 'turns',
  machines: [
    {
      name: 'printer',
      step: printer,
      blank: () => new Printer(null, 0, NO_CHANNEL, NO_CHANNEL, NO_CHANNEL, NO_CHANNEL),
      slots: [
        ['me', 'int'],
        ['turn', 'chan?'],
        ['next', 'chan!'],
        ['screen', 'chan!'],
        ['error', 'chan!'],
        ['round', 'int'],
        ['place', 'int'],
      ],
      live: [[-6], [-6], [-6], [-6], [-6]],
      results: [],
    },
    {
      name: 'turns',
      step: turns,
      blank: () => new Turns(null, NO_CHANNEL, NO_CHANNEL),
      slots: [
        ['screen', 'chan!'],
        ['error', 'chan!'],
      ],
      live: [[0, 1], []],
      results: [],
    },
  ],
})
