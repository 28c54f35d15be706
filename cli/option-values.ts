/** Options whose values mean more than their text. Each parser takes what the user wrote and throws when it makes no sense. */
import { availableParallelism } from 'node:os'
import { isOnNats } from '../runtime/node/cluster-address.ts'
import { DENIABLE, type Deniable } from '../runtime/host/home-services.ts'
import { LIMITED, MOST_NODES, type ProgramLimits } from '../runtime/limits.ts'
import { CHECKPOINT_SIGNALS } from './early-signals.ts'
import { InvalidValue } from './parser.ts'

/** A duration such as `50ms`, `1.5s`, `200us`, `2m`. @returns microseconds */
export function microseconds(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(us|ms|s|m)$/.exec(text)
  if (match === null) throw new InvalidValue('it is a number and a unit: 200us, 50ms, 1.5s, 2m')
  const unit = { us: 1, ms: 1000, s: 1_000_000, m: 60_000_000 }[match[2] as 'us' | 'ms' | 's' | 'm'] // the expression has these four
  return Number(match[1]) * unit
}

/** A whole number from `least` on. @param or what else may stand there, for the message */
export function wholeNumber(least: number, most = Number.MAX_SAFE_INTEGER, or = ''): (text: string) => number {
  return (text) => {
    const n = Number(text)
    if (!/^\d+$/.test(text) || n < least || n > most) {
      throw new InvalidValue(`it is a whole number from ${least}${most === Number.MAX_SAFE_INTEGER ? '' : ` to ${most}`}${or}`)
    }
    return n
  }
}

/** How many nodes: a whole number, or `auto` for one on each core. */
export function nodeCount(text: string): number {
  return text === 'auto' ? Math.min(MOST_NODES, availableParallelism()) : wholeNumber(1, MOST_NODES, ', or auto')(text)
}

/** `NAME` or `NAME=VALUE`, any number of times. */
export function define(text: string, before: ReadonlyMap<string, string> = new Map()): ReadonlyMap<string, string> {
  const match = /^([A-Za-z][A-Za-z0-9.]*)(?:=(.*))?$/s.exec(text)
  if (match === null) throw new InvalidValue('it is NAME or NAME=VALUE')
  return new Map([...before, [match[1] ?? '', match[2] ?? '']])
}

/** One of a few words. */
export function oneOf<T extends string>(...words: readonly T[]): (text: string) => T {
  return (text) => {
    const found = words.find((word) => word === text)
    if (found === undefined) throw new InvalidValue(`it is ${words.slice(0, -1).join(', ')} or ${words.at(-1) ?? ''}`)
    return found
  }
}

/** As `oneOf`, any number of times. */
export function someOf<T extends string>(...words: readonly T[]): (text: string, before?: readonly T[]) => readonly T[] {
  return (text, before = []) => [...before, oneOf(...words)(text)]
}

/** A value that may be given any number of times. */
export function collect(text: string, before: readonly string[] = []): readonly string[] {
  if (text === '') throw new InvalidValue('it cannot be empty')
  return [...before, text]
}

/** What to deny: `files,net`, any number of times. */
export function deny(text: string, before: readonly Deniable[] = []): readonly Deniable[] {
  return [...before, ...text.split(',').map(oneOf(...DENIABLE))]
}

const AMOUNTS = { '': 1, k: 1 << 10, M: 1 << 20, G: 1 << 30 } as const

/** @returns what `512`, `512k` or `512M` amounts to; undefined when it is nothing, or too much */
function amountIn(text: string): number | undefined {
  const match = /^(\d+)([kMG]?)$/.exec(text)
  const amount = Number(match?.[1]) * AMOUNTS[(match?.[2] ?? '') as keyof typeof AMOUNTS] // the expression has these
  return Number.isSafeInteger(amount) && amount > 0 ? amount : undefined
}

/** `memory=256M,processes=1000`, any number of times. */
export function limit(text: string, before: ProgramLimits = {}): ProgramLimits {
  const limits: Record<string, number> = { ...before }
  for (const part of text.split(',')) {
    const [, name, text = ''] = /^(\w+)=(.+)$/.exec(part) ?? []
    const amount = amountIn(text)
    if (!LIMITED.some((each) => each === name) || name === undefined || amount === undefined) {
      throw new InvalidValue(
        `it is ${LIMITED.slice(0, -1).join(', ')} or ${LIMITED.at(-1) ?? ''}, \`=\` and an amount, for instance memory=256M`,
      )
    }
    limits[name] = amount
  }
  return limits
}

