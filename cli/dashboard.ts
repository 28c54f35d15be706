/** Serves the page of a cluster for `ui`, `run --ui` and `node --ui`, and says where it is. */
import { randomBytes } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { hostname } from 'node:os'
import { resolve } from 'node:path'
import type { NewVersion } from '../runtime/dashboard/desk.ts'
import type { Dashboard } from '../runtime/dashboard/server.ts'
import type { PageSource } from '../runtime/dashboard/source.ts'
import type { SteppedRun } from '../runtime/dashboard/steps.ts'
import type { SourceExcerpt } from '../runtime/dashboard/talk.ts'
import { spellCluster } from '../runtime/node/cluster-address.ts'
import type { ClusterClient } from '../runtime/node/commands/client.ts'
import { readText } from './disk-host.ts'
import { UsageError } from './errors.ts'
import { complain, err, warn } from './terminal.ts'

export interface DashboardSettings {
  /** Where the nodes meet. */
  readonly cluster: string
  /** Where it listens; port 0: any that is free. */
  readonly host: string
  readonly port: number
  /** A file with the token; absent: one is made. */
  readonly tokenFile?: string
  /** Nobody may change anything. */
  readonly readOnly?: boolean
}

/**
 * Serves the page of `run --ui`, for whoever is at this machine, at any port that is free.
 * @returns undefined, with a warning, when it cannot be shown: the program goes on without it
 */
export async function openDashboardOfRun(cluster: string): Promise<Dashboard | undefined> {
  try {
    return await openDashboard({ cluster, host: '127.0.0.1', port: 0 })
  } catch (error) {
    warn(`the page cannot be shown: ${error instanceof Error ? error.message : String(error)}`) // the program may be over already
    return undefined
  }
}

/** @returns `HOST:PORT`, as `hostAndPort` has accepted it, in two parts */
export function splitAddress(address: string): { readonly host: string; readonly port: number } {
  const at = address.lastIndexOf(':')
  return { host: address.slice(0, at).replace(/^\[|\]$/g, ''), port: Number(address.slice(at + 1)) }
}

/** The page of a cluster. */
export interface ClusterDashboard extends Dashboard, Pick<ClusterClient, 'failure'> {}

/**
 * Serves the page and prints its address: one to look, and one with the token that allows to change something.
 * @throws NodeError R0401, R0435; UsageError when there is no token in the file
 */
export async function openDashboard(settings: DashboardSettings): Promise<ClusterDashboard> {
  const { cluster, host, port, readOnly = false } = settings
  const token = readOnly
    ? undefined
    : settings.tokenFile === undefined
      ? randomBytes(18).toString('base64url')
      : tokenIn(settings.tokenFile)
  const [{ sourceOfCluster }, { connectCluster }] = await Promise.all([
    import('../runtime/dashboard/source.ts'),
    import('../runtime/node/commands/client.ts'),
  ])
  const client = await connectCluster(cluster)
  const close = (): Promise<void> => client.close()
  const served = await serve(sourceOfCluster(client, { excerpt, newVersion }), { title: spellCluster(cluster), host, port, token, close })
  if (token !== undefined) {
    if (settings.tokenFile === undefined)
      complain(`${served.address}#token=${token}  ${err.dim('to change something too: tell it to nobody else')}`)
    else complain(`${served.address}#token=...  ${err.dim(`with the token of ${settings.tokenFile} to change something too`)}`)
  }
  warnOfOthers(host, served.port, 'what the programs of the cluster do and hold')
  return { ...served, failure: client.failure }
}

/**
 * Serves the page of a run that is over, and prints its address.
 * @param title what people call it
 * @throws NodeError R0435
 */
export async function openRunPage(
  run: SteppedRun,
  title: string,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<Dashboard> {
  const { sourceOfRun } = await import('../runtime/dashboard/steps.ts')
  const served = await serve(sourceOfRun(run, excerpt), { title, host, port, token: undefined, close: () => Promise.resolve() })
  warnOfOthers(host, served.port, 'what the program did and held')
  return served
}

interface Serving {
  readonly title: string
  readonly host: string
  readonly port: number
  readonly token: string | undefined
  /** What is closed with the page. */
  readonly close: () => Promise<void>
}

async function serve(source: PageSource, { title, host, port, token, close }: Serving): Promise<Dashboard & { readonly address: string }> {
  const { serveDashboard } = await import('../runtime/dashboard/server.ts')
  const dashboard = await serveDashboard(source, {
    title,
    host,
    port,
    names: [hostname().toLowerCase(), host.toLowerCase()],
    ...(token === undefined ? {} : { token }),
  }).catch(async (error: unknown) => {
    await close()
    throw error
  })
  const address = `http://${shownAs(host)}:${dashboard.port}/`
  complain(`${err.bold(address)}  ${err.dim('to look')}`)
  return {
    address,
    port: dashboard.port,
    close: async () => {
      await dashboard.close()
      await close()
    },
  }
}

const shownAs = (host: string): string => (host === '0.0.0.0' || host === '::' ? hostname() : host.includes(':') ? `[${host}]` : host)

function warnOfOthers(host: string, port: number, what: string): void {
  if (!isLoopback(host)) warn(`whoever can reach ${shownAs(host)}:${port} sees ${what}`)
}

const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || host.startsWith('127.')

/** @throws UsageError when the file cannot be read, or has too little in it */
function tokenIn(file: string): string {
  let token
  try {
    token = readFileSync(file, 'utf8').trim()
  } catch (error) {
    throw new UsageError(
      `\`${file}\` cannot be read (${error instanceof Error ? error.message : String(error)})`,
      'write a token into it: head -c 24 /dev/urandom | base64 > FILE',
    )
  }
  if (token.length >= LEAST_TOKEN) return token
  throw new UsageError(`the token in \`${file}\` is too short`, `it has ${LEAST_TOKEN} characters at least, which nobody can guess`)
}

const LEAST_TOKEN = 16
/** Lines before and after the one at which a process is. */
const AROUND = 5
const LARGEST_SOURCE = 4 << 20

/** Only texts of the language are shown: which file a process is in is said by its code, which may come from elsewhere. */
function excerpt(file: string, line: number): SourceExcerpt | undefined {
  if (!/\.(csp|occ|inc|module)$/.test(file) || line < 1) return undefined
  const text = textOf(resolve(file))
  if (text === undefined) return undefined
  const lines = text.split(/\r?\n/)
  const first = Math.max(1, line - AROUND)
  return line > lines.length ? undefined : { file, first, lines: lines.slice(first - 1, line + AROUND) }
}

/** The compiler is loaded when somebody upgrades a program from the page. */
async function newVersion(file: string, map: string): Promise<NewVersion> {
  const { compileVersion } = await import('./page-upgrade.ts')
  return compileVersion(file, map)
}

/** @returns undefined where there is no file, where it is too large, and where it cannot be read: the page goes on without it */
function textOf(path: string): string | undefined {
  try {
    return statSync(path).size > LARGEST_SOURCE ? undefined : readText(path)
  } catch {
    return undefined
  }
}
