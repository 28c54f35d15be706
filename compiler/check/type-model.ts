/**
 * Types as the checker handles them: constructors, predicates, relations, and how they are written for people.
 *
 * Invariants
 * - records and named types are compared by identity: one declaration, one object
 * - poison agrees with everything, so whoever reported it is the last to speak of it
 * - an array size that is not known agrees with every size; the difference is then checked at run time (R0207)
 */
import type { Direction, PrimitiveName } from '../../grammar/ast.ts'
import type {
  ArrayType,
  BundleType,
  ChannelType,
  EndType,
  MobileType,
  PrimitiveType,
  ProcessType,
  Protocol,
  ProtocolComponent,
  Symbol,
  Type,
} from '../semantics.ts'

const primitive = (name: PrimitiveName): PrimitiveType => ({ kind: 'primitive', name })

export const BOOL = primitive('BOOL')
export const BYTE = primitive('BYTE')
export const INT = primitive('INT')
export const INT16 = primitive('INT16')
export const INT32 = primitive('INT32')
export const INT64 = primitive('INT64')
export const REAL32 = primitive('REAL32')
export const REAL64 = primitive('REAL64')
export const TIMER: Type = { kind: 'timer' }
export const BARRIER: Type = { kind: 'barrier' }
export const POISON: Type = { kind: 'poison' }
export const POISON_PROTOCOL: Protocol = { kind: 'poison' }

const PRIMITIVES: Readonly<Record<PrimitiveName, PrimitiveType>> = { BOOL, BYTE, INT, INT16, INT32, INT64, REAL32, REAL64 }

/** @returns the one object that stands for the primitive type `name`. */
export function primitiveType(name: PrimitiveName): PrimitiveType {
  return PRIMITIVES[name]
}

/** @returns the type of an array of channels that is made at run time */
export function allocatedChannels(element: ChannelType): ArrayType {
  return { kind: 'array', element, allocated: true }
}

/** @returns whether `type` is that of an array of channels that is made at run time */
export function isAllocated(type: Type): boolean {
  return type.kind === 'array' && type.allocated === true
}

/** @returns `[size]element`, or `[]element` without a size. */
export function arrayOf(element: Type, size?: number): ArrayType {
  return size === undefined ? { kind: 'array', element } : { kind: 'array', size, element }
}

/** @returns the type that lies under `type` when all `DATA TYPE` names, and MOBILE, are taken off the top. */
export function representation(type: Type): Type {
  let inner = type
  while (inner.kind === 'named' || inner.kind === 'mobile') inner = inner.kind === 'named' ? inner.representation : inner.element
  return inner
}

/** @returns the MOBILE type that `type` is, perhaps by another name. */
export function mobileOf(type: Type): MobileType | undefined {
  let inner = type
  while (inner.kind === 'named') inner = inner.representation
  return inner.kind === 'mobile' ? inner : undefined
}

/** What `MOBILE.CHAN` is an end of. */
const ANY_BUNDLE: BundleType = { kind: 'bundle', name: 'MOBILE.CHAN', fields: [] }

/** `MOBILE.CHAN`: any end of any channel type. */
export const ANY_END: Type = { kind: 'mobile', element: { kind: 'end', bundle: ANY_BUNDLE, direction: '!', shared: false } }

/** @returns whether `type` is MOBILE.CHAN */
export function isAnyEnd(type: Type): boolean {
  return endOf(type)?.bundle === ANY_BUNDLE
}

/** @returns the end of a channel type that `type` is */
export function endOf(type: Type): EndType | undefined {
  const inner = representation(type)
  return inner.kind === 'end' ? inner : undefined
}

/** @returns the end of a channel type that is under all array dimensions of `type`, mobile or not */
export function endWithin(type: Type): EndType | undefined {
  let inner = representation(type)
  while (inner.kind === 'array') inner = representation(inner.element)
  return inner.kind === 'end' ? inner : undefined
}

/** @returns whether `type`, or something in it, is what is asked for */
function holds(type: Type, is: (type: Type) => boolean): boolean {
  if (is(type)) return true
  const inner = representation(type)
  if (inner.kind === 'array') return holds(inner.element, is)
  return inner.kind === 'record' && inner.fields.some((field) => holds(field.type, is))
}

/** What a value cannot be copied for. */
export type Sole = 'end' | 'process' | 'barrier'

