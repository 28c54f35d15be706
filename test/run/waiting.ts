/**
 * A program in which, for most of a second, some process is blocked in each possible way: output, input, ALT, timer, join, a call; one is never
 * blocked but counts; one waits for the keyboard. Written by hand as the back end writes it.
 *
 *     PROC main (CHAN BYTE keyboard?, screen!)
 *       CHAN BYTE a, b, c, d, e, f:
 *       PAR
 *         sleeper (a!)        -- AFTER 0.9 s: 'T'
 *         sleeper (d!)
 *         giver (b!)          -- 'O', taken late
 *         chooser (d?, e?, c!)  -- ALT of d and e, sends on what came
 *         keys (keyboard?, e!)  -- after the byte 'k' was typed: 'K'
 *         counter (f!)        -- counts until 0.9 s are over: 'L'
 *         collector (...)     -- prints `begin`, then what comes from a, b, c twice, f, then `end`
 */
import { codeUnit, programOf, print } from './programs.ts'

const ascii = (text: string): string => `Uint8Array.from([${[...Buffer.from(text)].join(', ')}])`

/** Microseconds that the sleepers and the counter take. */
export const DELAY = 900_000

const code = `import { Frame, NO_CHANNEL, altChannel, altStart, altWait, branch, channels, clock, fork, join, meter, preempt, put, sleep, take, unit } from 'godwit:abi'
import { Print, print } from 'unit:${print.hash}'
const begin = ${ascii('begin\n')}
const end = ${ascii('\nend\n')}
class Sleeper extends Frame {
  t = 0
  constructor(caller, out) { super(caller); this.out = out }
}
function sleeper(p, f) {
  switch (f.pc) {
    case 0:
      f.pc = 1
      f.t = (clock(p) + ${DELAY}) | 0
      if (!sleep(p, f.t)) return false
    case 1:
      f.pc = 2
      if (!put(p, f.out, 84)) return false
  }
  return true
}
class Giver extends Frame {
  constructor(caller, out) { super(caller); this.out = out }
}
function giver(p, f) {
  if (f.pc === 0) { f.pc = 1; if (!put(p, f.out, 79)) return false }
  return true
}
class Chooser extends Frame {
  n = 0
  x = 0
  constructor(caller, a, b, out) { super(caller); this.a = a; this.b = b; this.out = out }
}
function chooser(p, f) {
  while (true) {
    if (f.pc === 0 || f.pc === 1) {
      if (f.n === 2) return true
      f.pc = 1
      const s = altStart(p, false, 2)
      if (s >= 0 && !(s === 0 ? altChannel(p, f.a, 0) || altChannel(p, f.b, 1) : altChannel(p, f.b, 1) || altChannel(p, f.a, 0))) { /* none is ready */ }
      const g = altWait(p, f.machine.unit, 0)
      if (g < 0) return false
      f.pc = 2
      if (!take(p, g === 0 ? f.a : f.b)) return false
    }
    if (f.pc === 2) { f.x = p.value; f.n++; f.pc = 3; if (!put(p, f.out, f.x)) return false }
    f.pc = 0
    if (--meter.fuel < 0) return preempt(p)
  }
}
class Keys extends Frame {
  constructor(caller, in_, out) { super(caller); this.in_ = in_; this.out = out }
}
function keys(p, f) {
  while (true) {
    if (f.pc === 0) { f.pc = 1; if (!take(p, f.in_)) return false }
    if (f.pc === 1) {
      if (p.value === 107) { f.pc = 2; if (!put(p, f.out, 75)) return false; return true }
    } else if (f.pc === 2) return true
    f.pc = 0
    if (--meter.fuel < 0) return preempt(p)
  }
}
class Counter extends Frame {
  n = 0
  t = 0
  constructor(caller, out) { super(caller); this.out = out }
}
function counter(p, f) {
  if (f.pc === 0) f.t = (clock(p) + ${DELAY}) | 0
  if (f.pc < 2) {
    while (((clock(p) - f.t) | 0) < 0) {
      f.n = (f.n + 1) | 0
      if (--meter.fuel < 0) { f.pc = 1; return preempt(p) }
    }
    f.pc = 2
    if (!put(p, f.out, 76)) return false
  }
  return true
}
class Collector extends Frame {
  i = 0
  x = 0
  constructor(caller, a, b, c, d, screen) { super(caller); this.a = a; this.b = b; this.c = c; this.d = d; this.screen = screen }
}
function collector(p, f) {
  while (true) {
    switch (f.pc) {
      case 0: {
        const g = new Print(f, begin, f.screen)
        f.pending = g; f.pc = 1; p.frame = g
        if (!print(p, g)) return false
        p.frame = f
      }
      case 1:
        f.pending = null
        f.pc = 2
        if (!put(p, f.screen, 255)) return false
      case 2:
        if (f.i === 5) { f.pc = 5; break }
        f.pc = 3
        if (!take(p, f.i === 0 ? f.a : f.i === 1 ? f.b : f.i < 4 ? f.c : f.d)) return false
      case 3:
        f.x = p.value
        f.pc = 4
        if (!put(p, f.screen, f.x)) return false
      case 4:
        f.i++
        f.pc = 2
        break
      case 5: {
        const g = new Print(f, end, f.screen)
        f.pending = g; f.pc = 6; p.frame = g
        if (!print(p, g)) return false
        p.frame = f
      }
      case 6:
        f.pending = null
        return true
    }
    if (--meter.fuel < 0) return preempt(p)
  }
}
class Main extends Frame {
  constructor(caller, keyboard, screen) { super(caller); this.keyboard = keyboard; this.screen = screen }
}
function main(p, f) {
  if (f.pc === 0) {
    const [a, b, c, d, e, g] = channels(6)
    const j = fork(p, f)
    branch(j, new Sleeper(null, a), 'sleeper')
    branch(j, new Sleeper(null, d), 'sleeper#2')
    branch(j, new Giver(null, b), 'giver')
    branch(j, new Chooser(null, d, e, c), 'chooser')
    branch(j, new Keys(null, f.keyboard, e), 'keys')
    branch(j, new Counter(null, g), 'counter')
    branch(j, new Collector(null, a, b, c, g, f.screen), 'collector')
    f.pc = 1
    if (!join(p, j)) return false
  }
  f.pending = null
  return true
}
const N = NO_CHANNEL
export const U = unit({ name: 'waiting', machines: [
  { name: 'main', step: main, blank: () => new Main(null, N, N), slots: [['keyboard', 'chan?'], ['screen', 'chan!']], live: [[0, 1], []], results: [] },
  { name: 'sleeper', step: sleeper, blank: () => new Sleeper(null, N), slots: [['out', 'chan!'], ['t', 'int']], live: [[0], [0], []], results: [] },
  { name: 'giver', step: giver, blank: () => new Giver(null, N), slots: [['out', 'chan!']], live: [[0], []], results: [] },
  { name: 'chooser', step: chooser, blank: () => new Chooser(null, N, N, N), slots: [['a', 'chan?'], ['b', 'chan?'], ['out', 'chan!'], ['n', 'int'], ['x', 'byte']],
    live: [[0, 1, 2, 3], [0, 1, 2, 3], [0, 1, 2, 3], [0, 1, 2, 3]], results: [] },
  { name: 'keys', step: keys, blank: () => new Keys(null, N, N), slots: [['in_', 'chan?'], ['out', 'chan!']], live: [[0, 1], [0, 1], []], results: [] },
  { name: 'counter', step: counter, blank: () => new Counter(null, N), slots: [['out', 'chan!'], ['n', 'int'], ['t', 'int']], live: [[0], [0, 1, 2], []], results: [] },
  { name: 'collector', step: collector, blank: () => new Collector(null, N, N, N, N, N),
    slots: [['a', 'chan?'], ['b', 'chan?'], ['c', 'chan?'], ['d', 'chan?'], ['screen', 'chan!'], ['i', 'int'], ['x', 'byte']],
    live: [[0, 1, 2, 3, 4, 5], [0, 1, 2, 3, 4, 5], [0, 1, 2, 3, 4, 5], [0, 1, 2, 3, 4, 5], [0, 1, 2, 3, 4, 5], [4], []], results: [] },
] })
`

export const waiting = programOf([print, codeUnit('waiting', code, {}, [print.hash])], 'main', ['keyboard', 'screen'])
/** What it prints, given the key in time: two bytes come through the ALT, the sleeper's and the key's, in either order. */
export const EXPECTED = /^begin\nTO(?:TK|KT)L\nend\n$/
