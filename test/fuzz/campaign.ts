/** Makes inputs by number and looks at each: the same seed and number give the same input for ever, as long as the generators stay as they are. */
import { formatProgram } from '../../compiler/index.ts'
import type { CompiledProgram } from '../../compiler/host.ts'
import { complaints } from '../backend/complaints.ts'
import { ROOT } from '../backend/compile.ts'
import { corpus } from './corpus.ts'
import { agree } from './differential.ts'
import { program } from './generate/program.ts'
import { mutant } from './mutate.ts'
import { Broken, compiles, formats } from './properties.ts'
import { Random } from './random.ts'
import { shrink } from './shrink.ts'

/** `mutants` are texts of the project with mistakes; `programs` are generated, most of them right, and run. */
export type Kind = 'mutants' | 'programs'

export interface Order {
  readonly kind: Kind
  readonly seed: number
  /** The number of the first input, and how many there are. */
  readonly from: number
  readonly runs: number
}

export interface Failure {
  /** What does not hold. */
  readonly fault: string
  readonly message: string
  /** How to see it again. */
  readonly repeat: string
  readonly text: string
}

export interface Summary {
  readonly runs: number
  /** How many of the inputs the compiler took, and how many of those the generator thinks are right. */
  readonly accepted: number
  readonly meant: number
  readonly meantAndAccepted: number
  /** How often the programs ended how. */
  readonly endings: ReadonlyMap<string, number>
  /** The first of each fault. */
  readonly failures: readonly Failure[]
}

/** Of the generated programs, this many of a hundred are given a mistake. */
const WRONG = 15
/** Units that TypeScript looks at in one go. */
const BATCH = 4000
/** TypeScript looks at one program of so many, and at one of so many as people get it: formatted. */
const TYPED = 3
const FORMATTED = 300
/** The formatter looks at one generated program of so many, and at all that have mistakes. */
const LAID_OUT = 4

let texts: readonly string[] | undefined

interface Input {
  readonly text: string
  /** It ends, and may be run. */
  readonly right: boolean
}

/** @returns input `number` of a campaign */
export function inputOf({ kind, seed }: Pick<Order, 'kind' | 'seed'>, number: number): Input {
  const random = new Random(seed, number)
  texts ??= corpus()
  if (kind === 'mutants') return { text: mutant(texts, random), right: false }
  const text = program(random)
  return random.chance(WRONG) ? { text: mutant([text, random.pick(texts)], random), right: false } : { text, right: true }
}

/** How to see an input again. */
export const repeatOf = ({ kind, seed }: Pick<Order, 'kind' | 'seed'>, number: number): string =>
  `node --import tsx test/fuzz/main.ts ${kind} --seed ${seed} --only ${number}`

/** @returns the compiled program, if it is one, and how it ended, if it was run. @throws Broken */
async function examine({ text, right }: Input, number: number): Promise<{ program?: CompiledProgram; ending?: string }> {
  if (!right || number % LAID_OUT === 0) formats(text)
  const compiled = await compiles(text)
  if (compiled === undefined) return {}
  const ending = right ? agree(text, compiled, number) : undefined
  return { program: compiled, ...(ending === undefined ? {} : { ending }) }
}

/**
 * Looks at many inputs.
 * @param progress is told the number of each input before it is looked at, and -1 before something that takes longer
 */
export async function campaign(order: Order, progress: (number: number) => void): Promise<Summary> {
  const failures = new Map<string, Failure>()
  const endings = new Map<string, number>()
  const units = new Map<string, string>()
  const [counts, total] = [{ accepted: 0, meant: 0, meantAndAccepted: 0 }, order.from + order.runs]
  const fail = async (broken: Broken, input: Input, number: number): Promise<void> => {
    if (failures.has(broken.kind)) return
    progress(-1)
    const again = async (text: string): Promise<boolean> => (await faultOf({ ...input, text }, number))?.kind === broken.kind
    const text = await shrink(input.text, again)
    const message = (await faultOf({ ...input, text }, number))?.message ?? broken.message
    failures.set(broken.kind, { fault: broken.kind, message, repeat: repeatOf(order, number), text })
  }
  const checkTypes = (): void => {
    progress(-1)
    const [complaint] = complaints(units)
    units.clear()
    if (complaint === undefined) return
    const number = Number(/generated\/(\d+)/.exec(complaint)?.[1])
    const fault = 'TypeScript complains'
    failures.set(fault, { fault, message: complaint, repeat: repeatOf(order, number), text: inputOf(order, number).text })
  }
  for (let number = order.from; number < total; number++) {
    progress(number)
    const input = inputOf(order, number)
    if (input.right) counts.meant++
    try {
      const { program: compiled, ending } = await examine(input, number)
      if (compiled === undefined) continue
      counts.accepted++
      if (input.right) counts.meantAndAccepted++
      if (ending !== undefined) endings.set(kindOf(ending), (endings.get(kindOf(ending)) ?? 0) + 1)
      if (number % TYPED !== 0) continue
      for (const { name, typescript } of compiled.units) units.set(`${ROOT}generated/${number}/${name}.ts`, typescript)
      if (number % FORMATTED === 0) {
        for (const [name, text] of await formatProgram(compiled)) {
          if (name.endsWith('.ts')) units.set(`${ROOT}generated/${number}/${name}`, text)
        }
      }
    } catch (error) {
      if (!(error instanceof Broken)) throw error
      await fail(error, input, number)
    }
    if (units.size > BATCH) checkTypes()
  }
  checkTypes()
  return { runs: order.runs, ...counts, endings, failures: [...failures.values()] }
}

const kindOf = (ending: string): string => ending.replace(/ at .*/, '')

async function faultOf(input: Input, number: number): Promise<Broken | undefined> {
  try {
    await examine(input, number)
    return undefined
  } catch (error) {
    if (error instanceof Broken) return error
    throw error
  }
}