/**
 * @returns what is in `type` that cannot be copied, if anything is: an end that one variable at a time has, a mobile process, or a barrier within a
 *   value, since nobody would be enrolled for the copy
 */
export function soleIn(type: Type): Sole | undefined {
  if (holds(type, (each) => endOf(each)?.shared === false)) return 'end'
  if (holds(type, (each) => processOf(each) !== undefined)) return 'process'
  return holdsBarrier(type) && !isMobileBarrier(type) ? 'barrier' : undefined
}

/** @returns what a value of `type` is once it is not held by a mobile. */
export function withoutMobile(type: Type): Type {
  return type.kind === 'mobile' ? type.element : type
}

/** @returns `type` with MOBILE before it; one that is mobile stays as it is. */
export function asMobile(type: Type): Type {
  return type.kind === 'poison' || mobileOf(type) !== undefined ? type : { kind: 'mobile', element: type }
}

/** @returns whether what a variable of `type` holds is a reference that moves; a mobile of one word is copied like any other. */
export function isReference(type: Type): boolean {
  return mobileOf(type) !== undefined && primitiveName(type) === undefined
}

/** @returns whether a variable of a mobile type may have nothing: its sizes are known only when it is allocated, or it is no data. */
export function isDynamic(type: Type): boolean {
  const mobile = mobileOf(type)
  return mobile !== undefined && (!isSized(mobile.element) || isHandle(type) || endOf(mobile) !== undefined)
}

/** @returns whether `type` is a MOBILE BARRIER or a mobile process: it is held and sent like data, and is none */
function isHandle(type: Type): boolean {
  const kind = mobileOf(type)?.element.kind
  return kind === 'barrier' || kind === 'process'
}

/** @returns the PROC TYPE of the mobile process that `type` is */
export function processOf(type: Type): ProcessType | undefined {
  const inner = mobileOf(type)?.element
  return inner?.kind === 'process' ? inner : undefined
}

/** @returns whether `type` is MOBILE BARRIER */
export function isMobileBarrier(type: Type): boolean {
  return mobileOf(type)?.element.kind === 'barrier'
}

function holdsBarrier(type: Type): boolean {
  return holds(type, isMobileBarrier)
}

/** @returns whether what a mobile of `type` holds may be barriers, which whoever gives it up leaves: a mobile process may have some. */
export function isEnrolling(type: Type): boolean {
  return holds(type, (each) => isMobileBarrier(each) || processOf(each) !== undefined)
}

/** @returns whether `type` is, or has in it, something mobile. */
export function holdsMobile(type: Type): boolean {
  return holds(type, (each) => mobileOf(each) !== undefined)
}

/** @returns the name of the primitive type that represents `type`, if one does. */
export function primitiveName(type: Type): PrimitiveName | undefined {
  const inner = representation(type)
  return inner.kind === 'primitive' ? inner.name : undefined
}

/** @returns whether `type` is INT, INT16, INT32, INT64 or BYTE, or a named type over one of these. */
export function isInteger(type: Type): boolean {
  const name = primitiveName(type)
  return name !== undefined && name !== 'BOOL' && name !== 'REAL32' && name !== 'REAL64'
}

/** @returns whether `type` is REAL32 or REAL64, or a named type over one of these. */
export function isReal(type: Type): boolean {
  const name = primitiveName(type)
  return name === 'REAL32' || name === 'REAL64'
}

/** @returns whether `type` is BOOL or a named type over it. */
export function isBool(type: Type): boolean {
  return primitiveName(type) === 'BOOL'
}

/** @returns whether a value of `type` can be held in a variable, sent and compared: no channel, timer or barrier in it. */
export function isData(type: Type): boolean {
  const inner = representation(type)
  switch (inner.kind) {
    case 'primitive':
    case 'record':
    case 'end':
    case 'poison':
      return true
    case 'array':
      return isData(inner.element)
    case 'barrier':
    case 'process':
      return isHandle(type)
    case 'bundle':
    case 'channel':
    case 'timer':
    case 'named':
    case 'mobile':
      return false
  }
}

/** @returns the type under all array dimensions. */
export function baseElement(type: Type): Type {
  let inner = type
  while (inner.kind === 'array') inner = inner.element
  return inner
}

/** @returns the channel type under all array dimensions, if that is what is there. */
export function channelOf(type: Type): ChannelType | undefined {
  const inner = baseElement(type)
  return inner.kind === 'channel' ? inner : undefined
}

