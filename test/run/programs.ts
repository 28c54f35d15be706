/** Small programs as the back end writes them: canonical units, written by hand. */
import { ABI_VERSION } from '../../runtime/abi.ts'
import { codeHash, trustUnits } from '../../runtime/code/store.ts'
import type { CodeUnit, ConsoleEnd, Program } from '../../runtime/code/program.ts'
import type { UnitDebug } from '../../runtime/kernel/scheduler/unit-debug.ts'

/** The places of a unit in `FILE`; a site or point is [line, column, text]. */
export interface Places {
  readonly sites?: readonly (readonly [number, number, string])[]
  readonly machines?: Readonly<Record<string, readonly (readonly [number, number, string])[]>>
}

export const FILE = 'test/run/program.csp'

/** Makes a unit of canonical code. */
export function codeUnit(name: string, code: string, places: Places = {}, imports: readonly string[] = []): CodeUnit {
  const place = ([line, column, text]: readonly [number, number, string]) => [0, line, column, text] as const
  const debug: UnitDebug = {
    name,
    files: [FILE],
    sites: (places.sites ?? []).map(place),
    machines: Object.entries(places.machines ?? {}).map(([machine, points]) => ({ name: machine, points: points.map(place) })),
  }
  const unit = { hash: codeHash(code), name, code, imports, debug }
  trustUnits([unit]) // written by hand, it is not of the form that the compiler writes
  return unit
}

/** Makes a program of units, the last of which holds the main process. */
export function programOf(units: readonly CodeUnit[], name: string, parameters: readonly ConsoleEnd[]): Program {
  const unit = units.at(-1)?.hash ?? ''
  return {
    units,
    manifest: {
      abi: ABI_VERSION,
      source: FILE,
      units: units.map(({ hash, name, imports }) => ({ hash, name, imports })),
      main: { unit, name, parameters },
    },
  }
}

/** PROC print (VAL []BYTE s, CHAN BYTE out!) as a machine; other programs call it. */
export const print = codeUnit(
  'print',
  `import { Frame, NO_CHANNEL, meter, preempt, put, unit } from 'godwit:abi'
export class Print extends Frame {
  constructor(caller, s, out) { super(caller); this.s = s; this.out = out; this.i = 0 }
}
export function print(p, f) {
  const { s, out } = f
  let { i, pc } = f
  while (true) {
    if (pc === 0) {
      if (i >= s.length) return true
      f.pc = 1
      f.i = i
      if (!put(p, out, s[i])) return false
    }
    pc = 0
    i++
    if (--meter.fuel < 0) { f.i = i; f.pc = 0; return preempt(p) }
  }
}
export const U = unit({ name: 'print', machines: [{ name: 'print', step: print, blank: () => new Print(null, new Uint8Array(0), NO_CHANNEL),
  slots: [['s', 'array:byte'], ['out', 'chan!'], ['i', 'int']], live: [[0, 1, 2], [0, 1, 2]], results: [] }] })
`,
)

/** PROC main (CHAN BYTE END!): prints a text. */
export function printer(text: string, end: ConsoleEnd = 'screen'): Program {
  const bytes = [...new TextEncoder().encode(text)].join(', ')
  const main = codeUnit(
    'main',
    `import { Frame, NO_CHANNEL, unit } from 'godwit:abi'
import { Print, print } from 'unit:${print.hash}'
const text = Uint8Array.from([${bytes}])
export class Main extends Frame {
  constructor(caller, out) { super(caller); this.out = out }
}
export function main(p, f) {
  if (f.pc === 0) {
    const g = new Print(f, text, f.out)
    f.pending = g; f.pc = 1; p.frame = g
    if (!print(p, g)) return false
    p.frame = f
  }
  f.pending = null
  return true
}
export const U = unit({ name: 'main', machines: [{ name: 'main', step: main, blank: () => new Main(null, NO_CHANNEL),
  slots: [['out', 'chan!']], live: [[0], []], results: [] }] })
`,
    {
      machines: {
        main: [
          [1, 1, 'main'],
          [2, 3, 'print (text, out!)'],
        ],
      },
    },
    [print.hash],
  )
  return programOf([print, main], 'main', [end])
}

/** PROC echo (CHAN BYTE in?, out!): copies until the end of input, then prints `.`. */
export const echo = programOf(
  [
    codeUnit(
      'echo',
      `import { Frame, NO_CHANNEL, meter, preempt, put, take, unit } from 'godwit:abi'
export class Echo extends Frame {
  constructor(caller, in_, out) { super(caller); this.in_ = in_; this.out = out; this.x = 0 }
}
export function echo(p, f) {
  const { in_, out } = f
  let { x, pc } = f
  while (true) {
    switch (pc) {
      case 0:
        f.pc = 1
        if (!take(p, in_)) return false
      case 1:
        x = p.value
        f.pc = 2
        if (x === 255) { f.pc = 3; if (!put(p, out, 46)) return false; return true }
        f.x = x
        if (!put(p, out, x)) return false
      case 2: break
      case 3: return true
    }
    pc = 0
    if (--meter.fuel < 0) { f.pc = 0; return preempt(p) }
  }
}
export const U = unit({ name: 'echo', machines: [{ name: 'echo', step: echo, blank: () => new Echo(null, NO_CHANNEL, NO_CHANNEL),
  slots: [['in_', 'chan?'], ['out', 'chan!'], ['x', 'byte']], live: [[0, 1], [0, 1], [0, 1], []], results: [] }] })
`,
      {
        machines: {
          echo: [
            [1, 1, 'echo'],
            [4, 7, 'in ? x'],
            [5, 7, 'out ! x'],
            [6, 3, "out ! '.'"],
          ],
        },
      },
    ),
  ],
  'echo',
  ['keyboard', 'screen'],
)

