/** `godwit upgrade` */
import { readFileSync } from 'node:fs'
import { NodeError } from '../../runtime/node/node-error.ts'
import { parseMap, UpgradeMapError } from '../../runtime/kernel/upgrade/upgrade-map.ts'
import type { ProgramStatus, Upgraded } from '../../runtime/node/commands/programs.ts'
import type { UpgradeOrder } from '../../runtime/node/wire/messages.ts'
import { withCluster, type ClusterOptions } from '../cluster.ts'
import { Exit, STATUS, UsageError } from '../errors.ts'
import { compilerOptions, loadOrExit, requireFile, type SourceOptions } from '../load-program.ts'
import { complain, count, err, fittingTable, out, print, printJson } from '../terminal.ts'

export interface UpgradeOptions extends ClusterOptions, SourceOptions {
  readonly dryRun?: boolean
  readonly map?: string
  readonly rollback?: boolean
}

/**
 * Lets a running program go on as another version.
 * @param name of the program
 * @param file the text of the new version; absent with `--rollback`
 */
export async function upgrade(name: string, file: string | undefined, options: UpgradeOptions): Promise<void> {
  const { dryRun = false, rollback = false, json = false } = options
  if (rollback && file !== undefined)
    throw new UsageError('`--rollback` goes back to the version before', 'leave out the file, or `--rollback`')
  if (!rollback && file === undefined)
    throw new UsageError('there is no new version', 'name its file, or go back to the version before with `--rollback`')
  const map = options.map === undefined ? '' : readMap(options.map)
  const version = file === undefined ? undefined : (await loadOrExit(file, compilerOptions(options), json)).program
  const order: Omit<UpgradeOrder, 'program'> = { ...(version === undefined ? {} : { version }), map, dry: dryRun }
  await withCluster(options, async ({ programs }) => {
    const program = await programs.find(name)
    const found = await programs.upgrade(program, order)
    const { goesOn, ...survey } = found
    const done = !dryRun && found.obstacles.length === 0
    const successor = goesOn === undefined ? {} : { goesOn: { program: goesOn.program, name: goesOn.name, home: goesOn.home } }
    if (json) printJson({ program: program.program, name: program.name, dryRun, done, ...successor, ...survey })
    else tell(program, found, dryRun)
    if (found.obstacles.length > 0) throw new Exit(STATUS.failure)
  })
}

/** @throws UsageError when there is no such map, or a line of it says nothing */
function readMap(file: string): string {
  requireFile(file, 'give the path of a map')
  const text = readFileSync(file, 'utf8')
  requireMap(text, file)
  return text
}

/**
 * @param name what people call the map
 * @throws UsageError when a line of it says nothing
 */
export function requireMap(text: string, name: string): void {
  try {
    parseMap(text)
  } catch (error) {
    if (error instanceof UpgradeMapError) throw new UsageError(`${name}:${error.line}: \`${error.text}\` says nothing`, MAP_LINES)
    throw error
  }
}

const MAP_LINES = 'write `PROC old = new`, `proc.old = new`, `proc.variable := value` or `proc:line = line`'

/** Obstacles that are shown one by one. */
const SHOWN = 20

/** @returns what has been done, or could be */
function outcome({ name, state }: ProgramStatus, { processes, changed, goesOn }: Upgraded, dryRun: boolean): string {
  const all = `${count(changed, 'process', 'processes')} of ${processes}`
  if (goesOn !== undefined) return `${out.bold(goesOn.name)} goes on from the last cut of ${name}: ${all} as the new version`
  if (!dryRun) return `${out.bold(name)} is upgraded: ${all} went on as the new version`
  return state === 'ended'
    ? `${out.bold(name)} can go on from its last cut: ${all} would do so as the new version`
    : `${out.bold(name)} can be upgraded: ${all} would go on as the new version`
}

function tell(program: ProgramStatus, upgraded: Upgraded, dryRun: boolean): void {
  const { obstacles, more, machines } = upgraded
  if (obstacles.length === 0) {
    print(outcome(program, upgraded, dryRun))
    const rows = machines.map(({ from, to, frames }) => [from, to, String(frames)])
    if (rows.length > 0) print(fittingTable(['PROC', 'AS', 'FRAMES'], rows, ['FRAMES']))
    return
  }
  const least = more === true ? 'at least ' : ''
  const error = new NodeError(
    'R0444',
    `${program.name} cannot be upgraded: ${least}${count(obstacles.length, 'process stands', 'processes stand')} in the way`,
  )
  complain(`${err.bold(err.red(`error[${error.code}]`))}: ${error.message}`)
  for (const { process, line, text, reason } of obstacles.slice(0, SHOWN))
    complain(`  ${err.bold(process)} at ${line === '' ? 'a point without a line' : `${line}: ${text}`}\n    ${reason}`)
  if (obstacles.length > SHOWN) complain(`  and ${least}${obstacles.length - SHOWN} more`)
  complain(`  ${err.cyan('=')} help: nothing has changed; --map says what the texts do not, see docs/upgrade.md`)
  complain(`  ${err.cyan('=')} explain: godwit explain ${error.code}`)
}
