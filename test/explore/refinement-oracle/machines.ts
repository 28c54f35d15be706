/**
 * Pairs of small machines made at random, that talk with each other and with the outside: as texts that the compiler reads, and as transitions. Neither
 * knows of the other.
 */
import type { Random } from '../../fuzz/random.ts'

/** What a machine does in one of its states. Values are 0 and 1. */
export type MachineState =
  | { readonly kind: 'output'; readonly channel: Out; readonly value: number; readonly to: number }
  | { readonly kind: 'alt'; readonly inputs: readonly Input[]; readonly skips: readonly number[] }
  | { readonly kind: 'end' | 'fail' }

/** A guard: where each value leads. */
export interface Input {
  readonly channel: In
  readonly to: readonly [number, number]
}

/** `a` and `d` come from outside, `b` and `e` go there; `c` is between the two machines. */
type In = 'a' | 'c' | 'd'
type Out = 'b' | 'c' | 'e'

/** The first writes to `c`, takes from `a` and gives to `b`; the second reads from `c`, takes from `d` and gives to `e`. */
export type Pair = readonly [readonly MachineState[], readonly MachineState[]]

const STATES = 4

export function pairOf(random: Random): Pair {
  return [machine(random, ['a'], ['b', 'c']), machine(random, ['c', 'd'], ['e'])]
}

/** @returns a pair of which one state is another one */
export function altered(random: Random, [first, second]: Pair): Pair {
  const [other] = random.chance(50) ? [0] : [1]
  const fresh = pairOf(random)
  const change = (states: readonly MachineState[], from: readonly MachineState[]): MachineState[] => {
    const at = random.below(states.length)
    return states.map((state, i) => (i === at ? (from[random.below(from.length)] ?? state) : state))
  }
  return other === 0 ? [change(first, fresh[0]), second] : [first, change(second, fresh[1])]
}

function machine(random: Random, ins: readonly In[], outs: readonly Out[]): MachineState[] {
  const to = (): number => random.below(STATES)
  return Array.from({ length: STATES }, (): MachineState => {
    const kind = random.weighted([
      [9, 'output'],
      [10, 'alt'],
      [1, 'end'],
      [1, 'fail'],
    ] as const)
    if (kind === 'output') return { kind, channel: random.pick(outs), value: random.below(2), to: to() }
    if (kind !== 'alt') return { kind }
    const inputs = ins.filter(() => random.chance(70)).map((channel): Input => ({ channel, to: [to(), to()] }))
    const skips = Array.from({ length: random.chance(30) || inputs.length === 0 ? random.between(1, 2) : 0 }, to)
    return { kind, inputs, skips }
  })
}

// ---------------------------------------------------------------------------------------------- as a text

/** @returns a PROC of that name */
export function textOf([first, second]: Pair, name: string): string {
  return [
    `PROC ${name} (CHAN INT a?, b!, d?, e!)`,
    '  CHAN INT c:',
    '  PAR',
    ...machineLines(first).map((line) => `    ${line}`),
    ...machineLines(second).map((line) => `    ${line}`),
    ':',
    '',
  ].join('\n')
}

function machineLines(states: readonly MachineState[]): string[] {
  return [
    'INITIAL INT s IS 0:',
    'INITIAL BOOL on IS TRUE:',
    'WHILE on',
    '  CASE s',
    ...states.flatMap((state, i) => [`    ${i}`, ...stateLines(state).map((line) => `      ${line}`)]),
  ]
}

function stateLines(state: MachineState): string[] {
  switch (state.kind) {
    case 'output':
      return ['SEQ', `  ${state.channel} ! ${state.value}`, `  s := ${state.to}`]
    case 'end':
      return ['on := FALSE']
    case 'fail':
      return ['STOP']
    case 'alt':
      return [
        'INT x:',
        'ALT',
        ...state.inputs.flatMap(({ channel, to }) => [
          `  ${channel} ? x`,
          '    IF',
          '      x = 0',
          `        s := ${to[0]}`,
          '      TRUE',
          `        s := ${to[1]}`,
        ]),
        ...state.skips.flatMap((to) => ['  TRUE & SKIP', `    s := ${to}`]),
      ]
  }
}
