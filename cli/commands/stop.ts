/** `godwit stop` */
import { withCluster, type ClusterOptions } from '../cluster.ts'
import { complain, print, printJson, Progress } from '../terminal.ts'

export type StopOptions = ClusterOptions

/** How often it is looked whether a program has ended, and how long a user is kept waiting for it. */
const LOOK_EVERY_MS = 20
const WITHIN_MS = 10_000

/** Ends a program, wherever its home is. @param name of the program */
export async function stop(name: string, options: StopOptions): Promise<void> {
  await withCluster(options, async ({ programs }) => {
    const program = await programs.find(name)
    const progress = new Progress()
    progress.update(`stopping ${program.name} ...`)
    const ran = program.state === 'running' && (await programs.end(program))
    const until = performance.now() + WITHIN_MS
    while (ran && performance.now() < until) {
      const now = (await programs.all()).find((each) => each.program === program.program)
      if (now?.state !== 'running') break
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
    }
    progress.end()
    if (options.json === true) printJson({ program: program.program, name: program.name, ran })
    else if (ran) print(`${program.name} is stopped`)
    else complain(`${program.name} had ended already`)
  })
}
