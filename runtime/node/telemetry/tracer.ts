/**
 * Spans: what takes time and is worth looking at by itself, such as a migration, a cut or a request from outside, each with its phases. Who makes them has a
 * `Tracer`, or none: nothing is made then, and asking whether there is one is all that it costs.
 *
 * Spans that belong together are a trace. They find each other by a text in the form of the header `traceparent` (W3C Trace Context), which travels with
 * requests and between nodes.
 */

export type Attributes = Readonly<Record<string, string | number | boolean>>

/** Who asks whom: a server's span is what a client outside waits for. */
export type SpanKind = 'internal' | 'server'

export interface SpanOptions {
  /** Absent: `internal`. */
  readonly kind?: SpanKind
  /** The `traceparent` of the span that it is a part of; absent, or nonsense: it begins a trace. */
  readonly parent?: string | undefined
  readonly attributes?: Attributes
}

export interface Span {
  /** What its parts elsewhere are given as their parent. */
  readonly traceparent: string
  /** Says something about it. */
  set(attributes: Attributes): void
  /** A phase of it begins, and the one before ends. */
  phase(name: string): void
  /** It is over, and with it its last phase; nothing more is heard of it. @param error what has gone wrong, if anything */
  end(error?: string): void
}

export interface Tracer {
  /** @returns undefined when the trace is not among those that are looked at */
  begin(name: string, options?: SpanOptions): Span | undefined
}
