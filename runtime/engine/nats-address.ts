/**
 * Where a cluster on NATS is and how to get in:
 *
 *     nats://[USER:PASSWORD@ | TOKEN@]HOST[:PORT][,HOST[:PORT] ...][/PREFIX][?NAME=VALUE&...]
 *
 * `tls://` instead of `nats://` insists on TLS. PREFIX keeps clusters on one server apart. Names: `creds`, `nkey`, `ca`, `cert`, `key` (files), `context`
 * (a context file of the NATS command, or its name), `replicas`.
 */
import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { EngineError } from './engine-error.ts'

export interface NatsAddress {
  /** `host:port` each. */
  readonly servers: readonly string[]
  readonly prefix: string
  readonly tls: boolean
  readonly user?: string
  readonly password?: string
  readonly token?: string
  /** Files. */
  readonly creds?: string
  readonly nkey?: string
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
  /** How many servers keep what is stored; absent: three where the servers are a cluster, one else. */
  readonly replicas?: number
}

const PREFIX = 'godwit'
const PORT = 4222
const FORM = 'nats://HOST[:PORT][,HOST ...][/PREFIX]'
const FILES = ['creds', 'nkey', 'ca', 'cert', 'key'] as const

/** @throws EngineError `unusable` */
export function parseNatsAddress(text: string): NatsAddress {
  const [, scheme, login, hosts = '', prefix = PREFIX, query = ''] =
    /^(nats|tls):\/\/(?:([^@/?]*)@)?([^/?@]*)(?:\/([^/?]*)\/?)?(?:\?(.*))?$/.exec(text) ?? bad('it is not of the form')
  if (!/^[A-Za-z0-9_-]{1,32}$/.test(prefix)) bad('the prefix is not 1 to 32 letters, digits, hyphens and underlines')
  const given = new Map(new URLSearchParams(query))
  const context = given.get('context')
  given.delete('context')
  const base = context === undefined ? {} : readContext(context)
  const servers = hosts === '' && base.servers !== undefined ? base.servers : hosts.split(',').map(server)
  const parts: Mutable<Partial<NatsAddress>> = { ...base }
  for (const [name, value] of given) {
    const file = FILES.find((each) => each === name)
    if (file !== undefined) parts[file] = readable(name, value)
    else if (name === 'replicas') parts.replicas = /^[1-5]$/.test(value) ? Number(value) : bad('`replicas` is not a number from 1 to 5')
    else bad(`it has the parameter ${JSON.stringify(name)}, which is none of creds, nkey, ca, cert, key, context and replicas`)
  }
  if (login !== undefined) {
    const colon = login.indexOf(':')
    if (colon < 0) parts.token = decodeURIComponent(login)
    else {
      parts.user = decodeURIComponent(login.slice(0, colon))
      parts.password = decodeURIComponent(login.slice(colon + 1))
    }
  }
  if ((parts.cert === undefined) !== (parts.key === undefined)) bad('`cert` and `key` go together')
  return { ...parts, servers, prefix, tls: scheme === 'tls' || parts.ca !== undefined || parts.cert !== undefined }
}

/** @returns the address as messages may show it: without secrets */
export function spellNatsAddress({ servers, prefix, tls }: NatsAddress): string {
  return `${tls ? 'tls' : 'nats'}://${servers.join(',')}/${prefix}`
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

function bad(why: string): never {
  throw new EngineError('unusable', `the address of the NATS server cannot be understood: ${why}`, `write it as ${FORM}`)
}

function server(host: string): string {
  const [, name = '', port = String(PORT)] = /^(\[[0-9a-fA-F:]+\]|[^:[\]\s]+)(?::(\d{1,5}))?$/.exec(host) ?? []
  if (name === '' || Number(port) > 65535) bad(`${JSON.stringify(host)} is not a host with a port`)
  return `${name}:${port}`
}

function readable(name: string, file: string): string {
  if (!existsSync(file))
    throw new EngineError('unusable', `the file ${file} that \`${name}\` names is not there`, 'give the path of a file that you can read')
  return file
}

/** A context of the NATS command: a JSON file, by its path or its name. */
function readContext(name: string): Mutable<Partial<NatsAddress>> {
  const own = join(process.env['XDG_CONFIG_HOME'] ?? join(homedir(), '.config'), 'nats', 'context', `${name}.json`)
  const file = existsSync(name) ? name : own
  let content: unknown
  try {
    content = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new EngineError(
      'unusable',
      `the NATS context ${name} cannot be read (${reason})`,
      `name a file, or a context in ${join(own, '..')}`,
    )
  }
  const field = (key: string): string | undefined => {
    const value: unknown = typeof content === 'object' && content !== null ? Reflect.get(content, key) : undefined
    return typeof value === 'string' && value !== '' ? value : undefined
  }
  const found: Mutable<Partial<NatsAddress>> = {}
  const urls = field('url')
  if (urls !== undefined)
    found.servers = urls.split(',').map((url) =>
      server(
        url
          .trim()
          .replace(/^(nats|tls):\/\//, '')
          .replace(/\/$/, ''),
      ),
    )
  const texts = { user: field('user'), password: field('password'), token: field('token') }
  for (const key of ['user', 'password', 'token'] as const) if (texts[key] !== undefined) found[key] = texts[key]
  for (const key of FILES) {
    const value = field(key)
    if (value !== undefined) found[key] = readable(key, value.replace(/^~(?=\/)/, homedir()))
  }
  return found
}
