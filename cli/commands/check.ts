/** `godwit check` */
import type { ExportOptions } from '../../runtime/explore/automata.ts'
import type { Exploration } from '../../runtime/explore/explore.ts'
import type { Bound } from '../../runtime/explore/search.ts'
import { writeSchedule } from '../../runtime/explore/schedule-file.ts'
import { renderReport } from '../../runtime/report/render.ts'
import { chartOf } from '../pictures/sequence-chart.ts'
import { Exit, STATUS, UsageError } from '../errors.ts'
import { exploreWithin, MEMORY } from '../exploring.ts'
import { compilerOptions, loadOrExit, type SourceOptions } from '../load-program.ts'
import { requireNoText, requireWritable, textsOf, writeOutput } from '../output-file.ts'
import { storyLines } from '../story.ts'
import { subjectOf } from '../subject.ts'
import type { ValueChoices } from '../refinement/choices.ts'
import type { Model } from '../../runtime/explore/refinement/refine.ts'
import { complain, count, err, out, print, printJson } from '../terminal.ts'

export interface CheckOptions extends SourceOptions {
  /** Title of the TEST that is explored instead of the program. */
  readonly test?: string
  /** Keys that may be typed; absent: the keyboard is at its end. */
  readonly keys?: readonly number[]
  readonly depth?: number
  readonly states?: number
  /** Bytes. */
  readonly memory?: number
  /** Microseconds of real time. */
  readonly time?: number
  /** The file that the schedule of what is wrong is written to. */
  readonly save?: string
  /** The file that it is drawn in. */
  readonly svg?: string
  /** False: every move of every state is made. */
  readonly reduce?: boolean
  /** Livelocks are looked for too. */
  readonly livelock?: boolean
  /** Shows what is wrong on a page. */
  readonly ui?: boolean
  /** Also those that no fair scheduler goes round. */
  readonly unfair?: boolean
  readonly json?: boolean
  /** The specification that a PROC is compared with, instead of being explored. */
  readonly refines?: string
  readonly proc?: string
  readonly model?: Model
  readonly values?: ValueChoices
  /** The program is not explored for what is wrong with it: a model of its processes is printed, for another tool. */
  readonly export?: ModelLanguage
}

export type ModelLanguage = 'promela' | 'cspm'

/**
 * Explores all schedules of a program, or of one of its TESTs.
 * @throws Exit with status 1 for a fault, 3 for a deadlock or livelock, 4 when nothing wrong was seen and not everything was
 * @throws ExploreError R0601 when the program does what cannot be explored
 */
export async function check(file: string, options: CheckOptions): Promise<void> {
  const { keys = [], depth, states, memory = MEMORY, time, json = false, refines } = options
  requireRefinement(options)
  if (refines !== undefined) {
    const { refine } = await import('./refine.ts')
    await refine(file, { ...options, refines })
    return
  }
  if (options.unfair === true && options.livelock !== true)
    throw new UsageError('`--unfair` says which livelocks count', 'add `--livelock`')
  requireOnlyModel(options)
  const written = [['--save', options.save] as const, ['--svg', options.svg] as const]
  for (const [option, path] of written) if (path !== undefined) requireWritable(option, path)
  const { program, inputs } = await loadOrExit(file, compilerOptions(options), json)
  for (const [option, path] of written) if (path !== undefined) requireNoText(option, path, textsOf(inputs))
  const { name, main, unit, title } = await subjectOf(file, program, options.test, 'explore')
  if (options.export !== undefined) {
    print(await modelOf(options.export, { name, main, keys, memory, ...(states === undefined ? {} : { states }) }))
    return
  }
  const exploration = exploreWithin(
    {
      name,
      main,
      keys,
      memory,
      reduce: options.reduce !== false,
      ...(depth === undefined ? {} : { depth }),
      ...(states === undefined ? {} : { states }),
      ...(options.livelock === true ? { livelock: options.unfair === true ? 'any' : 'fair' } : {}),
    },
    time,
  )
  if (json) printJson(asJson(name, exploration))
  else tell(name, exploration, options.livelock === true)
  const { counterexample, livelock } = exploration
  const wrong = counterexample ?? livelock
  if (wrong !== undefined && options.save !== undefined) {
    const saved = { program: unit, source: file, moves: wrong.schedule }
    const more = { ...(title === undefined ? {} : { test: title }), ...(livelock === undefined ? {} : { before: livelock.before }) }
    writeOutput(options.save, writeSchedule({ ...saved, ...more }))
    if (!json) print(`  \`godwit run ${file} --replay ${options.save}\` repeats it`)
  }
  if (wrong !== undefined && options.svg !== undefined) writeOutput(options.svg, chartOf(name, wrong.story))
  if (wrong !== undefined && options.ui === true) {
    const [{ runOf }, { openRunPage }, { untilEnded }] = await Promise.all([
      import('../run-page.ts'),
      import('../dashboard.ts'),
      import('./ui.ts'),
    ])
    const run = runOf(file, main, wrong.schedule, exploration.verdict.kind === 'deadlock')
    await untilEnded(() => openRunPage(run, name, { host: '127.0.0.1', port: 0 }))
  }
  const { kind } = exploration.verdict
  if (kind === 'fault') throw new Exit(STATUS.failure)
  if (kind === 'deadlock' || kind === 'livelock') throw new Exit(STATUS.deadlock)
  if (kind === 'bounded') throw new Exit(STATUS.unfinished)
}

