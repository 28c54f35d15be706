/** `godwit fork` and `godwit rewind` */
import { NodeError } from '../../runtime/node/node-error.ts'
import { withCluster, type ClusterOptions } from '../cluster.ts'
import { duration, out, print, printJson } from '../terminal.ts'

export interface RewindOptions extends ClusterOptions {
  /** Number of a checkpoint; absent: the last that is kept. */
  readonly to?: number
}

/** Begins a second program from where a running one is. @param name of the program */
export async function fork(name: string, options: ClusterOptions): Promise<void> {
  await withCluster(options, async ({ programs }) => {
    const program = await programs.find(name)
    const second = await programs.fork(program, { directory: process.cwd(), variables: {} })
    if (options.json === true) printJson({ program: second.program, name: second.name, home: second.home, of: program.name })
    else print(`${out.bold(second.name)} has begun from where ${program.name} is`)
  })
}

/** Lets a running program go on from a checkpoint that is kept. @param name of the program */
export async function rewind(name: string, options: RewindOptions): Promise<void> {
  await withCluster(options, async ({ programs }) => {
    const program = await programs.find(name)
    const number = options.to ?? (await programs.checkpoints(program)).at(-1)?.number
    if (number === undefined) throw new NodeError('R0415', `no checkpoint of ${program.name} is kept`, 'godwit checkpoint makes one')
    const kept = await programs.rewind(program, number)
    if (options.json === true) printJson({ program: program.program, name: program.name, number: kept.number, programMicros: kept.time })
    else print(`${out.bold(program.name)} goes on from checkpoint ${kept.number}, at ${duration(kept.time)} of its time`)
  })
}