/** `512M`: a number of bytes. */
export function amount(text: string): number {
  const bytes = amountIn(text)
  if (bytes === undefined) throw new InvalidValue('it is a number of bytes, for instance 512M')
  return bytes
}

const ESCAPES: Readonly<Record<string, number>> = { c: 13, n: 10, t: 9, s: 32, "'": 39, '"': 34, '*': 42 }

/** Keys as the language spells them in a string: `ab*n`, `*#1B`. @returns their codes, each once */
export function keys(text: string): readonly number[] {
  const found = new Set<number>()
  for (let i = 0; i < text.length; i++) {
    const hex = /^\*#([0-9A-Fa-f]{2})/.exec(text.slice(i))
    const escape = text.charAt(i) === '*' ? ESCAPES[text.charAt(i + 1).toLowerCase()] : undefined
    if (hex !== null) {
      found.add(Number.parseInt(hex[1] ?? '', 16))
      i += 3
    } else if (text.charAt(i) === '*') {
      if (escape === undefined) throw new InvalidValue('after `*` come c, n, t, s, a quote, `*`, or `#` and two hexadecimal digits')
      found.add(escape)
      i++
    } else {
      const code = text.charCodeAt(i)
      if (code > 254) throw new InvalidValue('a key is one byte, below 255')
      found.add(code)
    }
  }
  if (found.size === 0) throw new InvalidValue('it names at least one key')
  return [...found]
}

/** `SIGNAL=FILE`, for `--checkpoint-on`. */
export interface CheckpointRequest {
  readonly signal: NodeJS.Signals
  readonly file: string
}

/** `SIGUSR1=OUT`. */
export function checkpointOn(text: string): CheckpointRequest {
  const at = text.indexOf('=')
  const signal = CHECKPOINT_SIGNALS.find((name) => name === text.slice(0, at))
  const file = text.slice(at + 1)
  if (at < 0 || signal === undefined || file === '') {
    throw new InvalidValue(`it is SIGNAL=FILE, for instance SIGUSR1=program.snap; the signals are ${CHECKPOINT_SIGNALS.join(', ')}`)
  }
  return { signal, file }
}

const EMBEDDED = 'embedded:'

/** `embedded:DIR` or `nats://...`. @returns the directory, or the address as it is */
export function engine(text: string): string {
  const place = meetingPlace(text)
  if (!isOnNats(text) && place === text) throw new InvalidValue('it is embedded:DIR, or nats://HOST:PORT')
  return place
}

/** A directory, an address of NATS servers, or either as `--engine` has it. @returns the directory, or the address as it is */
export function meetingPlace(text: string): string {
  const place = text.startsWith(EMBEDDED) ? text.slice(EMBEDDED.length) : text
  if (place === '') throw new InvalidValue('it is a directory, embedded:DIR, or nats://HOST:PORT')
  return place
}

/** A name of a node: letters, digits, `-`, `_` and `.`. */
export function nodeName(text: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(text)) {
    throw new InvalidValue('a name is made of letters, digits, `.`, `-` and `_`, at most 64 of them')
  }
  return text
}

/** The address of a collector: `http://127.0.0.1:4318`. */
export function collector(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !['http:', 'https:'].includes(url.protocol))
    throw new InvalidValue('it is a URL of HTTP, for instance http://127.0.0.1:4318')
  return text
}

/** A part of a whole: more than 0, 1 at most. */
export function part(text: string): number {
  const n = Number(text)
  if (!/^\d*\.?\d+$/.test(text) || n <= 0 || n > 1) throw new InvalidValue('it is a part of all: 1 for all of them, 0.1 for every tenth')
  return n
}

/** `127.0.0.1:7070`, `[::1]:7070`. */
export function hostAndPort(text: string): string {
  const [, host = '', port = ''] = /^(\[[0-9a-fA-F:]+\]|[^:[\]\s]+):(\d{1,5})$/.exec(text) ?? []
  if (host === '' || Number(port) > 65535) throw new InvalidValue('it is HOST:PORT, for instance 127.0.0.1:7070')
  return text
}
