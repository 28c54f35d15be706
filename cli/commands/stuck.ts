/** `godwit stuck` */
import { basename, relative } from 'node:path'
import type { ProgramStatus } from '../../runtime/node/commands/programs.ts'
import type { StuckStatus } from '../../runtime/node/wire/statuses.ts'
import { withCluster, type ClusterOptions } from '../cluster.ts'
import { count, fittingTable, out, print, printJson } from '../terminal.ts'

/** What was found in one program. */
interface Found {
  readonly program: ProgramStatus
  readonly processes: number
  readonly stuck: readonly StuckStatus[]
}

/** Lists the processes that nobody can ever wake. @param name of a program; absent: of all that run */
export async function stuck(name: string | undefined, options: ClusterOptions): Promise<void> {
  const found = await withCluster(options, async ({ programs }): Promise<Found[]> => {
    const meant = name === undefined ? (await programs.all()).filter(({ state }) => state === 'running') : [await programs.find(name)]
    return Promise.all(meant.map(async (program) => ({ program, ...(await programs.stuck(program)) })))
  })
  if (options.json === true) {
    printJson(found.flatMap(({ program, stuck: its }) => its.map((each) => ({ program: program.program, name: program.name, ...each }))))
    return
  }
  if (found.length === 0) print(out.dim('no program is running'))
  for (const { program, processes, stuck: its } of found) {
    if (its.length > 0) print(fittingTable(['PROCESS', 'NODE', 'AT', 'WAITS FOR', 'AND'], its.map(row)))
    const all = `${count(processes, 'process', 'processes')} of ${program.name}`
    print(out.dim(its.length === 0 ? `none of the ${all} is stuck` : `${its.length} of the ${all} can never go on`))
  }
}

function row(status: StuckStatus): string[] {
  const { path, node, line, waits } = status
  const seen = relative('.', line)
  return [path, node, seen.startsWith('..') ? basename(line) : seen, waits, reason(status)]
}

/** Others that are named in a row. */
const NAMED = 3

/** @returns why a process is stuck, in words */
function reason({ state, why, others, count: n }: StuckStatus): string {
  const named = others.slice(0, NAMED)
  const more = n - named.length
  const all = more > 0 ? [...named, `${more} more`] : named
  const whom = all.length > 1 ? `${all.slice(0, -1).join(', ')} and ${all.at(-1) ?? ''}` : all.join('')
  switch (why) {
    case 'nobody':
      return state === 'queue' ? 'nobody who is enrolled is left' : 'nobody has the other end any more'
    case 'itself':
      return 'only itself has the other end'
    case 'stuck':
      if (state === 'join') return `${whom} ${n === 1 ? 'is' : 'are'} stuck`
      if (state === 'queue') return `${whom}, which ${n === 1 ? 'is' : 'are'} stuck, ${n === 1 ? 'has' : 'have'} yet to come or to go`
      return `the other ${state === 'alt' ? 'ends are' : 'end is'} with ${whom}, which ${n === 1 ? 'is' : 'are'} stuck too`
  }
}
