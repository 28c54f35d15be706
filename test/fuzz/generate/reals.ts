/** Runs of assignments of reals, some of which become too large, among statements that may fault otherwise: the first fault is told, and where it is. */
import type { Writer } from './writer.ts'

/** Writes a PROC that computes with reals, and the main process, which calls it. */
export function reals(w: Writer): void {
  const { random } = w
  const type = random.pick(['REAL64', 'REAL32'])
  const large = type === 'REAL64' ? '1.0E+200' : '1.0E+25'
  const variables = ['u', 'v', 'x']
  const operand = (depth: number): string => {
    const sub = (): string => operand(depth - 1)
    if (depth <= 0) return random.weighted([[12, random.pick(variables)], [2, `a[k]`], [1, `a[${random.below(3)}]`], [1, `2.0(${type})`]] as const) // prettier-ignore
    return random.weighted([
      [3, random.pick(variables)],
      [6, `(${sub()} * ${sub()})`],
      [4, `(${sub()} ${random.pick(['+', '-'])} ${sub()})`],
      [2, `(${sub()} / ${sub()})`],
      [1, `(-${sub()})`],
      [1, `(${type} ROUND k)`],
      [1, `(${sub()} / ${random.pick(['2.0', '0.5'])}(${type}))`],
      [1, `square (${sub()})`],
      [1, `(${type} ROUND (INT64 ROUND ${sub()}))`],
    ])
  }
  const real = (): string => random.pick(['0.0', '1.0', '1.0', '-3.5', '0.25', large, large])
  w.line(`${type} FUNCTION square (VAL ${type} r) IS r * r:`)
  w.block(`PROC work (${type} u, v, x, VAL []${type} a, INT k)`, () => {
    w.line(`INITIAL ${type} y IS ${operand(1)}:`)
    w.line(`${type} z:`)
    variables.push('y', 'z')
    w.block('SEQ', () => {
      w.line(`z := ${operand(2)}`)
      const assignments = (n: number): void => {
        for (; n > 0; n--) {
          if (random.chance(12)) w.line(`k := (k + ${random.between(0, 1)}) \\ ${random.pick(['3', '3', '4', 'k'])}`)
          else w.line(`${random.pick(variables)} := ${operand(random.between(1, 3))}`)
        }
      }
      assignments(random.between(1, 4))
      if (random.chance(40)) w.block(`SEQ i = 0 FOR ${random.between(1, 4)}`, () => w.block('SEQ', () => assignments(random.between(1, 4))))
      assignments(random.between(0, 3))
    })
  })
  w.line(':')
  w.block('PROC main (CHAN BYTE screen!)', () => {
    for (const name of ['u', 'v', 'x']) w.line(`INITIAL ${type} ${name} IS ${real()}:`)
    w.line(`VAL [3]${type} a IS [${[real(), real(), real()].join(', ')}]:`)
    w.line(`INITIAL INT k IS ${random.between(0, 2)}:`)
    w.block('SEQ', () => {
      w.line('work (u, v, x, a, k)')
      for (const name of ['u', 'v', 'x']) {
        w.line(`VAL []BYTE bytes RETYPES ${name}:`)
        w.line('show (bytes, screen!)')
      }
    })
  })
  w.line(':')
}
