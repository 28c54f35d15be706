/** `godwit check` */
import type { ConsoleEnd } from '../../runtime/index.ts'
import type { Channel, Frame } from '../../runtime/kernel/scheduler/state.ts'
import type { Exploration } from '../../runtime/explore/explore.ts'
import type { Bound } from '../../runtime/explore/search.ts'
import { loadMain, mainFrame } from '../../runtime/run/main-frame.ts'
import { renderReport } from '../../runtime/report/render.ts'
import { withCodeStore } from '../code-cache.ts'
import { Exit, STATUS, UsageError } from '../errors.ts'
import { exploreWithin } from '../exploring.ts'
import { compilerOptions, loadOrExit, type SourceOptions } from '../load-program.ts'
import type { Runnable } from '../program-cache.ts'
import { storyLines } from '../story.ts'
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
  readonly json?: boolean
}

/** Bytes for states when nobody says otherwise. */
const MEMORY = 2 ** 30

/**
 * Explores all schedules of a program, or of one of its TESTs.
 * @throws Exit with status 1 for a fault, 3 for a deadlock, 4 when nothing wrong was seen and not everything was
 * @throws ExploreError R0601 when the program does what cannot be explored
 */
export async function check(file: string, options: CheckOptions): Promise<void> {
  const { keys = [], depth, states, memory = MEMORY, time, json = false } = options
  const { program } = await loadOrExit(file, compilerOptions(options), json)
  const { name, main } = await subject(file, program, options.test)
  const exploration = exploreWithin(
    {
      name,
      main,
      keys,
      memory,
      ...(depth === undefined ? {} : { depth }),
      ...(states === undefined ? {} : { states }),
    },
    time,
  )
  if (json) printJson(asJson(name, exploration))
  else tell(name, exploration)
  const { kind } = exploration.verdict
  if (kind === 'fault') throw new Exit(STATUS.failure)
  if (kind === 'deadlock') throw new Exit(STATUS.deadlock)
  if (kind === 'bounded') throw new Exit(STATUS.unfinished)
}

interface Subject {
  readonly name: string
  readonly main: (channel: (end: ConsoleEnd) => Channel) => Frame
}

async function subject(file: string, program: Runnable, title: string | undefined): Promise<Subject> {
  const { manifest, units } = program
  if (title === undefined) {
    const { main } = manifest
    if (main === undefined) {
      throw new UsageError(
        `\`${file}\` has no PROC to explore`,
        'the last PROC of the file is the program',
        ...(manifest.tests.length === 0 ? [] : ['`--test "TITLE"` explores a TEST']),
      )
    }
    const machine = await withCodeStore((store) => {
      for (const unit of units) store.put(unit)
      return loadMain(manifest, store)
    })
    return { name: file, main: (channel) => mainFrame(machine, main.parameters, channel) }
  }
  const found = manifest.tests.filter((test) => test.title.includes(title))
  const exact = found.find((test) => test.title === title)
  const test = exact ?? found[0]
  if (test === undefined || (exact === undefined && found.length > 1)) {
    const titles = (found.length > 1 ? found : manifest.tests).map((each) => `"${each.title}"`)
    throw new UsageError(
      found.length > 1 ? `\`${title}\` is part of the titles of ${found.length} TESTs` : `\`${file}\` has no TEST \`${title}\``,
      titles.length === 0 ? 'it has no TEST at all' : `it has ${titles.join(', ')}`,
    )
  }
  const loaded = await withCodeStore((store) => {
    for (const unit of units) store.put(unit)
    return store.load(test.unit)
  })
  const machine = loaded.machines[0]
  if (machine === undefined) throw new Error(`the unit of the test ${test.title} holds no machine`)
  return { name: `${file}, TEST "${test.title}"`, main: () => machine.blank() }
}

function tell(name: string, { verdict, progress, counterexample, endings }: Exploration): void {
  const seen = `${count(progress.states, 'state')}, ${count(progress.moves, 'move')}, at most ${progress.depth} deep`
  switch (verdict.kind) {
    case 'exhausted':
      print(`${out.green('✓')} ${name}: no schedule deadlocks or fails`)
      print(out.dim(`  all states were seen: ${seen}${endings === 0 ? '; it never ends' : ''}`))
      return
    case 'bounded':
      print(`${out.yellow('?')} ${name}: nothing wrong was found, but not every schedule was seen: ${BOUNDS[verdict.by]}`)
      print(out.dim(`  ${seen}; ${count(progress.queue, 'state')} not looked at`))
      return
    case 'deadlock':
    case 'fault': {
      if (counterexample === undefined) throw new Error('what is wrong cannot be told')
      const { story, report } = counterexample
      print(`${out.red('✗')} ${name}: a schedule of ${count(story.length, 'move')} ${verdict.kind === 'deadlock' ? 'deadlocks' : 'fails'}`)
      for (const line of storyLines(story)) print(line)
      print(out.dim(`  found after ${seen}`))
      complain(renderReport(report, { colours: err }).trimEnd())
    }
  }
}

const BOUNDS: Readonly<Record<Bound, string>> = {
  depth: 'some are longer than `--depth` allows',
  states: 'there are more states than `--states` allows',
  memory: 'the states need more memory than `--memory` allows',
  time: 'the time of `--time` is over',
}

function asJson(name: string, { verdict, progress, bytesPerState, endings, counterexample }: Exploration): unknown {
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
  }
}
