/** The health port of a node: paths over HTTP that say how it is, and its numbers. Nothing can be changed through it. */
import { createServer } from 'node:http'
import type { ServerResponse } from 'node:http'
import { helpToListen, listenAt } from '../../gateway/listener.ts'
import { NodeError } from '../node-error.ts'
import { PROMETHEUS_TYPE, renderPrometheus } from '../telemetry/prometheus.ts'
import type { Metric } from '../telemetry/metrics.ts'
import type { Readiness } from '../wire/statuses.ts'

export interface HealthPort {
  /** The node's name. */
  readonly name: string
  readiness(): Readiness
  /** How many nodes there are, as far as this one knows. */
  nodes(): number
  metrics(): Promise<readonly Metric[]>
}

/** Requests that are answered at a time, and milliseconds that one may take: whoever asks cannot keep the node from its work. */
const CONNECTIONS = 32
const REQUEST_MS = 2_000

const HEADERS = { 'cache-control': 'no-store', connection: 'close' }

async function sendMetrics(port: HealthPort, response: ServerResponse): Promise<void> {
  try {
    const text = renderPrometheus(await port.metrics())
    response.writeHead(200, { ...HEADERS, 'content-type': PROMETHEUS_TYPE }).end(text)
  } catch (error) {
    response.writeHead(503, HEADERS).end(`${error instanceof Error ? error.message : String(error)}\n`)
  }
}

/**
 * Serves `/ready`, `/live` and `/metrics`.
 * @param address `HOST:PORT`
 * @returns how to stop
 * @throws NodeError R0434 (as a rejection)
 */
export async function serveHealth(address: string, port: HealthPort): Promise<() => void> {
  const server = createServer((request, response) => {
    const isRead = request.method === 'GET' || request.method === 'HEAD'
    const [path] = (request.url ?? '').split('?')
    if (isRead && path === '/metrics') {
      void sendMetrics(port, response)
      return
    }
    const readiness = port.readiness()
    const ok = { '/ready': readiness.ready, '/live': readiness.joined }[path ?? '']
    const body = `${JSON.stringify({ node: port.name, ...readiness, nodes: port.nodes() })}\n`
    const status = !isRead ? 405 : ok === undefined ? 404 : ok ? 200 : 503
    response.writeHead(status, { ...HEADERS, 'content-type': 'application/json' })
    response.end(status === 404 || status === 405 ? '{"help":"GET /ready, /live or /metrics"}\n' : body)
  })
  server.maxConnections = CONNECTIONS
  server.requestTimeout = server.headersTimeout = REQUEST_MS
  const at = address.lastIndexOf(':')
  const host = address.slice(0, at).replace(/^\[|\]$/g, '')
  const place = { host, port: Number(address.slice(at + 1)) }
  await listenAt(server, place).catch((error: unknown) => {
    throw new NodeError(
      'R0434',
      `${address} cannot be listened at (${error instanceof Error ? error.message : String(error)})`,
      `${helpToListen(place, error)}: --health HOST:PORT`,
    )
  })
  server.unref()
  return () => {
    server.close()
    server.closeAllConnections()
  }
}
