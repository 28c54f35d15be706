/** `godwit graph` */
import { basename } from 'node:path'
import type { Network } from '../../compiler/index.ts'
import { withCluster } from '../cluster.ts'
import { DiskHost } from '../disk-host.ts'
import { Exit, STATUS, UsageError } from '../errors.ts'
import { compilerOptions, requireFile, type SourceOptions } from '../load-program.ts'
import { requireNoText, writeOutput } from '../output-file.ts'
import { networkDot } from '../pictures/dot.ts'
import { foldNetwork, type Folding } from '../pictures/fold.ts'
import { livingNetwork } from '../pictures/living-network.ts'
import { networkPicture } from '../pictures/network-picture.ts'
import { complain, printJson } from '../terminal.ts'

export interface GraphOptions extends SourceOptions {
  /** Where the program runs that is drawn as it is. */
  readonly cluster?: string

  readonly svg?: boolean
  readonly dot?: boolean
  readonly json?: boolean
  /** The file that it is drawn in. */
  readonly output?: string
  /** Processes that differ in a subscript only become one if there are more. */
  readonly fold?: number
  /** Processes that are drawn at most. */
  readonly most?: number
}

const FOLDING: Folding = { alike: 8, most: 300 }

/**
 * Draws the processes of a program and the channels between them.
 * @param subject a text; with `cluster` the name of a program, which may be absent when only one runs
 * @throws Exit with status 2 when the program was rejected; UsageError when it has no such PROC
 */
export async function graph(subject: string | undefined, options: GraphOptions): Promise<void> {
  const forms = [options.svg, options.dot, options.json].filter((form) => form === true).length
  if (forms > 1) throw new UsageError('a graph is drawn in one form', 'give one of `--svg`, `--dot` and `--json`')
  if (options.cluster !== undefined) {
    const { name, network } = await fromCluster(options.cluster, subject)
    draw(name, network, options)
  } else if (subject === undefined) throw new UsageError('nothing says what is drawn', 'give the path of a .csp file, or `--cluster DIR`')
  else draw(basename(subject), await fromText(subject, options), options)
}

/** @param wanted as `Programs.find` takes it */
async function fromCluster(cluster: string, wanted: string | undefined): Promise<{ readonly name: string; readonly network: Network }> {
  return withCluster({ cluster }, async (client) => {
    const running = (await client.programs.all()).filter(({ state }) => state === 'running')
    const [only] = running
    if (wanted === undefined && (only === undefined || running.length > 1)) {
      const names = running.map(({ name }) => `\`${name}\``).join(', ')
      throw new UsageError(
        names === '' ? 'no program is running' : 'several programs run',
        names === '' ? 'start one: godwit run' : `name one of ${names}`,
      )
    }
    const { program, name } = wanted === undefined && only !== undefined ? only : await client.programs.find(wanted ?? '')
    const [survey, wiring] = await Promise.all([client.survey(), client.wiring(program)])
    const groups = new Map([...survey].map(([node, list]) => [node, list.filter((group) => group.program === program)]))
    return { name, network: livingNetwork(groups, wiring) }
  })
}

async function fromText(file: string, options: GraphOptions): Promise<Network> {
  requireFile(file)
  if (options.output !== undefined) requireNoText('--output', options.output, [file])
  const [{ network }, { renderForTerminal }] = await Promise.all([import('../../compiler/index.ts'), import('../diagnostics.ts')])
  const found = await network(file, new DiskHost(), compilerOptions(options))
  if (found.diagnostics.length > 0) complain(renderForTerminal(found.diagnostics))
  if (found.network !== undefined) return found.network
  if (found.diagnostics.some(({ severity }) => severity === 'error')) throw new Exit(STATUS.rejected)
  const procs = found.procs.length === 0 ? 'the file declares no PROC' : `it has ${found.procs.map((name) => `\`${name}\``).join(', ')}`
  throw new UsageError(
    options.main === undefined ? `\`${file}\` has no process to draw` : `\`${file}\` has no PROC \`${options.main}\``,
    procs,
  )
}

function draw(title: string, network: Network, options: GraphOptions): void {
  const folded = foldNetwork(network, { alike: options.fold ?? FOLDING.alike, most: options.most ?? FOLDING.most })
  if (options.json === true && options.output === undefined) {
    printJson(folded)
    return
  }
  const text =
    options.json === true ? `${JSON.stringify(folded)}\n` : options.dot === true ? networkDot(title, folded) : networkPicture(title, folded)
  if (options.output === undefined) process.stdout.write(text)
  else writeOutput(options.output, text)
}