/** @throws UsageError for options that are about comparing when nothing is compared, and the other way round */
function requireRefinement(options: CheckOptions): void {
  const { refines, proc, model, values } = options
  if (refines === undefined) {
    for (const [name, value] of Object.entries({ proc, model, values }))
      if (value !== undefined) throw new UsageError(`\`--${name}\` is about comparing a PROC with another one`, 'add `--refines SPEC`')
    return
  }
  const { save, ui, livelock, unfair, depth, keys, test, main, export: language } = options
  const help: Readonly<Record<string, string>> = {
    keys: '`--values` says which numbers come',
    main: '`--proc` names the PROC that is checked',
    test: '`--proc` names the PROC that is checked',
  }
  const others = { save, ui, livelock, unfair, depth, keys, test, main, 'no-reduce': notReduced(options), export: language }
  exclude('refines', others, (name) => help[name] ?? 'leave out one of them')
}

/** @throws UsageError for options that are about what is looked for, when a model is printed instead */
function requireOnlyModel(options: CheckOptions): void {
  if (options.export === undefined) return
  const { save, svg, ui, livelock, depth, time, json } = options
  const others = { save, svg, ui, livelock, depth, time, 'no-reduce': notReduced(options), json }
  exclude('export', others, () => 'a model is printed, and nothing is looked for: leave out one of them')
}

/** `--no-reduce`, if it was given. */
const notReduced = ({ reduce }: CheckOptions): true | undefined => (reduce === false ? true : undefined)

/** @throws UsageError for the first of `others` that was given beside an option */
function exclude(option: string, others: Readonly<Record<string, unknown>>, help: (name: string) => string): void {
  for (const [name, value] of Object.entries(others))
    if (value !== undefined) throw new UsageError(`\`--${name}\` and \`--${option}\` exclude each other`, help(name))
}

/** @throws ExploreError R0604 when the program does what other tools cannot be told of */
async function modelOf(language: ModelLanguage, options: ExportOptions): Promise<string> {
  const { automataOf } = await import('../../runtime/explore/automata.ts')
  const automata = automataOf(options)
  switch (language) {
    case 'promela':
      return (await import('../export/promela.ts')).promela(options.name, automata).trimEnd()
    case 'cspm':
      return (await import('../export/cspm.ts')).cspm(options.name, automata).trimEnd()
  }
}

function tell(name: string, { verdict, progress, counterexample, livelock, endings }: Exploration, forLivelocks: boolean): void {
  const seen = `${count(progress.states, 'state')}, ${count(progress.moves, 'move')}, at most ${progress.depth} deep`
  switch (verdict.kind) {
    case 'exhausted':
      print(`${out.green('✓')} ${name}: no schedule deadlocks${forLivelocks ? ', livelocks' : ''} or fails`)
      print(out.dim(`  all states were seen: ${seen}${endings === 0 ? '; it never ends' : ''}`))
      return
    case 'bounded':
      print(`${out.yellow('?')} ${name}: nothing wrong was found, but not every schedule was seen: ${BOUNDS[verdict.by]}`)
      print(out.dim(`  ${seen}; ${count(progress.queue, 'state')} not looked at`))
      return
    case 'livelock': {
      if (livelock === undefined) throw new Error('what is wrong cannot be told')
      const { story, before } = livelock
      const lines = storyLines(story)
      const round = story.length - before
      print(
        `${out.red('✗')} ${name}: a livelock after ${count(before, 'move')}: ${count(round, 'move')} that can be made again and again, and nobody outside hears of it`,
      )
      for (const line of lines.slice(0, before)) print(line)
      print(out.dim('  again and again:'))
      for (const line of lines.slice(before)) print(line)
      print(out.dim(`  found after ${seen}`))
      return
    }
    case 'deadlock':
    case 'fault': {
      if (counterexample === undefined) throw new Error('what is wrong cannot be told')
      const { story, report, isShortest } = counterexample
      print(`${out.red('✗')} ${name}: a schedule of ${count(story.length, 'move')} ${verdict.kind === 'deadlock' ? 'deadlocks' : 'fails'}`)
      for (const line of storyLines(story)) print(line)
      print(out.dim(`  found after ${seen}${isShortest ? '' : '; there may be a shorter one'}`))
      complain(renderReport(report, { colours: err }).trimEnd())
    }
  }
}

const BOUNDS: Readonly<Record<Bound, string>> = {
  depth: 'some are longer than `--depth` allows',
  states: 'there are more states than `--states` allows',
  memory: 'the states need more memory than `--memory` allows',
  machine: 'the memory is used up (`NODE_OPTIONS=--max-old-space-size=8192` gives the command 8192 MB)',
  time: 'the time of `--time` is over',
}

function asJson(name: string, { verdict, progress, bytesPerState, endings, counterexample, livelock }: Exploration): unknown {
  return {
    kind: verdict.kind,
    name,
    ...(verdict.kind === 'bounded' ? { by: verdict.by } : {}),
    states: progress.states,
    moves: progress.moves,
    depth: progress.depth,
    queue: progress.queue,
    endings,
    bytesPerState: Math.round(bytesPerState),
    ...(counterexample === undefined
      ? {}
      : { schedule: counterexample.schedule, lines: storyLines(counterexample.story), report: counterexample.report }),
    ...(livelock === undefined ? {} : { schedule: livelock.schedule, lines: storyLines(livelock.story), before: livelock.before }),
  }
}