/** @returns the direction at the other end of a channel */
export const otherDirection = (direction: Direction): Direction => (direction === '?' ? '!' : '?')

/** @returns the ends of a channel, or of the end that it is, that have to be claimed */
export function sharedEnds({ shared, sharedEnd, direction }: ChannelType): readonly Direction[] {
  if (!shared) return []
  const ends = sharedEnd === undefined ? (['!', '?'] as const) : [sharedEnd]
  return direction === undefined ? ends : ends.filter((end) => end === direction)
}

/** @returns whether an end of a channel has to be claimed before it is used */
export function isSharedEnd(type: ChannelType, end: Direction): boolean {
  return sharedEnds({ ...type, direction: end }).length > 0
}

/** @returns `type` with `direction` put on the channel inside it. */
export function withDirection(type: Type, direction: Direction | undefined): Type {
  if (direction === undefined) return type
  if (type.kind === 'channel') return type.direction === direction ? type : { ...type, direction }
  if (type.kind === 'array') return { ...type, element: withDirection(type.element, direction) }
  return type
}

/** @returns whether all dimensions of `type` have a size; a mobile may have one that changes. */
export function isSized(type: Type): boolean {
  if (mobileOf(type) !== undefined) return true
  const inner = representation(type)
  return inner.kind !== 'array' || (inner.size !== undefined && isSized(inner.element))
}

/**
 * @returns whether the two are the same type; sizes that are not known agree with every size. Directions of channels are not looked at, nor
 *   whether the value as a whole is held by a mobile, with a name of its own or not. MOBILE.CHAN agrees with every end; whether it is one of that type is checked at run time
 *   (R0213).
 */
export function agrees(a: Type, b: Type): boolean {
  const [x, y] = [endOf(a), endOf(b)]
  if (x !== undefined && y !== undefined && (isAnyEnd(a) || isAnyEnd(b))) return true
  return agreesAsElement(elementsFor(a, b), elementsFor(b, a))
}

/** @returns what `a` is without its MOBILE; its elements, by whatever name they are held, where `b` is an array that no mobile holds */
function elementsFor(a: Type, b: Type): Type {
  return (a.kind === 'named' && b.kind === 'array' ? mobileOf(a)?.element : undefined) ?? withoutMobile(a)
}

/** Whether two types agree where one stands within the other's place: there a mobile is a reference, and another type. */
function agreesAsElement(a: Type, b: Type): boolean {
  if (a === b) return true
  if (a.kind === 'mobile' && b.kind === 'mobile') return agreesAsElement(a.element, b.element)
  if (a.kind === 'poison' || b.kind === 'poison') return true
  if (a.kind === 'array' && b.kind === 'array') {
    return (a.size === undefined || b.size === undefined || a.size === b.size) && agreesAsElement(a.element, b.element)
  }
  if (a.kind === 'channel' && b.kind === 'channel') return sameProtocol(a.protocol, b.protocol)
  if (a.kind === 'end' && b.kind === 'end') return a.bundle === b.bundle && a.direction === b.direction && a.shared === b.shared
  return (a.kind === 'timer' && b.kind === 'timer') || (a.kind === 'barrier' && b.kind === 'barrier')
}

/** @returns whether the two are channels, or arrays of as many channels, one of them CHAN OF ANY */
export function agreeThroughAny(a: Type, b: Type): boolean {
  if (a.kind === 'array' && b.kind === 'array')
    return (a.size === undefined || b.size === undefined || a.size === b.size) && agreeThroughAny(a.element, b.element)
  return a.kind === 'channel' && b.kind === 'channel' && (a.protocol.kind === 'any') !== (b.protocol.kind === 'any')
}

/**
 * @param end the end of the channel that `a` is
 * @returns whether the two are channels, or arrays of as many, and what is said on the end `a` is understood on `b`: a writer may write on a
 *   channel whose protocol extends its own, a reader may read one whose protocol its own extends
 */
export function agreeThroughExtension(a: Type, b: Type, end: Direction | undefined): boolean {
  if (a.kind === 'array' && b.kind === 'array')
    return (a.size === undefined || b.size === undefined || a.size === b.size) && agreeThroughExtension(a.element, b.element, end)
  if (a.kind !== 'channel' || b.kind !== 'channel' || end === undefined) return false
  return end === '!' ? isExtension(b.protocol, a.protocol) : isExtension(a.protocol, b.protocol)
}

