/** The tracer of a node: keeps the spans that are over until they are sent. Which traces are looked at is decided where a trace begins, for all of its spans. */
import { LIMITS } from '../../limits.ts'
import { readTraceparent, spellTraceparent } from './trace-context.ts'
import type { Attributes, Span, SpanKind, SpanOptions, Tracer } from './tracer.ts'

/** A span that is over. */
export interface EndedSpan {
  readonly name: string
  readonly kind: SpanKind
  /** 32 hexadecimal digits, and 16. */
  readonly trace: string
  readonly id: string
  readonly parent: string | undefined
  /** Milliseconds since the epoch, with fractions. */
  readonly begun: number
  readonly ended: number
  readonly attributes: Attributes
  /** What has gone wrong, if anything. */
  readonly error: string | undefined
}

export interface SpansPort {
  /** Milliseconds since the epoch, with fractions; it never goes back. */
  readonly now: () => number
  /** @returns so many random bytes */
  readonly random: (bytes: number) => Uint8Array
  /** Which part of the traces that begin here is looked at: 0 to 1. */
  readonly part: number
}

const TRACE_BYTES = 16
const SPAN_BYTES = 8
/** A trace is looked at when the last bytes of its id, as a number, are among the first `part` of all. */
const COUNTED_BYTES = 6
const MOST_WAITING = LIMITS['traces.waiting'].most

export class Spans implements Tracer {
  private waiting: EndedSpan[] = []
  /** Spans that were dropped since they were not sent in time. */
  dropped = 0

  constructor(private readonly port: SpansPort) {}

  begin(name: string, { kind = 'internal', parent, attributes = {} }: SpanOptions = {}): Span | undefined {
    const context = parent === undefined ? undefined : readTraceparent(parent)
    if (context?.sampled === false) return undefined
    const trace = context?.trace ?? this.newTrace()
    return trace === undefined ? undefined : new OpenSpan(this, { name, kind, trace, parent: context?.span, attributes })
  }

  /** @returns the id of a trace that is looked at; undefined when this one is not */
  private newTrace(): string | undefined {
    const bytes = this.port.random(TRACE_BYTES)
    const last = bytes.subarray(TRACE_BYTES - COUNTED_BYTES).reduce((sum, byte) => sum * 256 + byte, 0)
    return last < this.port.part * 256 ** COUNTED_BYTES ? hexadecimal(bytes) : undefined
  }

  newId(): string {
    return hexadecimal(this.port.random(SPAN_BYTES))
  }

  get now(): number {
    return this.port.now()
  }

  over(span: EndedSpan): void {
    if (this.waiting.length < MOST_WAITING) this.waiting.push(span)
    else this.dropped++
  }

  /** @returns the spans that are over, which are not kept any more */
  take(): readonly EndedSpan[] {
    const { waiting } = this
    this.waiting = []
    return waiting
  }

  /** Spans could not be sent: they wait again, before those that are over since, as far as there is room. */
  putBack(spans: readonly EndedSpan[]): void {
    const room = MOST_WAITING - this.waiting.length
    this.dropped += Math.max(0, spans.length - room)
    this.waiting = [...spans.slice(0, room), ...this.waiting]
  }
}

class OpenSpan implements Span {
  private readonly id: string
  private readonly begun: number
  private open: { readonly name: string; readonly begun: number } | undefined
  private isOver = false

  constructor(
    private readonly spans: Spans,
    private readonly about: Pick<EndedSpan, 'name' | 'kind' | 'trace' | 'parent'> & { attributes: Attributes },
  ) {
    this.id = spans.newId()
    this.begun = spans.now
  }

  get traceparent(): string {
    return spellTraceparent({ trace: this.about.trace, span: this.id, sampled: true })
  }

  set(attributes: Attributes): void {
    this.about.attributes = { ...this.about.attributes, ...attributes }
  }

  phase(name: string): void {
    if (this.isOver || this.open?.name === name) return
    this.endPhase(this.spans.now, undefined)
    this.open = { name, begun: this.spans.now }
  }

  private endPhase(ended: number, error: string | undefined): void {
    const { open, spans, about, id } = this
    this.open = undefined
    if (open === undefined) return
    const { trace } = about
    spans.over({ ...open, kind: 'internal', trace, id: spans.newId(), parent: id, ended, attributes: {}, error })
  }

  end(error?: string): void {
    if (this.isOver) return
    this.isOver = true
    const ended = this.spans.now
    this.endPhase(ended, error)
    this.spans.over({ ...this.about, id: this.id, begun: this.begun, ended, error })
  }
}

function hexadecimal(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
