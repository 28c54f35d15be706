/** A run that is over, a recorded one or a counterexample, as a page looks at it: one step of it, and those who look choose which. */
import type { Kernel } from '../kernel/scheduler/kernel.ts'
import { inspect, measure, survey, wiring } from '../node/commands/observe.ts'
import type { ObservedNode } from '../node/commands/observe.ts'
import type { ProcessGroup, Wiring } from '../node/wire/observations.ts'
import type { Excerpt } from './desk.ts'
import type { PageSource } from './source.ts'
import type { AnswerToPage, FromServer, Question } from './talk.ts'

/** A run that can be stepped through. */
export interface SteppedRun {
  /** Path of the program's text. */
  readonly source: string
  /** How many steps it has. */
  readonly steps: number
  /** The step that it is at: 0 is before the first. */
  readonly step: number
  /** What has run, at that step. */
  readonly kernel: Kernel
  /** What happened in that step, or how all of it has ended; nothing at the beginning. */
  readonly words: string
  /** @param step 0 to `steps` */
  goTo(step: number): void
}

/** The run is shown as a node of this name, with one program of this number. */
const NODE = 'run'
const PROGRAM = 1

export function sourceOfRun(run: SteppedRun, excerpt: Excerpt): PageSource {
  const viewers = new Set<(message: FromServer) => void>()
  let known: readonly ProcessGroup[] = []
  const show = (say: (message: FromServer) => void, before: readonly ProcessGroup[]): void => {
    for (const message of messages(run, before)) say(message)
  }
  return {
    steps: run.steps,
    tell: (say) => {
      viewers.add(say)
      show(say, [])
      known = groupsOf(run)
      return () => {
        viewers.delete(say)
      }
    },
    answer: (question) => {
      const answer = answered(run, question, excerpt)
      if (question.ask === 'step' && answer.kind === 'done') {
        for (const say of viewers) show(say, known)
        known = groupsOf(run)
      }
      return Promise.resolve(answer)
    },
    close: () => {
      viewers.clear()
    },
  }
}

function answered(run: SteppedRun, question: Question, excerpt: Excerpt): AnswerToPage {
  switch (question.ask) {
    case 'step':
      if (question.to > run.steps) return { kind: 'error', text: `the run has ${run.steps} steps`, help: '' }
      run.goTo(question.to)
      return { kind: 'done' }
    case 'inspect': {
      const detail = finished(inspect(observed(run), question)) ?? undefined
      const [innermost] = detail?.stack ?? []
      return { kind: 'process', detail, source: innermost === undefined ? undefined : excerpt(innermost.file, innermost.line) }
    }
    case 'migrate':
    case 'cordon':
    case 'drain':
    case 'kill':
    case 'stop':
    case 'fork':
    case 'checkpoints':
    case 'rewind':
    case 'upgrade':
    case 'rollback':
      return { kind: 'error', text: 'this run is over: nothing of it can be changed', help: '' }
  }
}

/** @param before what the page knows */
function messages(run: SteppedRun, before: readonly ProcessGroup[]): FromServer[] {
  const node = observed(run)
  const { source, steps, step, words } = run
  const changed = groupsOf(run)
  const here = new Set(changed.map(keyOf))
  const gone = before.filter((group) => !here.has(keyOf(group))).map(({ program, path }) => [program, path] as const)
  const channels: Wiring[] = []
  finished(wiring(node, {}, { part: (part) => channels.push(part), done: () => undefined, failed: () => undefined }))
  const program = { program: String(PROGRAM), name: source, source, home: NODE, state: 'running', durable: false } as const
  return [
    { kind: 'step', at: step, of: steps, words },
    { kind: 'numbers', at: Date.now(), nodes: [finished(measure(node))], programs: [program] },
    { kind: 'processes', node: NODE, changed, gone },
    { kind: 'wiring', wiring: channels },
  ]
}

function groupsOf(run: SteppedRun): readonly ProcessGroup[] {
  const groups: ProcessGroup[] = []
  const part = (some: readonly ProcessGroup[]): void => {
    for (const group of some) groups.push(group)
  }
  finished(survey(observed(run), { part, done: () => undefined, failed: () => undefined }))
  return groups
}

const keyOf = ({ program, path }: ProcessGroup): string => `${program} ${path}`

/** A run looks like a node that has one program, all of it, and never moves anything. */
function observed({ kernel, source }: SteppedRun): ObservedNode {
  const self = { index: 1, name: NODE, kind: 'node', address: '' } as const
  const site = {
    program: { id: PROGRAM, source },
    kernel,
    links: {
      stats: () => ({ sent: 0, received: 0 }),
      *walkResidual() {
        // it needs nobody
      },
    },
    migrations: { counts: { arrivals: 0, departures: 0 }, paths: [], log: { moves: [] } },
    cuts: { pauses: { cuts: 0, total: 0, last: 0 } },
    load: 0,
  }
  return {
    messenger: { self, nodes: () => [self], nameOf: () => NODE, silent: () => [] },
    sites: new Map([[PROGRAM, site]]),
    past: { arrivals: 0, departures: 0 },
    readiness: { ready: true, joined: true, leaving: false, cordoned: false, store: { answers: true, silentMs: 0 } },
    host: '',
    pid: 0,
    usage: () => ({ cpuSeconds: 0, uptimeSeconds: 0, residentBytes: 0, heapBytes: 0 }),
  }
}

/** @returns what work returns that is done in one go */
function finished<R>(work: Generator<void, R, void>): R {
  for (;;) {
    const { done, value } = work.next()
    if (done === true) return value
  }
}
