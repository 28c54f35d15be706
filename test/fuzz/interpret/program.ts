/** Interprets a checked program: a second meaning of the language, written from its description and sharing nothing with the back end. */
import type { Checked } from '../../../compiler/semantics.ts'
import type { Process } from '../../../grammar/ast.ts'
import { declare } from './declarations.ts'
import { Environment, Machine } from './environment.ts'
import { perform } from './processes.ts'
import { Channel, Scheduler, type Running } from './scheduler.ts'

/** How a run ended. */
export interface Ending {
  /** `ended`, `deadlock`, or every fault that some schedule could report first, as `R0201 at 7:12 \`a + b\``. */
  readonly how: readonly string[]
  /** What was written to the screen. */
  readonly screen: readonly number[]
}

/** Steps after which a run is given up. */
const LIMIT = 400_000

/** Runs the main process of a program, with nothing typed. @throws TooLong */
export function interpretMain(checked: Checked): Ending {
  const main = checked.main?.declaration
  if (main === undefined) throw new Error('there is no main process')
  return interpret(checked, (env, channels) => {
    main.formals.forEach((formal, i) => {
      const end = checked.mainParameters?.[i]
      const channel = end === 'screen' ? channels.screen : new Channel()
      env.bind(formal.name, { kind: 'channels', channels: channel })
    })
    return main.body
  })
}

/** Runs one test of a program. @throws TooLong */
export function interpretTest(checked: Checked, index: number): Ending {
  const test = checked.tests[index]
  if (test === undefined) throw new Error(`there is no test ${index}`)
  return interpret(checked, () => test.body)
}

function interpret(checked: Checked, body: (env: Environment, channels: { screen: Channel }) => Process): Ending {
  const scheduler = new Scheduler()
  let env = new Environment(new Machine(checked, scheduler, LIMIT))
  for (const item of checked.program.items) if (item.kind !== 'test') env = declare(env, item)
  const written: number[] = []
  const screen = new Channel()
  const end = { reached: false }
  scheduler.start(perform(env, body(env, { screen })), () => (end.reached = true))
  scheduler.start(collect(screen, written))
  scheduler.run()
  const faults = [...new Set(scheduler.faults.map((fault) => fault.describe()))]
  return { how: faults.length > 0 ? faults : [end.reached && scheduler.loose.alive === 0 ? 'ended' : 'deadlock'], screen: written }
}

/** The console: takes whatever comes. */
function* collect(channel: Channel, into: number[]): Running {
  for (;;) {
    const { bytes } = yield* channel.take()
    into.push(...bytes)
  }
}
