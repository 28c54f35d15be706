/**
 * Ends of channel types. An end is a mobile whose parts are handles of the channels of its bundle, and the claim of the end when it is SHARED; its
 * elements are its form, a text.
 *
 * Invariants
 * - An end never changes. Two with the same channels are the same end.
 * - Its channels have a name from the beginning, as far as captures are concerned: an end may be anywhere (see `escape ()`).
 * - The form says what it is an end of: `SHARED T! CHAN REQ req!; CHAN INT answer?`, with the directions that the end itself has.
 */
import { Fault } from './fault.ts'
import { lockOfEnd } from './monitor.ts'
import { Channel, Monitor } from './state.ts'
import type { Unit } from './state.ts'
import { Handle, Mobile } from './value.ts'
import type { HandleKind, Reference } from './value.ts'

/** What an end does at a channel; undefined for one that is SHARED, at which several do so. */
export type Use = '?' | '!' | undefined

/** A channel of a bundle, as an end has it. */
export class ChannelHandle extends Handle {
  constructor(
    /** Replaced on arrival by the one that this node has of that name. */
    public channel: Channel,
    readonly use: Use,
  ) {
    super()
  }
}

/** @returns the kind of the handles at whose channels that is done */
export function kindOfUse(use: Use): HandleKind {
  return use === undefined ? 'shared' : use === '?' ? 'input' : 'output'
}

/** @returns what is done at the channels of handles of a kind */
export function useOfKind(kind: Exclude<HandleKind, 'monitor'>): Use {
  return kind === 'shared' ? undefined : kind === 'input' ? '?' : '!'
}

/** A field of an end, as the end has it. */
export interface EndField {
  readonly name: string
  readonly direction: '?' | '!'
}

const fields = new Map<string, readonly EndField[]>()
const forms = new WeakMap<Mobile['elements'], string>()

function formOf({ elements }: Mobile): string {
  const known = forms.get(elements)
  if (known !== undefined) return known
  let form = ''
  for (const byte of elements) form += String.fromCharCode(Number(byte)) // names are of ASCII
  forms.set(elements, form)
  return form
}

/** @returns whether a mobile is an end */
export function isEnd(m: Mobile): boolean {
  return m.parts[0] instanceof ChannelHandle
}

/** @returns the fields of an end, in the order of its channels */
export function fieldsOfEnd(end: Mobile): readonly EndField[] {
  const form = formOf(end)
  let found = fields.get(form)
  if (found === undefined) {
    found = [...form.matchAll(/ ([^\s?!]+)([?!])(?=;|$)/g)].map(([, name = '', direction]) => ({
      name,
      direction: direction === '?' ? '?' : '!',
    }))
    fields.set(form, found)
  }
  return found
}

/** @returns what an end is called: `SHARED T!` */
export function nameOfEnd(end: Mobile): string {
  return /^(?:SHARED )?\S+/.exec(formOf(end))?.[0] ?? 'unknown'
}

/** @returns channel `k` of an end; undefined where there is none */
export function channelAt({ parts }: Mobile, k: number): Channel | undefined {
  const handle = parts[k]
  return handle instanceof ChannelHandle ? handle.channel : undefined
}

// ---------------------------------------------------------------------------------------------- what generated code calls

/** `MOBILE T`: the channels of a bundle. */
export function bundle(n: number): Channel[] {
  return Array.from({ length: n }, () => {
    const channel = new Channel()
    channel.link = 0
    return channel
  })
}

/** @returns an end of a bundle. @param form as a text in bytes */
export function endOf(channels: readonly Channel[], form: Uint8Array): Mobile {
  const end = new Mobile(form, [], [])
  const isShared = nameOfEnd(end).startsWith('SHARED ')
  const has = fieldsOfEnd(end)
  const parts = channels.map((channel, i): Reference => new ChannelHandle(channel, isShared ? undefined : has[i]?.direction))
  if (isShared) parts.push(lockOfEnd())
  return new Mobile(form, parts, [])
}

/** `x[f]`. @returns channel `k` of an end */
export function fieldOf(m: Mobile, k: number, u: Unit, site: number): Channel {
  const channel = channelAt(m, k)
  if (channel === undefined) throw new Fault('R0212', u, site)
  return channel
}

/** `CLAIM x`. @returns the claim of an end that is SHARED */
export function claimOf(m: Mobile, u: Unit, site: number): Monitor {
  const claim = m.parts[m.parts.length - 1]
  if (!(claim instanceof Monitor)) throw new Fault('R0212', u, site)
  return claim
}

/** What is held as MOBILE.CHAN goes to a variable for ends of one type. @returns the end, when it is one of that type, or nothing */
export function asEnd(m: Mobile, form: Uint8Array, u: Unit, site: number): Mobile {
  if (m.parts.length === 0) return m
  const wanted = new Mobile(form, [], [])
  if (formOf(m) !== formOf(wanted)) {
    throw new Fault('R0213', u, site, [
      ['end', nameOfEnd(m)],
      ['wanted', nameOfEnd(wanted)],
    ])
  }
  return m
}
