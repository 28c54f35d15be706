/** `godwit check --refines` */
import { refine as compare } from '../../runtime/explore/refinement/refine.ts'
import type { Model, Refinement, RefineOptions } from '../../runtime/explore/refinement/refine.ts'
import type { Happening } from '../../runtime/explore/execution.ts'
import type { Bound } from '../../runtime/explore/search.ts'
import { Exit, STATUS, UsageError } from '../errors.ts'
import { drive, MEMORY } from '../exploring.ts'
import { compilerOptions, loadOrExit, type SourceOptions } from '../load-program.ts'
import { requireNoText, requireWritable, textsOf, writeOutput } from '../output-file.ts'
import { chartOf } from '../pictures/sequence-chart.ts'
import type { ValueChoices } from '../refinement/choices.ts'
import {
  componentOf,
  outsideOf,
  procOf,
  requireComparable,
  requireSameChannels,
  shapeOf,
  shownOf,
  specificationNamed,
} from '../refinement/compared.ts'
import type { Outside } from '../refinement/compared.ts'
import { storyLines } from '../story.ts'
import { count, out, print, printJson, size } from '../terminal.ts'

export interface RefineCommandOptions extends SourceOptions {
  /** The specification. */
  readonly refines: string
  /** The PROC that is checked. */
  readonly proc?: string
  readonly model?: Model
  readonly values?: ValueChoices
  /** Pairs of states. */
  readonly states?: number
  /** Bytes. */
  readonly memory?: number
  /** Microseconds of real time. */
  readonly time?: number
  /** The file that what is wrong is drawn in. */
  readonly svg?: string
  readonly json?: boolean
}

/** What the models are called, where something holds in them. */
const MODELS: Readonly<Record<Model, string>> = {
  traces: 'by traces',
  failures: 'by stable failures',
  divergences: 'by failures and divergences',
}

/**
 * Looks whether a PROC does nothing but what another one may do.
 * @throws Exit with status 1 when it does something else, 4 when that was not seen and not everything was
 * @throws ExploreError R0601, R0605; UsageError
 */
export async function refine(file: string, options: RefineCommandOptions): Promise<void> {
  const { model = 'divergences', values = new Map(), states, memory = MEMORY, svg, json = false } = options
  if (svg !== undefined) requireWritable('--svg', svg)
  const named = specificationNamed(options.refines, file)
  const compiled = { ...compilerOptions(options), entries: true }
  const load = async (path: string) => {
    const { program, inputs } = await loadOrExit(path, compiled, json)
    if (svg !== undefined) requireNoText('--svg', svg, textsOf(inputs))
    return shownOf(path, program)
  }
  const implementation = await load(file)
  const isSameFile = named.file === file
  const specification = isSameFile ? implementation : await load(named.file)
  if (isSameFile && named.proc === undefined)
    throw new UsageError('the specification is the file that is checked', `name the PROC: \`--refines ${file}:PROC\``)
  const wanted = procOf(specification, named.proc)
  const shape = shapeOf(specification.shown, wanted)
  const its = procOf(implementation, options.proc, (entry) => entry !== wanted && shapeOf(implementation.shown, entry) === shape)
  requireComparable(implementation, its)
  requireComparable(specification, wanted)
  requireSameChannels(implementation, its, specification, wanted)
  const outside = outsideOf(implementation.shown, its, values)
  const [component, wantedComponent] = [await componentOf(implementation, its, outside), await componentOf(specification, wanted, outside)]
  const order: RefineOptions = {
    implementation: component,
    specification: wantedComponent,
    channels: outside.channels,
    model,
    memory,
    ...(states === undefined ? {} : { states }),
  }
  const found = drive(
    (isFull) => compare({ ...order, isFull }),
    (seen) => `${count(seen.states, 'pair')} of states, ${seen.depth} moves deep, ${seen.queue} to look at, ${size(seen.memory)}`,
    options.time,
  )
  const about = { name: `${file}, PROC ${its.name},`, specification: `PROC ${wanted.name} of ${named.file}`, model }
  if (json) printJson(asJson(about, outside, found))
  else tell(about, outside, found)
  const { kind, refuted } = found
  if (refuted !== undefined && svg !== undefined) writeOutput(svg, chartOf(about.name, refuted.story))
  if (kind === 'refuted') throw new Exit(STATUS.failure)
  if (kind === 'bounded') throw new Exit(STATUS.unfinished)
}

