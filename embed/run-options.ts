/** How a program is run, and whether what says so makes sense: whoever writes JavaScript is told of mistakes, too. */
import { DENIABLE } from '../runtime/host/home-services.ts'
import type { Deniable } from '../runtime/host/home-services.ts'
import { MOST_NODES } from '../runtime/limits.ts'
import { show } from '../runtime/outside/misfit.ts'
import { OutsideError } from '../runtime/outside/outside-error.ts'
import type { MainOptions } from './main-types.ts'

/** How a PROC is run, whichever it is. */
export interface RunOptions {
  /** Stops the run; `ended` rejects with its reason. */
  readonly signal?: AbortSignal
  /** What the program may not do. */
  readonly denied?: readonly Deniable[]
  /** Arguments of the program, as its library calls give them. */
  readonly args?: readonly string[]
  /** Starts so many nodes, OS processes of this machine, and runs the program on them. Absent, as `cluster` is: it runs in this OS process. */
  readonly nodes?: number
  /** As `nodes`, but the nodes are threads of this OS process, which talk through its memory. */
  readonly threads?: number
  /** Runs the program on the nodes of this cluster: a run directory, or the address of NATS servers, `nats://HOST:PORT`. */
  readonly cluster?: string
  /** On each node, a random process is moved to a random node every so many milliseconds. */
  readonly roam?: number
  /** Seeds what `roam` chooses. */
  readonly seed?: number
}

/** Options that may be given as undefined. */
export type Loose<Options> = { readonly [Key in keyof Options]: Options[Key] | undefined }

/** What an option is. */
interface Form {
  readonly fits: (value: unknown) => boolean
  /** In words. */
  readonly what: string
  readonly help: string
}

const listOf = (value: unknown, fits: (item: unknown) => boolean): boolean => Array.isArray(value) && value.every(fits)
const NUMBER: Form = { fits: (value) => typeof value === 'number' && value >= 0, what: 'a number', help: 'give a number' }
const SHOWN: Form = { fits: (value) => typeof value === 'function', what: 'a function', help: 'give a function that takes text' }
const HOW_MANY: Form = {
  fits: (value) => Number.isInteger(value) && Number(value) >= 1 && Number(value) <= MOST_NODES,
  what: `a whole number from 1 to ${MOST_NODES}`,
  help: 'give how many nodes to start',
}

const FORMS: Readonly<Record<keyof RunOptions | keyof MainOptions, Form>> = {
  signal: { fits: (value) => value instanceof AbortSignal, what: 'an AbortSignal', help: 'give the signal of an AbortController' },
  denied: {
    fits: (value) => listOf(value, (item) => DENIABLE.some((each) => each === item)),
    what: `a list of what is denied (${DENIABLE.join(', ')})`,
    help: "give a list, for instance ['files']",
  },
  args: {
    fits: (value) => listOf(value, (item) => typeof item === 'string'),
    what: 'a list of texts',
    help: "give a list, for instance ['a.txt']",
  },
  nodes: HOW_MANY,
  threads: HOW_MANY,
  cluster: {
    fits: (value) => typeof value === 'string' && value !== '',
    what: 'a text',
    help: 'give a run directory, or the address of NATS servers',
  },
  roam: NUMBER,
  seed: NUMBER,
  keyboard: {
    fits: (value) => typeof value === 'string' || (typeof value === 'object' && value !== null),
    what: 'a text, bytes, or an iterable of these',
    help: 'give what is typed',
  },
  screen: SHOWN,
  error: SHOWN,
}

/** @throws OutsideError R0704 when an option is not what it should be */
function requireForms(options: { readonly [Key in keyof typeof FORMS]?: unknown }): void {
  for (const [name, value] of Object.entries(options)) {
    const { fits, what, help } = FORMS[name as keyof typeof FORMS] // so are they called
    if (value !== undefined && !fits(value))
      throw new OutsideError('R0704', `\`${name}\` is ${what}, and was given as ${show(value)}`, help)
  }
}

/** @throws OutsideError R0704 */
export function requireMainOptions(options: Loose<MainOptions>): void {
  requireForms(options)
}

/** @throws OutsideError R0704 when nothing can be run so */
export function requireRunOptions(options: Loose<RunOptions>): void {
  const { nodes, threads, cluster, roam, seed } = options
  const [one, other] = Object.entries({ nodes, threads, cluster }).flatMap(([name, value]) => (value === undefined ? [] : [name]))
  if (one !== undefined && other !== undefined)
    throw new OutsideError(
      'R0704',
      `\`${one}\` and \`${other}\` exclude each other`,
      '`nodes` and `threads` start nodes of their own, `cluster` uses those that are there',
    )
  for (const [name, value] of Object.entries({ roam, seed }))
    if (value !== undefined && one === undefined)
      throw new OutsideError('R0704', `\`${name}\` is for programs on nodes`, 'give `nodes`, `threads` or `cluster`, too')
  requireForms(options)
}
