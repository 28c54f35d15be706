/** The header `traceparent` of W3C Trace Context, level 1: which trace a request belongs to, which span has made it, and whether anybody looks at the trace. */

export interface TraceContext {
  /** 32 hexadecimal digits, and 16. */
  readonly trace: string
  readonly span: string
  readonly sampled: boolean
}

const FORM = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/
const SAMPLED = 1

/** @returns undefined when the text is none, so that a trace is begun anew, as the recommendation has it */
export function readTraceparent(text: string): TraceContext | undefined {
  const [, version, trace = '', span = '', flags = '', more] = FORM.exec(text.trim()) ?? []
  if (version === undefined || version === 'ff' || (version === '00' && more !== undefined)) return undefined
  if (/^0+$/.test(trace) || /^0+$/.test(span)) return undefined
  return { trace, span, sampled: (Number.parseInt(flags, 16) & SAMPLED) === SAMPLED }
}

export function spellTraceparent({ trace, span, sampled }: TraceContext): string {
  return `00-${trace}-${span}-${sampled ? '01' : '00'}`
}