interface About {
  readonly name: string
  readonly specification: string
  readonly model: Model
}

const BOUNDS: Readonly<Record<Bound, string>> = {
  depth: 'some traces are longer',
  states: 'there are more pairs of states than `--states` allows',
  memory: 'the states need more memory than `--memory` allows',
  machine: 'the memory is used up (`NODE_OPTIONS=--max-old-space-size=8192` gives the command 8192 MB)',
  time: 'the time of `--time` is over',
}

function tell({ name, specification, model }: About, { numbers }: Outside, { kind, refuted, by, progress }: Refinement): void {
  const { states, implementation, specification: nodes } = progress
  const seen = `${count(states, 'pair')} of ${count(implementation, 'state')} and ${count(nodes, 'node')} of the specification`
  const taken = [...numbers].map(([channel, all]) => `${all.join(', ')} on ${channel}`).join('; ')
  const note = out.dim(`  ${seen}${taken === '' ? '' : `; numbers that came: ${taken}`}`)
  if (kind === 'refines') {
    print(`${out.green('✓')} ${name} refines ${specification} ${MODELS[model]}`)
    print(note)
    return
  }
  if (kind === 'bounded' || refuted === undefined) {
    print(`${out.yellow('?')} ${name} does nothing wrong in what was seen, which is not all: ${BOUNDS[by ?? 'time']}`)
    print(note)
    return
  }
  const { trace, difference, story } = refuted
  print(`${out.red('✗')} ${name} does not refine ${specification} ${MODELS[model]}`)
  print(`  after ${trace.length === 0 ? 'nothing that can be seen' : `the trace ${set(trace, '<>')}`}`)
  for (const line of differenceLines(refuted)) print(`  ${line}`)
  const lines = storyLines(story)
  const before = difference.kind === 'divergence' ? difference.before : lines.length
  for (const line of lines.slice(0, before)) print(line)
  if (difference.kind === 'divergence') print(out.dim('  again and again:'))
  for (const line of lines.slice(before)) print(line)
  print(note)
}

const set = (events: readonly string[], [open = '{', close = '}']: string): string => `${open}${events.join(', ')}${close}`

/** @returns what the implementation does, and what the specification says about it */
function differenceLines({ difference }: { readonly difference: NonNullable<Refinement['refuted']>['difference'] }): string[] {
  switch (difference.kind) {
    case 'trace': {
      const { event, possible } = difference
      const [only] = possible
      const all =
        only === undefined ? 'nothing' : possible.length === 1 ? `nothing but ${only}` : `nothing but one of ${set(possible, '{}')}`
      return [`it does: ${event}`, `the specification does ${all} there`]
    }
    case 'refusal': {
      const { offers, wanted } = difference
      const mine = offers.length === 0 ? 'it may refuse everything' : `it may refuse everything but ${set(offers, '{}')}`
      if (wanted.length === 0) return [mine, 'the specification never stands still there']
      const theirs = wanted.map((events) => (events.length === 0 ? 'nothing' : set(events, '{}')))
      return [mine, `the specification always offers ${theirs.length === 1 ? 'all' : 'all of one'} of ${theirs.join(', or ')}`]
    }
    case 'divergence':
      return ['it may go on for ever without doing anything that can be seen, and the specification may not']
  }
}

function asJson({ name, specification, model }: About, { numbers }: Outside, { kind, refuted, by, progress }: Refinement): unknown {
  const story: readonly Happening[] = refuted?.story ?? []
  return {
    kind,
    name: name.slice(0, -1),
    specification,
    model,
    ...(by === undefined ? {} : { by }),
    pairs: progress.states,
    states: progress.implementation,
    nodes: progress.specification,
    moves: progress.moves,
    numbers: Object.fromEntries([...numbers].map(([channel, all]) => [channel, all.map(Number)])),
    ...(refuted === undefined ? {} : { trace: refuted.trace, difference: refuted.difference, lines: storyLines(story) }),
  }
}