function isExtension(protocol: Protocol, base: Protocol): boolean {
  return protocol.kind === 'variant' && (protocol.extends ?? []).some((each) => each === base || isExtension(each, base))
}

/** @returns whether the two would agree if array sizes were left out of account. */
export function agreesButForSize(a: Type, b: Type): boolean {
  const [x, y] = [withoutMobile(a), withoutMobile(b)]
  if (x.kind === 'array' && y.kind === 'array') return agreesButForSize(x.element, y.element)
  return agrees(x, y)
}

/** @returns `declared` with its open dimensions filled in from `actual` where that knows them. */
export function fillSizes(declared: Type, actual: Type): Type {
  if (declared.kind !== 'array' || actual.kind !== 'array') return declared
  const element = fillSizes(declared.element, actual.element)
  const size = declared.size ?? actual.size
  return size === declared.size && element === declared.element ? declared : arrayOf(element, size)
}

/** @returns whether the two protocols are the same: by identity when named, by structure when not. */
export function sameProtocol(a: Protocol, b: Protocol): boolean {
  if (a === b || a.kind === 'poison' || b.kind === 'poison') return true
  if (a.kind === 'any') return b.kind === 'any'
  if (a.kind !== 'sequence' || b.kind !== 'sequence' || a.name !== undefined || b.name !== undefined) return false
  return a.items.length === b.items.length && a.items.every((item, i) => sameComponent(item, b.items[i]))
}

function sameComponent(a: ProtocolComponent, b: ProtocolComponent | undefined): boolean {
  if (b === undefined) return false
  if (a.kind === 'plain') return b.kind === 'plain' && agreesAsElement(a.type, b.type)
  return b.kind === 'counted' && agrees(a.count, b.count) && agrees(a.element, b.element)
}

/** @returns whether messages of the two protocols are held alike, so that one can be taken for the other as it is. */
export function sameForm(a: Protocol, b: Protocol): boolean {
  if (a.kind === 'any' || b.kind === 'any') return a.kind === b.kind
  if (a.kind === 'sequence' && b.kind === 'sequence') return sameForms(a.items, b.items)
  if (a.kind !== 'variant' || b.kind !== 'variant') return false
  return a.tags.length === b.tags.length && a.tags.every((tag, i) => sameForms(tag.items, b.tags[i]?.items ?? []))
}

function sameForms(a: readonly ProtocolComponent[], b: readonly ProtocolComponent[]): boolean {
  return a.length === b.length && a.every((component, i) => form(component) === form(b[i]))
}

/** The item that holds a component, and of how many there are. */
function form(component: ProtocolComponent | undefined): string {
  if (component === undefined) return ''
  const reference = component.kind === 'plain' ? mobileOf(component.type) : undefined
  if (reference !== undefined && primitiveName(reference) === undefined) return describe(reference)
  let type = representation(component.kind === 'plain' ? component.type : component.element)
  let prefix = component.kind === 'plain' ? '' : '::'
  while (type.kind === 'array') {
    prefix = '[]'
    type = representation(type.element)
  }
  if (type.kind === 'record') return `[]BYTE`
  const name = type.kind === 'primitive' ? type.name : type.kind
  const item = name === 'INT32' ? 'INT' : name
  return `${prefix === '::' ? '::[]' : prefix}${item}`
}

/** @returns the bytes a value of `type` takes in a RETYPES, or undefined where a size is not known. */
export function byteSize(type: Type): number | undefined {
  const inner = representation(type)
  switch (inner.kind) {
    case 'primitive':
      return BYTES[inner.name]
    case 'array': {
      const element = byteSize(inner.element)
      return element === undefined || inner.size === undefined ? undefined : element * inner.size
    }
    case 'record': {
      let offset = 0
      let widest = 1
      for (const field of inner.fields) {
        if (isReference(field.type)) continue // lies beside the bytes
        const size = byteSize(field.type)
        if (size === undefined) return undefined
        const alignment = inner.packed ? 1 : alignmentOf(field.type)
        widest = Math.max(widest, alignment)
        offset = alignUp(offset, alignment) + size
      }
      return alignUp(offset, widest)
    }
    case 'bundle':
    case 'end':
    case 'channel':
    case 'timer':
    case 'barrier':
    case 'process':
    case 'poison':
    case 'named':
    case 'mobile':
      return undefined
  }
}

