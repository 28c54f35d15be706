/** Metrics and spans as OTLP has them in JSON. 64-bit numbers are texts in it, and the bytes of ids hexadecimal digits. */
import { hostname } from 'node:os'
import type { Metric, Point } from './metrics.ts'
import type { EndedSpan } from './spans.ts'
import type { Attributes, SpanKind } from './tracer.ts'

/** The encoding of a metric service request, as far as it is used here. */
export interface OtlpRequest {
  readonly resourceMetrics: readonly [
    {
      readonly resource: OtlpResource
      readonly scopeMetrics: readonly [{ readonly scope: { readonly name: string }; readonly metrics: readonly OtlpMetric[] }]
    },
  ]
}

/** The encoding of a trace service request, as far as it is used here. */
export interface OtlpTraces {
  readonly resourceSpans: readonly [
    {
      readonly resource: OtlpResource
      readonly scopeSpans: readonly [{ readonly scope: { readonly name: string }; readonly spans: readonly OtlpSpan[] }]
    },
  ]
}

export interface OtlpResource {
  readonly attributes: readonly OtlpAttribute[]
}

export interface OtlpAttribute {
  readonly key: string
  readonly value:
    { readonly stringValue: string } | { readonly intValue: string } | { readonly doubleValue: number } | { readonly boolValue: boolean }
}

export interface OtlpSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly kind: number
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly attributes: readonly OtlpAttribute[]
  readonly status: { readonly code?: typeof STATUS_CODE_ERROR; readonly message?: string }
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

/** SPAN_KIND_INTERNAL, SPAN_KIND_SERVER */
const KINDS: Readonly<Record<SpanKind, number>> = { internal: 1, server: 2 }
const STATUS_CODE_ERROR = 2

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
        resource: resourceOf(node),
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

/** @param node its name */
export function encodeSpans(spans: readonly EndedSpan[], node: string): OtlpTraces {
  return {
    resourceSpans: [
      {
        resource: resourceOf(node),
        scopeSpans: [
          {
            scope: { name: 'godwit' },
            spans: spans.map(({ trace, id, parent, name, kind, begun, ended, attributes, error }): OtlpSpan => ({
              traceId: trace,
              spanId: id,
              ...(parent === undefined ? {} : { parentSpanId: parent }),
              name,
              kind: KINDS[kind],
              startTimeUnixNano: nanos(begun),
              endTimeUnixNano: nanos(ended),
              attributes: attributesOf(attributes),
              status: error === undefined ? {} : { code: STATUS_CODE_ERROR, message: error },
            })),
          },
        ],
      },
    ],
  }
}

function resourceOf(node: string): OtlpResource {
  return { attributes: attributesOf({ 'service.name': 'godwit', 'service.instance.id': node, 'host.name': hostname() }) }
}

function attributesOf(attributes: Attributes): OtlpAttribute[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: valueOf(value) }))
}

function valueOf(value: string | number | boolean): OtlpAttribute['value'] {
  if (typeof value === 'string') return { stringValue: value }
  if (typeof value === 'boolean') return { boolValue: value }
  return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value }
}

/** @param milliseconds with fractions, as far as a double has them: about a quarter of a microsecond since the epoch */
function nanos(milliseconds: number): string {
  const whole = Math.floor(milliseconds)
  return `${whole}${String(Math.floor((milliseconds - whole) * 1e6)).padStart(6, '0')}`
}
