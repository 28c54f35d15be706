/** The health port of a node: two paths over HTTP that say how it is. Nothing can be changed through it. */
import { createServer } from 'node:http'
import { listenAt } from '../../gateway/listener.ts'
import { NodeError } from '../node-error.ts'
import type { Readiness } from '../wire/statuses.ts'

export interface HealthPort {
  /** The node's name. */
  readonly name: string
  readiness(): Readiness
  /** How many nodes there are, as far as this one knows. */
  nodes(): number
}

/** Requests that are answered at a time, and milliseconds that one may take: whoever asks cannot keep the node from its work. */
const CONNECTIONS = 32
const REQUEST_MS = 2_000

/**
 * Serves `/ready` and `/live`.
 * @param address `HOST:PORT`
 * @returns how to stop
 * @throws NodeError R0434 (as a rejection)
 */
export async function serveHealth(address: string, port: HealthPort): Promise<() => void> {
  const server = createServer((request, response) => {
    const readiness = port.readiness()
    const ok = { '/ready': readiness.ready, '/live': readiness.joined }[request.url ?? '']
    const body = `${JSON.stringify({ node: port.name, ...readiness, nodes: port.nodes() })}\n`
    const status = request.method !== 'GET' && request.method !== 'HEAD' ? 405 : ok === undefined ? 404 : ok ? 200 : 503
    response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store', connection: 'close' })
    response.end(status === 404 || status === 405 ? '{"help":"GET /ready or /live"}\n' : body)
  })
  server.maxConnections = CONNECTIONS
  server.requestTimeout = server.headersTimeout = REQUEST_MS
  const at = address.lastIndexOf(':')
  const host = address.slice(0, at).replace(/^\[|\]$/g, '')
  await listenAt(server, { host, port: Number(address.slice(at + 1)) }).catch((error: unknown) => {
    throw new NodeError(
      'R0434',
      `${address} cannot be listened at (${error instanceof Error ? error.message : String(error)})`,
      'choose another port: --health HOST:PORT',
    )
  })
  server.unref()
  return () => {
    server.close()
    server.closeAllConnections()
  }
}
