/**
 * Metrics over OTLP/HTTP in JSON, sent to a collector again and again. A request that fails is not repeated, since the next has the same counters, which
 * only grow.
 */
import { hostname } from 'node:os'
import type { Metric, Point } from './metrics.ts'

/** The encoding of a metric service request, as far as it is used here. 64-bit numbers are texts in it. */
export interface OtlpRequest {
  readonly resourceMetrics: readonly [
    {
      readonly resource: { readonly attributes: readonly OtlpAttribute[] }
      readonly scopeMetrics: readonly [{ readonly scope: { readonly name: string }; readonly metrics: readonly OtlpMetric[] }]
    },
  ]
}

export interface OtlpAttribute {
  readonly key: string
  readonly value: { readonly stringValue: string }
}

export interface OtlpPoint {
  readonly attributes: readonly OtlpAttribute[]
  /** Only of counters: when they began. */
  readonly startTimeUnixNano?: string
  readonly timeUnixNano: string
  readonly asDouble: number
}

export type OtlpMetric = { readonly name: string; readonly unit: string; readonly description: string } & (
  | { readonly gauge: { readonly dataPoints: readonly OtlpPoint[] } }
  | {
      readonly sum: {
        readonly dataPoints: readonly OtlpPoint[]
        readonly aggregationTemporality: typeof CUMULATIVE
        readonly isMonotonic: true
      }
    }
)

/** AGGREGATION_TEMPORALITY_CUMULATIVE */
const CUMULATIVE = 2

/** When a node began, and now: milliseconds since the epoch. */
export interface Times {
  readonly begun: number
  readonly now: number
}

/** @param node its name. The points need not say it again. */
export function encodeOtlp(metrics: readonly Metric[], node: string, { begun, now }: Times): OtlpRequest {
  const pointOf = ({ labels: { node: _, ...labels }, value }: Point): OtlpPoint => ({
    attributes: attributesOf(labels),
    timeUnixNano: nanos(now),
    asDouble: value,
  })
  return {
    resourceMetrics: [
      {
        resource: { attributes: attributesOf({ 'service.name': 'godwit', 'service.instance.id': node, 'host.name': hostname() }) },
        scopeMetrics: [
          {
            scope: { name: 'godwit' },
            metrics: metrics.map(({ name, kind, unit, help, points }): OtlpMetric => {
              const about = { name: `godwit.${name}`, unit, description: help }
              if (kind === 'gauge') return { ...about, gauge: { dataPoints: points.map(pointOf) } }
              const dataPoints = points.map((point) => ({ ...pointOf(point), startTimeUnixNano: nanos(begun) }))
              return { ...about, sum: { dataPoints, aggregationTemporality: CUMULATIVE, isMonotonic: true } }
            }),
          },
        ],
      },
    ],
  }
}

function attributesOf(labels: Readonly<Record<string, string>>): OtlpAttribute[] {
  return Object.entries(labels).map(([key, stringValue]) => ({ key, value: { stringValue } }))
}

function nanos(milliseconds: number): string {
  return `${Math.round(milliseconds)}000000`
}

export interface OtlpOptions {
  /** Of the collector, `http://127.0.0.1:4318`. Where it has no path, `/v1/metrics` is meant. */
  readonly url: string
  /** Milliseconds between two requests; absent: OTLP_EVERY_MS. */
  readonly everyMs?: number
}

/** Milliseconds between two requests, and those that one may take. */
export const OTLP_EVERY_MS = 10_000
const REQUEST_MS = 5_000

export interface OtlpSource {
  /** The node's name. */
  readonly name: string
  metrics(): Promise<readonly Metric[]>
  /** Is told when the collector does not take metrics, and when it takes them again: once each time. */
  trouble(text: string): void
  recovered(text: string): void
}

/** Sends metrics until the node leaves. @returns how to stop */
export function sendOtlp({ url, everyMs = OTLP_EVERY_MS }: OtlpOptions, source: OtlpSource): () => void {
  const target = new URL(url)
  if (target.pathname === '/') target.pathname = '/v1/metrics'
  const begun = Date.now()
  let failing = false
  let isUnderWay = false
  const send = async (): Promise<void> => {
    const request = encodeOtlp(await source.metrics(), source.name, { begun, now: Date.now() })
    const response = await fetch(target, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(request),
      signal: AbortSignal.timeout(REQUEST_MS),
    })
    await response.body?.cancel()
    if (!response.ok) throw new Error(`it answers ${response.status}`)
  }
  const turn = async (): Promise<void> => {
    if (isUnderWay) return
    isUnderWay = true
    try {
      await send()
      if (failing) source.recovered(`the collector at ${target.origin} takes metrics again`)
      failing = false
    } catch (error) {
      if (!failing) source.trouble(`the collector at ${target.origin} does not take metrics: ${reasonOf(error)}; it is tried again`)
      failing = true
    } finally {
      isUnderWay = false
    }
  }
  const timer = setInterval(() => void turn(), everyMs)
  timer.unref()
  void turn()
  return () => {
    clearInterval(timer)
  }
}

/** What `fetch` says is in the cause of its error. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.name === 'TimeoutError') return `it has not answered within ${REQUEST_MS / 1000} s`
  return error.cause instanceof Error ? error.cause.message || error.message : error.message
}