/** @returns the bytes before field `index` in a record. */
export function fieldOffset(type: Type, index: number): number | undefined {
  const inner = representation(type)
  if (inner.kind !== 'record') return undefined
  let offset = 0
  for (const [i, field] of inner.fields.entries()) {
    if (isReference(field.type)) continue
    if (!inner.packed) offset = alignUp(offset, alignmentOf(field.type))
    if (i === index) return offset
    const size = byteSize(field.type)
    if (size === undefined) return undefined
    offset += size
  }
  return undefined
}

const BYTES: Readonly<Record<PrimitiveName, number>> = { BOOL: 1, BYTE: 1, INT: 4, INT16: 2, INT32: 4, INT64: 8, REAL32: 4, REAL64: 8 }

const alignUp = (offset: number, alignment: number): number => Math.ceil(offset / alignment) * alignment

function alignmentOf(type: Type): number {
  const inner = representation(type)
  if (inner.kind === 'array') return alignmentOf(inner.element)
  if (inner.kind === 'record')
    return inner.packed
      ? 1
      : inner.fields.reduce((most, { type: each }) => (isReference(each) ? most : Math.max(most, alignmentOf(each))), 1)
  return byteSize(inner) ?? 1
}

/** @returns `type` as one would write it: `[4]BYTE`, `CHAN INT?`, `POINT`. */
export function describe(type: Type): string {
  switch (type.kind) {
    case 'primitive':
    case 'record':
    case 'named':
    case 'bundle':
    case 'process':
      return type.name
    case 'end':
      if (type.bundle === ANY_BUNDLE) return type.bundle.name
      return `${type.shared ? 'SHARED ' : ''}${type.bundle.name}${type.direction}`
    case 'array':
      return `[${type.size ?? ''}]${describe(type.element)}`
    case 'mobile':
      return type.element.kind === 'end' ? describe(type.element) : `MOBILE ${describe(type.element)}`
    case 'channel':
      return `${type.shared ? `SHARED${type.sharedEnd ?? ''} ` : ''}CHAN ${describeProtocol(type.protocol)}${type.direction ?? ''}`
    case 'timer':
      return 'TIMER'
    case 'barrier':
      return 'BARRIER'
    case 'poison':
      return 'unknown'
  }
}

/** @returns `protocol` as one would write it after CHAN. */
export function describeProtocol(protocol: Protocol): string {
  switch (protocol.kind) {
    case 'sequence':
      return protocol.name ?? protocol.items.map(describeComponent).join('; ')
    case 'variant':
      return protocol.name
    case 'any':
      return 'ANY'
    case 'poison':
      return 'unknown'
  }
}

/** @returns one component of a protocol as one would write it: `INT`, `BYTE::[]INT`. */
export function describeComponent(component: ProtocolComponent): string {
  return component.kind === 'plain' ? describe(component.type) : `${component.count.name}::[]${describe(component.element)}`
}

/** @returns `type` with a short noun phrase for what is not data: for "is a channel, not a value". */
export function describeKind(type: Type): string {
  const inner = baseElement(type)
  const many = type.kind === 'array'
  switch (inner.kind) {
    case 'channel':
      return many ? 'an array of channels' : 'a channel'
    case 'timer':
      return many ? 'an array of timers' : 'a timer'
    case 'barrier':
      return 'a barrier'
    case 'process':
      return 'a PROC TYPE'
    case 'bundle':
      return 'a channel type'
    case 'end':
    case 'primitive':
    case 'record':
    case 'named':
    case 'mobile':
    case 'array':
    case 'poison':
      return `of type \`${describe(type)}\``
  }
}

/** @returns what a symbol is, with its article, for messages. */
export function kindOf(symbol: Symbol): string {
  switch (symbol.kind) {
    case 'variable':
      if (symbol.role === 'index') return 'a replicator index'
      if (symbol.type.kind === 'channel' || symbol.type.kind === 'timer') return describeKind(symbol.type)
      return symbol.role === 'val' || symbol.mode === 'val' ? 'a value' : 'a variable'
    case 'proc':
      return 'a PROC'
    case 'function':
      return 'a FUNCTION'
    case 'protocol':
      return 'a PROTOCOL'
    case 'type':
      return 'a type'
    case 'field':
      return 'a field'
    case 'tag':
      return 'a tag'
    case 'poison':
      return 'undeclared'
  }
}
