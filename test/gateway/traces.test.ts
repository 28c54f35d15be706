/** What a collector sees of a cluster that sends traces: requests from outside, a migration over two nodes, cuts, an upgrade and a recovery. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { OtlpSpan, OtlpTraces } from '../../runtime/node/telemetry/otlp.ts'
import { godwit, program, temporaryDirectory } from '../cli/godwit.ts'
import { deadlineTest } from '../harness/deadline.ts'
import { listening } from './clients.ts'
import type { Listening } from './clients.ts'

const DEADLINE = 240_000
const TRACE = '0af7651916cd43dd8448eb211c80319c'
const CALLER = 'b7ad6b7169203331'

/** Gives back the header `traceparent` of each request; /wrong is an error. */
const text = (greeting: string): string => `#USE "http"

PROC answer (VAL INT connection)
  [2000]BYTE buffer:
  INT head, length, from, size:
  BOOL yes, ok:
  SEQ
    http.read.head (connection, buffer, head, length)
    http.matches ([buffer FOR head], "GET", "/wrong", yes)
    http.header ([buffer FOR head], "traceparent", from, size)
    IF
      yes
        http.respond (connection, 500, "text/plain", "${greeting}", ok)
      TRUE
        http.respond (connection, 200, "text/plain", [buffer FROM from FOR size], ok)
:

PROC server (VAL INT listener)
  WHILE TRUE
    INT connection:
    SEQ
      net.accept (listener, connection)
      answer (connection)
:

PROC main ()
  INT listener:
  SEQ
    net.open ("site", listener)
    PAR i = 0 FOR 2
      server (listener)
:
`

interface Seen extends OtlpSpan {
  readonly node: string
}

interface Collector {
  readonly url: string
  readonly spans: Seen[]
  close(): void
}