/** PROC spin (CHAN BYTE out!): counts for ever without a communication. */
export const spin = programOf(
  [
    codeUnit(
      'spin',
      `import { Frame, NO_CHANNEL, meter, preempt, unit } from 'godwit:abi'
export class Spin extends Frame {
  constructor(caller, out) { super(caller); this.out = out; this.n = 0 }
}
export function spin(p, f) {
  let { n } = f
  while (true) {
    n = (n + 1) | 0
    if (--meter.fuel < 0) { f.n = n; return preempt(p) }
  }
}
export const U = unit({ name: 'spin', machines: [{ name: 'spin', step: spin, blank: () => new Spin(null, NO_CHANNEL),
  slots: [['out', 'chan!'], ['n', 'int']], live: [[0, 1]], results: [] }] })
`,
    ),
  ],
  'spin',
  ['screen'],
)

/** PROC main (CHAN BYTE keyboard?, screen!): prints `x`, then an ALT without a guard, which is a fault, two calls deep. */
export const faulty = programOf(
  [
    codeUnit(
      'faulty',
      `import { Frame, NO_CHANNEL, altStart, altWait, put, unit } from 'godwit:abi'
class Inner extends Frame {}
function inner(p, f) {
  altStart(p, false, 0)
  if (altWait(p, U, 0) < 0) return false
  return true
}
class Main extends Frame {
  constructor(caller, keyboard, screen) { super(caller); this.keyboard = keyboard; this.screen = screen }
}
function main(p, f) {
  if (f.pc === 0) { f.pc = 1; if (!put(p, f.screen, 120)) return false }
  const g = new Inner(f)
  f.pending = g; f.pc = 2; p.frame = g
  if (!inner(p, g)) return false
  p.frame = f
  return true
}
export const U = unit({ name: 'faulty', machines: [
  { name: 'main', step: main, blank: () => new Main(null, NO_CHANNEL, NO_CHANNEL), slots: [['keyboard', 'chan?'], ['screen', 'chan!']],
    live: [[0, 1], [0, 1], []], results: [] },
  { name: 'inner', step: inner, blank: () => new Inner(null), slots: [], live: [[]], results: [] } ] })
`,
      {
        sites: [[14, 7, 'ALT']],
        machines: {
          main: [
            [1, 1, 'main'],
            [2, 3, "screen ! 'x'"],
            [3, 3, 'inner ()'],
          ],
          inner: [[13, 1, 'inner']],
        },
      },
    ),
  ],
  'main',
  ['keyboard', 'screen'],
)

/** PROC main (CHAN BYTE keyboard?, screen!): two processes, each of which outputs to the other first. */
export const crossed = programOf(
  [
    codeUnit(
      'crossed',
      `import { Frame, NO_CHANNEL, branch, channels, fork, join, put, take, unit } from 'godwit:abi'
class Side extends Frame {
  constructor(caller, in_, out) { super(caller); this.in_ = in_; this.out = out }
}
function side(p, f) {
  if (f.pc === 0) { f.pc = 1; if (!put(p, f.out, 1)) return false }
  if (f.pc === 1) { f.pc = 2; if (!take(p, f.in_)) return false }
  return true
}
class Main extends Frame {
  constructor(caller, keyboard, screen) { super(caller); this.keyboard = keyboard; this.screen = screen }
}
function main(p, f) {
  if (f.pc === 0) {
    const [a, b] = channels(2)
    const j = fork(p, f)
    branch(j, new Side(null, a, b), 'side')
    branch(j, new Side(null, b, a), 'side#2')
    f.pc = 1
    if (!join(p, j)) return false
  }
  return true
}
export const U = unit({ name: 'crossed', machines: [
  { name: 'main', step: main, blank: () => new Main(null, NO_CHANNEL, NO_CHANNEL), slots: [['keyboard', 'chan?'], ['screen', 'chan!']],
    live: [[0, 1], []], results: [] },
  { name: 'side', step: side, blank: () => new Side(null, NO_CHANNEL, NO_CHANNEL), slots: [['in_', 'chan?'], ['out', 'chan!']],
    live: [[0, 1], [0, 1], []], results: [] } ] })
`,
      {
        machines: {
          main: [
            [1, 1, 'main'],
            [8, 3, 'PAR'],
          ],
          side: [
            [1, 1, 'side'],
            [4, 5, 'out ! 1'],
            [5, 5, 'in ? x'],
          ],
        },
      },
    ),
  ],
  'main',
  ['keyboard', 'screen'],
)

/** PROC main (CHAN BYTE keyboard?): waits for a key, and never ends. */
export const patient = programOf(
  [
    codeUnit(
      'patient',
      `import { Frame, NO_CHANNEL, meter, preempt, put, take, unit } from 'godwit:abi'
class Main extends Frame {
  constructor(caller, keyboard) { super(caller); this.keyboard = keyboard }
}
function main(p, f) {
  while (true) {
    f.pc = 1
    if (!take(p, f.keyboard)) return false
    if (--meter.fuel < 0) return preempt(p)
  }
}
export const U = unit({ name: 'patient', machines: [{ name: 'main', step: main, blank: () => new Main(null, NO_CHANNEL),
  slots: [['keyboard', 'chan?']], live: [[0], [0]], results: [] }] })
`,
    ),
  ],
  'main',
  ['keyboard'],
)
