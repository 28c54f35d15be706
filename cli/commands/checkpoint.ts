/** `godwit checkpoint` and `godwit checkpoints` */
import { LIMITS } from '../../runtime/limits.ts'
import type { KeptCheckpoint } from '../../runtime/node/durable/checkpoints.ts'
import type { Programs, ProgramStatus } from '../../runtime/node/commands/programs.ts'
import { writeCheckpointBytes } from '../../runtime/run/checkpoint.ts'
import { RunError } from '../../runtime/run/run-error.ts'
import { withCluster, type ClusterOptions } from '../cluster.ts'
import { UsageError } from '../errors.ts'
import { count, duration, out, print, printJson, size, table } from '../terminal.ts'

export interface CheckpointOptions extends ClusterOptions {
  /** The program ends when it is saved. */
  readonly stop?: boolean
  /** How many the cluster keeps. */
  readonly keep?: number
  /** One that is kept already. */
  readonly number?: number
}

/**
 * Saves a program that runs on nodes.
 * @param name of the program
 * @param file where to; absent: in the cluster
 */
export async function checkpoint(name: string, file: string | undefined, options: CheckpointOptions): Promise<void> {
  const { stop = false, keep, number, json = false } = options
  if (number !== undefined && (stop || keep !== undefined))
    throw new UsageError('`--number` names a checkpoint that is kept already', 'leave out `--stop` and `--keep`')
  if (number !== undefined && file === undefined)
    throw new UsageError('`--number` says which checkpoint is written to a file', 'name the file')
  if (file !== undefined && keep !== undefined)
    throw new UsageError('`--keep` is about checkpoints that the cluster keeps', 'leave out the file, or `--keep`')
  await withCluster(options, async ({ programs }) => {
    const program = await programs.find(name)
    const kept =
      number === undefined
        ? await saveProgram(programs, program, file, { ends: stop, keep })
        : await writeKept(programs, program, number, file ?? '')
    if (json)
      printJson({
        program: program.program,
        name: program.name,
        ...(file === undefined ? { number: kept.number } : { file }),
        ...shown(kept),
      })
    else print(told(program, kept, file))
  })
}

function told({ name }: ProgramStatus, { number, bytes, nodes }: KeptCheckpoint, file: string | undefined): string {
  const what = `${size(bytes)} from ${count(nodes, 'node')}`
  return file === undefined
    ? `checkpoint ${number} of ${out.bold(name)} is kept (${what}); \`godwit checkpoint ${name} FILE --number ${number}\` writes it to a file`
    : `${file} holds ${out.bold(name)} as it was (${what}); \`godwit restore ${file} --nodes ${nodes}\` carries on`
}

/** @returns what is shown of a checkpoint to machines */
function shown({ bytes, nodes, time }: KeptCheckpoint): object {
  return { bytes, nodes, programMicros: time }
}

/** How a program is saved. */
interface SaveOrder {
  /** It ends when it is saved. */
  readonly ends: boolean
  /** How many of its checkpoints the cluster keeps; absent: as many as it keeps at most. */
  readonly keep?: number | undefined
}

/** What is written to a file is kept only until then, beside all others. */
const BESIDE_ALL = Number.MAX_SAFE_INTEGER

/**
 * Saves a program as it is now.
 * @param file where to; absent: it is kept in the cluster
 * @throws RunError R0515 when the file cannot be written: then the program goes on
 */
export async function saveProgram(
  programs: Programs,
  program: ProgramStatus,
  file: string | undefined,
  { ends, keep = LIMITS['checkpoints.kept'].most }: SaveOrder,
): Promise<KeptCheckpoint> {
  const kept = await programs.checkpoint(program, { ends, most: file === undefined ? keep : BESIDE_ALL })
  let written = false
  try {
    if (file !== undefined) writeCheckpointBytes(file, await programs.fetch(kept))
    written = true
    return kept
  } finally {
    if (file !== undefined) programs.forget(program, kept)
    if (ends) await programs.saved(program, written)
  }
}

async function writeKept(programs: Programs, program: ProgramStatus, number: number, file: string): Promise<KeptCheckpoint> {
  const all = await programs.checkpoints(program)
  const kept = all.find((each) => each.number === number)
  if (kept === undefined) {
    const numbers = all.map((each) => each.number).join(', ')
    throw new RunError(
      'R0515',
      `no checkpoint ${number} of ${program.name} is kept`,
      numbers === '' ? 'none is: godwit checkpoint makes one' : `there is ${numbers}`,
    )
  }
  writeCheckpointBytes(file, await programs.fetch(kept))
  return kept
}

/** Lists the checkpoints of a program that its cluster keeps. @param name of the program */
export async function checkpoints(name: string, options: ClusterOptions): Promise<void> {
  await withCluster(options, async ({ programs }) => {
    const program = await programs.find(name)
    const all = await programs.checkpoints(program)
    if (options.json === true) {
      printJson(all.map((kept) => ({ number: kept.number, ageMicros: Math.round(programs.age(kept)), ...shown(kept) })))
      return
    }
    if (all.length === 0) {
      print(out.dim(`no checkpoint of ${program.name} is kept`))
      return
    }
    const rows = all.map((kept) => [
      String(kept.number),
      `${duration(programs.age(kept))} ago`,
      duration(kept.time),
      String(kept.nodes),
      size(kept.bytes),
    ])
    print(table(['NUMBER', 'MADE', 'PROGRAM TIME', 'NODES', 'SIZE'], rows, ['NUMBER', 'MADE', 'PROGRAM TIME', 'NODES', 'SIZE']))
  })
}
