/** `godwit code` and `godwit code push` */
import { statSync } from 'node:fs'
import type { ClusterClient, ClusterUnit } from '../../runtime/node/commands/client.ts'
import type { CodeUnit } from '../../runtime/code/program.ts'
import { withCluster, type ClusterOptions } from '../cluster.ts'
import { UsageError } from '../errors.ts'
import { compilerOptions, loadOrExit, type SourceOptions } from '../load-program.ts'
import { count, fittingTable, out, print, printJson, size } from '../terminal.ts'

export interface CodeOptions extends ClusterOptions, SourceOptions {}

/** The words after `godwit code`. */
interface CodeWords {
  readonly action: string | undefined
  readonly unit: string | undefined
  readonly node: string | undefined
}

/** Digits of a version that are shown. */
const VERSION_DIGITS = 12

/** Lists the code of a cluster, or sends code to a node. */
export async function code({ action, unit, node }: CodeWords, options: CodeOptions): Promise<void> {
  if (action === undefined) {
    await list(options)
    return
  }
  if (action !== 'push')
    throw new UsageError(`\`godwit code\` knows no \`${action}\``, 'say `godwit code`, or `godwit code push UNIT NODE`')
  if (unit === undefined || node === undefined)
    throw new UsageError(
      '`godwit code push` needs a unit or a file, and a node',
      'say `godwit code push UNIT NODE`, or `godwit code push FILE NODE`',
    )
  await push(unit, node, options)
}

async function list(options: CodeOptions): Promise<void> {
  const units = await withCluster(options, (client) => client.units())
  if (options.json === true) {
    printJson(units)
    return
  }
  if (units.length === 0) {
    print(out.dim('no node has any code'))
    return
  }
  const rows = units.map((unit) => [
    unit.name,
    unit.hash.slice(0, VERSION_DIGITS),
    procsOf(unit),
    size(unit.bytes),
    unit.nodes.join(', '),
    unit.needs.map(({ program, processes }) => `${program}: ${count(processes, 'process', 'processes')}`).join(', '),
  ])
  print(fittingTable(['UNIT', 'VERSION', 'PROCS', 'SIZE', 'NODES', 'NEEDED BY'], rows, ['SIZE']))
}

/** @returns the machines of a unit whose names are not its own, for people */
function procsOf({ name, procs }: ClusterUnit): string {
  const others = procs.filter((proc) => proc !== name).map((proc) => (proc.startsWith(`${name}.`) ? proc.slice(name.length) : proc))
  return (procs.includes(name) ? [name, ...others] : others).join(', ')
}

async function push(what: string, node: string, options: CodeOptions): Promise<void> {
  const isFile = statSync(what, { throwIfNoEntry: false })?.isFile() === true || what.endsWith('.csp')
  const compiled = isFile ? (await loadOrExit(what, compilerOptions(options), options.json)).program.units : undefined
  await withCluster(options, async (client: ClusterClient) => {
    const units: readonly CodeUnit[] = compiled ?? (await client.fetchUnit(what))
    await client.pushCode(units, node)
    const bytes = units.reduce((sum, unit) => sum + Buffer.byteLength(unit.code), 0)
    if (options.json === true) printJson({ node, units: units.map(({ hash, name }) => ({ hash, name })), bytes })
    else print(`${out.bold(node)} has ${count(units.length, 'unit')} of ${what} (${size(bytes)})`)
  })
}
