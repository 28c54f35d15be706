/** From the protocol of a channel to the values that may come on it from outside, component by component. */
import type { MessagePosition } from '../../runtime/explore/outside.ts'
import { ExploreError } from '../../runtime/explore/explore-error.ts'
import type { Value } from '../../runtime/kernel/scheduler/value.ts'
import { Misfit } from '../../runtime/outside/misfit.ts'
import { describeType, toProgram } from '../../runtime/outside/values.ts'
import type { Component, DataType, ProgramInterface, ScalarName } from '../../runtime/program-interface.ts'
import { spellValue } from '../../runtime/report/value.ts'
import { UsageError } from '../errors.ts'
import type { Given } from './choices.ts'

/** Values of one component, at most. */
const MOST_VALUES = 4096

export interface Alphabet {
  /** The program whose protocol it is. */
  readonly shown: ProgramInterface
  /** Position of the protocol in `protocols`. */
  readonly protocol: number
  /** For messages: `in`. */
  readonly channel: string
  /** What each number takes. */
  readonly numbers: readonly Given[]
  /** Whether values come from outside; else the process sends them, and any may come. */
  readonly comesIn: boolean
}

/**
 * @returns the positions of a message; 0 is its beginning
 * @throws ExploreError R0605 when nobody can say which values may come; UsageError when the numbers do not fit
 */
export function positionsOf(alphabet: Alphabet): MessagePosition[] {
  const protocol = alphabet.shown.protocols[alphabet.protocol]
  if (protocol === undefined) throw new Error('a channel has no protocol')
  switch (protocol.kind) {
    case 'any':
      if (alphabet.comesIn) throw cannotCome(alphabet, 'anything (its protocol is ANY)')
      return [{ values: [], after: () => 0, spell: spellValue }]
    case 'sequence':
      return protocol.items.map((item, i) => position(alphabet, item, i + 1 < protocol.items.length ? i + 1 : 0))
    case 'variant': {
      const positions: MessagePosition[] = []
      /** By what travels for the tag: where its components begin. */
      const begin = new Map<number, number>()
      for (const { index, items } of protocol.tags) {
        begin.set(index, items.length === 0 ? 0 : positions.length + 1)
        items.forEach((item, i) => positions.push(position(alphabet, item, i + 1 < items.length ? positions.length + 2 : 0)))
      }
      const values = alphabet.comesIn ? protocol.tags.map(({ index }) => index) : []
      const spell = (value: Value): string => protocol.tags.find(({ index }) => index === value)?.name ?? spellValue(value)
      return [{ values, after: (value) => begin.get(Number(value)) ?? 0, spell }, ...positions]
    }
  }
}

function position(alphabet: Alphabet, item: Component, next: number): MessagePosition {
  return { values: alphabet.comesIn ? valuesOf(alphabet, item) : [], after: () => next, spell: spellValue }
}

function valuesOf(alphabet: Alphabet, item: Component): Value[] {
  const { records } = alphabet.shown
  if (item.kind === 'counted')
    throw cannotCome(alphabet, `arrays of any size (\`${item.count}::[]${describeType(item.element, records)}\`)`)
  const given = choicesOf(alphabet, item.type)
  try {
    return given.map((value) => toProgram(item.type, value, records))
  } catch (error) {
    if (error instanceof Misfit) throw misfit(alphabet, error)
    throw error
  }
}

function misfit({ channel }: Alphabet, { expected, got }: Misfit): UsageError {
  return new UsageError(
    `\`--values\` gives \`${channel}\` ${got}, and it takes ${expected}`,
    `say which numbers it takes: \`--values ${channel}=0..1\``,
  )
}

/** @returns the values of a type, as those outside have them */
function choicesOf(alphabet: Alphabet, type: DataType): unknown[] {
  const { records } = alphabet.shown
  switch (type.kind) {
    case 'scalar':
      return scalars(alphabet, type.name)
    case 'array': {
      if (type.size === undefined) throw cannotCome(alphabet, `arrays of any size (\`${describeType(type, records)}\`)`)
      const elements = choicesOf(alphabet, type.element)
      return product(
        alphabet,
        Array.from({ length: type.size }, () => elements),
      )
    }
    case 'record': {
      const fields = records[type.record]?.fields ?? []
      const all = product(
        alphabet,
        fields.map((field) => choicesOf(alphabet, field.type)),
      )
      return all.map((values) => Object.fromEntries(fields.map(({ name }, i) => [name, values[i]])))
    }
    case 'mobile':
      throw cannotCome(alphabet, `mobiles (\`${describeType(type, records)}\`)`)
  }
}

function scalars(alphabet: Alphabet, name: ScalarName): unknown[] {
  switch (name) {
    case 'BOOL':
      return [false, true]
    case 'BYTE':
    case 'INT':
    case 'INT16':
    case 'INT32':
      return alphabet.numbers.map((each) => (typeof each === 'bigint' && BigInt.asIntN(53, each) === each ? Number(each) : each))
    case 'INT64':
      return [...alphabet.numbers]
    case 'REAL32':
    case 'REAL64':
      return alphabet.numbers.map(Number)
  }
}

function product(alphabet: Alphabet, parts: readonly (readonly unknown[])[]): unknown[][] {
  let all: unknown[][] = [[]]
  for (const part of parts) {
    if (all.length * part.length > MOST_VALUES) throw cannotCome(alphabet, `more than ${MOST_VALUES} values`)
    all = all.flatMap((before) => part.map((each) => [...before, each]))
  }
  return all
}

function cannotCome({ channel }: Alphabet, what: string): ExploreError {
  return new ExploreError(
    'R0605',
    `\`${channel}\` takes ${what}, and all values that may come from outside have to be tried`,
    'compare PROCs whose inputs are numbers, BOOLs, tags, and arrays and records of few of them',
  )
}
