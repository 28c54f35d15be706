/** The numbers of nodes for those who watch over them: Prometheus and collectors of OpenTelemetry. */
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { startNode } from '../../runtime/node/commands/cluster.ts'
import { metricsOf } from '../../runtime/node/telemetry/metrics.ts'
import { encodeOtlp } from '../../runtime/node/telemetry/otlp.ts'
import type { OtlpRequest } from '../../runtime/node/telemetry/otlp.ts'
import { renderPrometheus } from '../../runtime/node/telemetry/prometheus.ts'
import type { NodeMeasures } from '../../runtime/node/wire/observations.ts'
import { deadlineTest } from '../harness/deadline.ts'

const MEASURES: NodeMeasures = {
  name: 'alpha',
  host: 'here',
  pid: 7,
  nodes: 3,
  ready: true,
  joined: true,
  leaving: false,
  cordoned: true,
  store: { answers: true, silentMs: 250 },
  cpuSeconds: 1.5,
  uptimeSeconds: 20,
  residentBytes: 1_000,
  heapBytes: 600,
  load: 2,
  arrivals: 4,
  departures: 5,
  programs: [
    {
      program: '2',
      name: 'a "quoted" \\ name.csp#2',
      states: { ready: 3, timer: 1 },
      sent: 10,
      received: 11,
      cuts: 2,
      cutPauseMicros: 1_500,
      lastCutPauseMicros: 500,
    },
  ],
  moves: [],
}

/** One sample of Prometheus's text format. */
interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

interface Exposition {
  readonly types: ReadonlyMap<string, string>
  readonly samples: readonly Sample[]
}

/** Reads the text format by its grammar. @throws Error for what is not of it */
function parse(text: string): Exposition {
  const types = new Map<string, string>()
  const helped = new Set<string>()
  const samples: Sample[] = []
  assert.ok(text.endsWith('\n'), 'the last line has an end')
  for (const line of text.slice(0, -1).split('\n')) {
    const [, help] = /^# HELP ([a-z_]+) \S.*$/.exec(line) ?? []
    const [, typed, type = ''] = /^# TYPE ([a-z_]+) (counter|gauge)$/.exec(line) ?? []
    const [, name, labels = '', value = ''] = /^([a-z_]+)\{((?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)*)\} (-?[\d.e+-]+)$/.exec(line) ?? []
    if (help !== undefined) helped.add(help)
    else if (typed !== undefined) {
      assert.ok(helped.has(typed) && !types.has(typed), `${typed} has one HELP, and one TYPE after it`)
      types.set(typed, type)
    } else {
      if (name === undefined) throw new Error(`no line of the format: ${line}`)
      assert.ok(types.has(name), `${name} has a TYPE before its samples`)
      const pairs = [...labels.matchAll(/([a-z_]+)="((?:[^"\\]|\\.)*)"/g)].map(([, label = '', written = '']): [string, string] => [
        label,
        written.replaceAll(/\\(.)/g, (_, letter: string) => (letter === 'n' ? '\n' : letter)),
      ])
      samples.push({ name, labels: Object.fromEntries(pairs), value: Number(value) })
    }
  }
  return { types, samples }
}

const valueOf = ({ samples }: Exposition, name: string, labels: Readonly<Record<string, string>> = {}): number | undefined =>
  samples.find((each) => each.name === name && Object.entries(labels).every(([label, value]) => each.labels[label] === value))?.value

test('Prometheus reads the numbers of a node with their types and units', () => {
  const read = parse(renderPrometheus(metricsOf(MEASURES)))
  assert.is(valueOf(read, 'godwit_node_ready', { node: 'alpha' }), 1)
  assert.is(valueOf(read, 'godwit_node_leaving'), 0)
  assert.is(valueOf(read, 'godwit_node_cordoned'), 1)
  assert.is(valueOf(read, 'godwit_store_silence_seconds'), 0.25)
  assert.is(valueOf(read, 'godwit_node_cpu_seconds_total'), 1.5)
  assert.is(read.types.get('godwit_node_cpu_seconds_total'), 'counter')
  assert.is(valueOf(read, 'godwit_node_resident_memory_bytes'), 1_000)
  assert.is(read.types.get('godwit_node_resident_memory_bytes'), 'gauge')
  const program = 'a "quoted" \\ name.csp#2'
  assert.is(valueOf(read, 'godwit_program_processes', { program, state: 'ready' }), 3)
  assert.is(valueOf(read, 'godwit_program_processes', { program, state: 'timer' }), 1)
  assert.is(valueOf(read, 'godwit_program_cut_pause_seconds_total', { program }), 0.0015)
  for (const [name, type] of read.types) assert.is(name.endsWith('_total'), type === 'counter', `${name} is called as a ${type} is`)
})