/** A collector on the loopback that reads OTLP in JSON. */
async function collector(): Promise<Collector> {
  const spans: Seen[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8')
    request.on('data', (chunk: string) => (body += chunk))
    request.on('end', () => {
      if (request.url === '/v1/traces')
        for (const { resource, scopeSpans } of (JSON.parse(body) as OtlpTraces).resourceSpans) {
          const instance = resource.attributes.find(({ key }) => key === 'service.instance.id')?.value ?? {}
          const node = String(Object.values(instance)[0])
          spans.push(...scopeSpans.flatMap((scope) => scope.spans).map((span) => ({ ...span, node })))
        }
      response.writeHead(200).end('{}')
    })
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo // it listens on a port
  return {
    url: `http://127.0.0.1:${port}`,
    spans,
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

function valueOf(span: Seen, key: string): unknown {
  const value = span.attributes.find((attribute) => attribute.key === key)?.value ?? {}
  return Object.values(value)[0]
}

function isWell({ status }: Seen): boolean {
  return status.code === undefined
}

async function until<T>(look: () => T | undefined): Promise<T> {
  for (;;) {
    const found = look()
    if (found !== undefined) return found
    await delay(50)
  }
}

deadlineTest('requests, migrations, cuts, upgrades and recoveries are traces of a collector', DEADLINE, async () => {
  const there = await collector()
  const cluster = join(temporaryDirectory(), 'cluster')
  const telemetry = ['--otlp', there.url, '--traces', '1']
  const nodes = new Map<string, Listening['child']>()
  const finished: Promise<unknown>[] = []
  const ok = async (...args: readonly string[]): Promise<string> => {
    const { status, stdout, stderr } = await godwit([...args, '--cluster', cluster])
    assert.is(status, 0, args.join(' ') + stdout + stderr)
    return stdout
  }
  const partsOf = ({ spanId }: Seen): readonly Seen[] => there.spans.filter(({ parentSpanId }) => parentSpanId === spanId)
  /** A span of that name that has ended, and its phases. */
  const span = async (name: string, is: (each: Seen) => boolean = () => true): Promise<readonly [Seen, readonly string[]]> => {
    const found = await until(() => there.spans.find((each) => each.name === name && is(each)))
    const parts = partsOf(found)
    assert.ok(
      parts.every(({ traceId }) => traceId === found.traceId),
      `the parts of ${name} are of its trace`,
    )
    return [found, parts.map((part) => part.name)]
  }
  let running = ''
  try {
    for (const name of ['n1', 'n2', 'n3']) {
      const words = ['node', '--engine', `embedded:${cluster}`, '--name', name, ...telemetry]
      const node = await listening([...words, '--listen', 'http://127.0.0.1:0=site'])
      nodes.set(name, node.child)
      finished.push(node.finished)
      if (name !== 'n1') continue
      const { file } = program(text('version one'))
      running = await ok('run', '--durable', '--detach', '--json', file)
      const ask = async (path: string, headers: Record<string, string> = {}): Promise<string> =>
        (await fetch(`http://127.0.0.1:${node.ports[0] ?? 0}${path}`, { headers })).text()

      // a request that belongs to a trace of its sender: the program sees the gateway's span as the parent of whatever it does
      const passed = await ask('/orders?secret=1', { traceparent: `00-${TRACE}-${CALLER}-01` })
      const [request, phases] = await span('GET')
      assert.is(passed, `00-${TRACE}-${request.spanId}-01`)
      assert.equal([request.traceId, request.parentSpanId, request.kind], [TRACE, CALLER, 2])
      assert.equal(phases, ['program', 'response'])
      assert.equal(valueOf(request, 'url.path'), '/orders', 'and no query, which may have secrets')
      assert.equal(valueOf(request, 'http.response.status_code'), '200')
      // one whose sender does not look at it is not looked at here, and keeps its header
      const quiet = `00-${TRACE}-${CALLER}-00`
      assert.is(await ask('/quiet', { traceparent: quiet }), quiet)
      await ask('/wrong')
      const [wrong] = await span('GET', (each) => valueOf(each, 'url.path') === '/wrong')
      assert.equal([wrong.parentSpanId, wrong.status], [undefined, { code: 2, message: '500' }])
      assert.not(there.spans.some((each) => valueOf(each, 'url.path') === '/quiet'))
    }
    const { program: name } = JSON.parse(running) as { readonly program: string } // as command.md says
    await ok('migrate', name, 'n2', '--home')
    await ok('migrate', 'main/server[1]', 'n3')
    const [migration, sent] = await span('migration', (each) => valueOf(each, 'godwit.process') === 'main/server[1]')
    assert.equal([valueOf(migration, 'godwit.to'), migration.status], ['n3', {}])
    for (const phase of ['capture', 'offer']) assert.ok(sent.includes(phase), `${phase} of ${sent.join()}`)
    const [arrival, received] = await span('arrival', ({ parentSpanId }) => parentSpanId === migration.spanId)
    assert.is(arrival.node, 'n3')
    assert.equal(received, ['code', 'restore', 'commit', 'resume'])
    // a cut may be called off, and one that an upgrade asks for is not committed by itself
    const [, cutting] = await span('cut', (each) => isWell(each) && partsOf(each).at(-1)?.name === 'committing')
    assert.ok(cutting.includes('stopping'), cutting.join())

    const { file: next } = program(text('version two'))
    await ok('upgrade', name, next)
    const [upgrade, replaced] = await span('upgrade')
    for (const phase of ['cut', 'read', 'decide', 'enter']) assert.ok(replaced.includes(phase), `${phase} of ${replaced.join()}`)
    await span('recovery', ({ parentSpanId }) => parentSpanId === upgrade.spanId)

    nodes.get('n2')?.kill('SIGKILL') // the home
    // both of the others begin to take the program over; the one that is later by a compare-and-set leaves it to the first
    const [, revived] = await span('recovery', (each) => each.parentSpanId === undefined && each.node !== 'n2' && isWell(each))
    assert.equal(revived, ['raise', 'claims', 'revive'])
    const overtaken = there.spans.filter((each) => each.name === 'recovery' && each.parentSpanId === undefined && !isWell(each))
    for (const each of overtaken) assert.equal(each.status, { code: 2, message: 'the program goes on otherwise' })
    for (const each of there.spans) assert.ok(BigInt(each.startTimeUnixNano) <= BigInt(each.endTimeUnixNano), each.name)
  } finally {
    for (const child of nodes.values()) child.kill('SIGKILL')
    await Promise.all(finished)
    there.close()
  }
})

test.run()
