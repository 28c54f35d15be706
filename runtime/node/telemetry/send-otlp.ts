/**
 * Sends metrics and spans to a collector again and again, over HTTP in JSON. Metrics of a request that fails are not sent again, since the next has the same
 * counters, which only grow; spans are, until there are too many.
 */
import { encodeOtlp, encodeSpans } from './otlp.ts'
import type { Metric } from './metrics.ts'
import type { Spans } from './spans.ts'

export interface OtlpOptions {
  /** Of the collector, `http://127.0.0.1:4318`. Where it has no path, `/v1/metrics` and `/v1/traces` are meant. */
  readonly url: string
  /** Milliseconds between two requests for metrics; absent: METRICS_EVERY_MS. */
  readonly everyMs?: number
  /** Which part of the traces that begin here is sent, 0 to 1; absent: none. */
  readonly traces?: number
}

/** Milliseconds between two requests, and those that one may take. */
const METRICS_EVERY_MS = 10_000
const SPANS_EVERY_MS = 1_000
const REQUEST_MS = 5_000
/** A node that leaves waits so long for the collector to take its last spans. */
const LAST_MS = 1_000

export interface OtlpSource {
  /** The node's name. */
  readonly name: string
  metrics(): Promise<readonly Metric[]>
  /** Absent: no traces are sent. */
  readonly spans?: Spans | undefined
  /** Is told when the collector does not take something, and when it takes it again: once each time. */
  trouble(text: string): void
  recovered(text: string): void
}

const METRICS_PATH = '/v1/metrics'
const SPANS_PATH = '/v1/traces'

/** @returns where spans go when metrics go there; undefined when the path says metrics in words of its own */
export function addressOfSpans(url: string): string | undefined {
  const target = new URL(url)
  if (target.pathname === '/') target.pathname = SPANS_PATH
  else if (target.pathname.endsWith(METRICS_PATH)) target.pathname = `${target.pathname.slice(0, -METRICS_PATH.length)}${SPANS_PATH}`
  else return undefined
  return target.href
}

/** One kind of telemetry on its way. */
interface Stream {
  readonly what: 'metrics' | 'traces'
  readonly target: URL
  /** @returns what is to be sent now, if anything */
  take(): Promise<object | undefined>
  /** What `take` gave last did not arrive. */
  lost(): void
}

class Sender {
  private failing = false
  private underWay: Promise<void> | undefined

  constructor(
    private readonly stream: Stream,
    private readonly source: Pick<OtlpSource, 'trouble' | 'recovered'>,
  ) {}

  /** Sends what there is, unless a request is under way. @returns when that is over */
  turn(): Promise<void> {
    return (this.underWay ??= this.send().finally(() => {
      this.underWay = undefined
    }))
  }

  private async send(): Promise<void> {
    const { what, target } = this.stream
    try {
      const request = await this.stream.take()
      if (request === undefined) return
      await post(target, request)
      if (this.failing) this.source.recovered(`the collector at ${target.origin} takes ${what} again`)
      this.failing = false
    } catch (error) {
      this.stream.lost()
      if (!this.failing)
        this.source.trouble(`the collector at ${target.origin} does not take ${what}: ${reasonOf(error)}; it is tried again`)
      this.failing = true
    }
  }
}

async function post(target: URL, request: object): Promise<void> {
  const response = await fetch(target, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(request),
    signal: AbortSignal.timeout(REQUEST_MS),
  })
  await response.body?.cancel()
  if (!response.ok) throw new Error(`it answers ${response.status}`)
}

/** Sends until the node leaves. @returns how to stop: what is over then is sent, or given up after a second */
export function sendOtlp({ url, everyMs = METRICS_EVERY_MS }: OtlpOptions, source: OtlpSource): () => Promise<void> {
  const target = new URL(url)
  if (target.pathname === '/') target.pathname = METRICS_PATH
  const begun = Date.now()
  const metrics = new Sender(
    {
      what: 'metrics',
      target,
      take: async () => encodeOtlp(await source.metrics(), source.name, { begun, now: Date.now() }),
      lost: () => undefined,
    },
    source,
  )
  const timers = [repeat(metrics, everyMs)]
  const spans = sendSpans(url, source)
  if (spans !== undefined) timers.push(repeat(spans, Math.min(everyMs, SPANS_EVERY_MS)))
  return async () => {
    for (const timer of timers) clearInterval(timer)
    if (spans === undefined) return
    const last = spans.turn().then(() => spans.turn()) // one may be under way, which has not the last of them
    await Promise.race([last, new Promise((resolve) => setTimeout(resolve, LAST_MS).unref())])
  }
}

function repeat(sender: Sender, everyMs: number): NodeJS.Timeout {
  void sender.turn()
  return setInterval(() => void sender.turn(), everyMs).unref()
}

function sendSpans(url: string, source: OtlpSource): Sender | undefined {
  const { spans, name } = source
  const address = addressOfSpans(url)
  if (spans === undefined || address === undefined) return undefined
  let sent: ReturnType<typeof spans.take> = []
  const stream: Stream = {
    what: 'traces',
    target: new URL(address),
    take: () => {
      sent = spans.take()
      return Promise.resolve(sent.length === 0 ? undefined : encodeSpans(sent, name))
    },
    lost: () => {
      spans.putBack(sent)
      sent = []
    },
  }
  return new Sender(stream, source)
}

/** What `fetch` says is in the cause of its error. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.name === 'TimeoutError') return `it has not answered within ${REQUEST_MS / 1000} s`
  return error.cause instanceof Error ? error.cause.message || error.message : error.message
}