test('a node without programs has no metrics of programs', () => {
  const { types } = parse(renderPrometheus(metricsOf({ ...MEASURES, programs: [] })))
  assert.is([...types.keys()].filter((name) => name.startsWith('godwit_program_')).length, 0)
})

/** Looks at a request by the protocol's encoding in JSON. */
function metricsIn(request: OtlpRequest): ReadonlyMap<string, OtlpRequest['resourceMetrics'][0]['scopeMetrics'][0]['metrics'][number]> {
  const [{ scopeMetrics }] = request.resourceMetrics
  return new Map(scopeMetrics[0].metrics.map((metric) => [metric.name, metric]))
}

test('OTLP has the same numbers: counters as cumulative sums, 64-bit times as texts', () => {
  const request = encodeOtlp(metricsOf(MEASURES), 'alpha', { begun: 1_000, now: 2_500 })
  const metrics = metricsIn(request)
  const cpu = metrics.get('godwit.node.cpu')
  assert.equal(cpu, {
    name: 'godwit.node.cpu',
    unit: 's',
    description: 'Processor time that the node has used',
    sum: {
      dataPoints: [{ attributes: [], timeUnixNano: '2500000000', asDouble: 1.5, startTimeUnixNano: '1000000000' }],
      aggregationTemporality: 2,
      isMonotonic: true,
    },
  })
  const processes = metrics.get('godwit.program.processes')
  assert.ok(processes !== undefined && 'gauge' in processes)
  assert.equal(
    processes.gauge.dataPoints.map(({ asDouble }) => asDouble),
    [3, 1],
  )
  const [{ resource }] = request.resourceMetrics
  const attribute = (key: string): unknown => resource.attributes.find((each) => each.key === key)?.value
  assert.equal(attribute('service.name'), { stringValue: 'godwit' })
  assert.equal(attribute('service.instance.id'), { stringValue: 'alpha' })
  assert.equal(JSON.parse(JSON.stringify(request)), request, 'it is JSON')
})

/** A collector on the loopback. @param status what it answers */
async function collector(
  status: () => number,
): Promise<{ readonly url: string; readonly got: { path: string; body: OtlpRequest }[]; close(): void }> {
  const got: { path: string; body: OtlpRequest }[] = []
  const server = createServer((request, response) => {
    let text = ''
    request.setEncoding('utf8')
    request.on('data', (chunk: string) => (text += chunk))
    request.on('end', () => {
      assert.is(request.headers['content-type'], 'application/json')
      if (status() === 200) got.push({ path: request.url ?? '', body: JSON.parse(text) as OtlpRequest }) // it is looked at below
      response.writeHead(status(), { 'content-type': 'application/json' }).end('{}')
    })
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo // it listens on a port
  return {
    url: `http://127.0.0.1:${port}`,
    got,
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

async function freePort(): Promise<string> {
  const other = await collector(() => 200)
  other.close()
  return new URL(other.url).host
}

deadlineTest('a node serves /metrics at its health port, and sends them to a collector for as long as it lives', 60_000, async () => {
  const directory = mkdtempSync(join(tmpdir(), 'godwit-test-'))
  let status = 200
  const there = await collector(() => status)
  const [said, warned]: [string[], string[]] = [[], []]
  try {
    const health = await freePort()
    const node = await startNode({
      engine: `embedded:${directory}`,
      name: 'n1',
      health,
      otlp: { url: there.url, everyMs: 20 },
      notice: (text) => said.push(text),
      warning: (text) => warned.push(text),
    })
    const response = await fetch(`http://${health}/metrics`)
    assert.is(response.status, 200)
    assert.is(response.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8')
    const read = parse(await response.text())
    assert.is(valueOf(read, 'godwit_cluster_nodes', { node: 'n1' }), 1)
    assert.ok((valueOf(read, 'godwit_node_resident_memory_bytes') ?? 0) > 1_000_000)
    assert.is((await fetch(`http://${health}/metrics`, { method: 'POST' })).status, 405)

    while (there.got.length < 2) await delay(10)
    const [first] = there.got
    assert.is(first?.path, '/v1/metrics')
    assert.ok(first !== undefined && metricsIn(first.body).has('godwit.node.cpu'))
    status = 500
    while (warned.length === 0) await delay(10)
    await delay(100)
    status = 200
    while (said.length === 0) await delay(10)
    assert.equal([warned.length, said.length], [1, 1], 'each is said once')
    assert.match(warned[0] ?? '', /does not take metrics: it answers 500/)
    assert.match(said[0] ?? '', /takes metrics again/)

    await node.stop()
    let before = -1 // one may be under way; who went on would never be quiet
    while (there.got.length !== before) {
      before = there.got.length
      await delay(400)
    }
  } finally {
    there.close()
    rmSync(directory, { recursive: true, force: true })
  }
})

test.run()
