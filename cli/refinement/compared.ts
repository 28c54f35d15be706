/** Which PROCs are compared, and what they have in common: their channels, which lead outside. */
import { existsSync } from 'node:fs'
import type { Component } from '../../runtime/explore/refinement/refine.ts'
import { ExploreError } from '../../runtime/explore/explore-error.ts'
import type { Beyond } from '../../runtime/explore/names.ts'
import type { OutsideChannel } from '../../runtime/explore/outside.ts'
import type { Channel, Frame, Machine } from '../../runtime/kernel/scheduler/state.ts'
import { loadEntry } from '../../runtime/outside/entry.ts'
import type { DataType, EntryDescription, FormalDescription, ProgramInterface } from '../../runtime/program-interface.ts'
import { withCodeStore } from '../code-cache.ts'
import { UsageError } from '../errors.ts'
import type { Runnable } from '../program-cache.ts'
import { positionsOf } from './alphabet.ts'
import type { Given, ValueChoices } from './choices.ts'

/** A file and perhaps a PROC of it. */
export interface Named {
  readonly file: string
  readonly proc: string | undefined
}

/**
 * @param text a file, FILE:PROC, or a PROC of the file of the implementation
 * @throws UsageError when there is no such file
 */
export function specificationNamed(text: string, file: string): Named {
  if (existsSync(text)) return { file: text, proc: undefined }
  const at = text.lastIndexOf(':')
  if (at > 0 && existsSync(text.slice(0, at))) return { file: text.slice(0, at), proc: text.slice(at + 1) }
  if (/^[A-Za-z][A-Za-z0-9.]*$/.test(text) && !/\.(csp|occ|co2|module|inc)$/.test(text)) return { file, proc: text }
  throw new UsageError(
    `there is no file \`${at > 0 ? text.slice(0, at) : text}\``,
    'a specification is a file, FILE:PROC, or a PROC of the file that is checked',
  )
}

/** A program with what its PROCs look like from outside. */
export interface Shown {
  readonly file: string
  readonly program: Runnable
  readonly shown: ProgramInterface
}

/** @throws ExploreError R0605 */
export function shownOf(file: string, program: Runnable): Shown {
  const shown = program.manifest.interface
  if (shown === undefined) throw new Error('the program was compiled without its interface')
  if (shown.bytesOnChannels)
    throw new ExploreError(
      'R0605',
      `${file} sees a channel under two protocols, and its messages travel as bytes`,
      'give the channel one protocol, or put the PROC into a file of its own',
    )
  return { file, program, shown }
}

type ChannelFormal = FormalDescription & { readonly kind: 'channel' }

/**
 * @param proc its name; absent: the last one, or the last that fits
 * @param fits whether a PROC is meant when none is named; absent: any
 * @throws UsageError when there is no such PROC
 */
export function procOf(
  { file, shown }: Shown,
  proc: string | undefined,
  fits: (entry: EntryDescription) => boolean = () => true,
): EntryDescription {
  const { entries } = shown
  const found = proc === undefined ? (entries.findLast(fits) ?? entries.at(-1)) : entries.find(({ name }) => name === proc)
  if (found !== undefined) return found
  throw new UsageError(
    proc === undefined ? `\`${file}\` has no PROC` : `\`${file}\` has no PROC \`${proc}\``,
    entries.length === 0 ? 'it has none at its top level' : `it has ${entries.map(({ name }) => `\`${name}\``).join(', ')}`,
  )
}

/** @returns the channels of a PROC as a text that is the same for PROCs that can be compared */
export function shapeOf(shown: ProgramInterface, entry: EntryDescription): string {
  return channelsOf(entry)
    .map((formal) => `${formal.name} ${shapeOfChannel(shown, formal)}`)
    .sort()
    .join('\n')
}

function shapeOfChannel({ protocols, records }: ProgramInterface, { direction, protocol, dims }: ChannelFormal): string {
  const expanded = (_: string, part: unknown): unknown => {
    if (typeof part !== 'object' || part === null || !('record' in part)) return part
    const type = part as DataType & { readonly kind: 'record' } // nothing else has a record
    return { fields: records[type.record]?.fields }
  }
  const found = protocols[protocol]
  const { kind } = found ?? { kind: 'any' }
  const parts = found?.kind === 'variant' ? found.tags : found?.kind === 'sequence' ? found.items : []
  return `${direction} ${dims.join(' ')} ${kind} ${JSON.stringify(parts, expanded)}`
}

function channelsOf({ formals }: EntryDescription): ChannelFormal[] {
  return formals.filter((formal): formal is ChannelFormal => formal.kind === 'channel')
}

/** @throws ExploreError R0605 when a parameter cannot be looked at from outside, or leads nowhere */
export function requireComparable({ file }: Shown, { name, formals, refused }: EntryDescription): void {
  const refuse = (why: string, help = 'compare PROCs whose parameters are channels: one of them may call this one'): never => {
    throw new ExploreError('R0605', `PROC ${name} of ${file} cannot be compared: ${why}`, help)
  }
  if (refused !== undefined) refuse(refused)
  for (const formal of formals) {
    const { kind, text } = formal
    if (kind === 'value') refuse(`\`${text}\` is no channel`)
    if (kind === 'foreign') refuse(`parameter \`${text}\`: ${formal.why}`)
    if (kind !== 'channel') continue
    if (text.startsWith('SHARED')) refuse(`\`${text}\` is shared`)
    if (formal.dims.includes(null)) refuse(`\`${text}\` has no size`, 'say how many channels there are: `[3]CHAN INT in?`')
  }
}

/** @throws ExploreError R0605 when the two do not have the same channels */
export function requireSameChannels(implementation: Shown, its: EntryDescription, specification: Shown, wanted: EntryDescription): void {
  if (shapeOf(implementation.shown, its) === shapeOf(specification.shown, wanted)) return
  const mine = new Map(channelsOf(its).map((formal) => [formal.name, formal]))
  const theirs = new Map(channelsOf(wanted).map((formal) => [formal.name, formal]))
  const differing = [...new Set([...mine.keys(), ...theirs.keys()])].flatMap((name) => {
    const [a, b] = [mine.get(name), theirs.get(name)]
    if (a === undefined) return [`only ${wanted.name} has \`${b?.text ?? name}\``]
    if (b === undefined) return [`only ${its.name} has \`${a.text}\``]
    const isSame = shapeOfChannel(implementation.shown, a) === shapeOfChannel(specification.shown, b)
    return isSame ? [] : [`\`${a.text}\` and \`${b.text}\` are not alike`]
  })
  throw new ExploreError(
    'R0605',
    `PROC ${its.name} and PROC ${wanted.name} do not have the same channels: ${differing.join('; ')}`,
    'give both the same channels, of the same names, directions and protocols, or name others: `--proc`, `--refines FILE:PROC`',
  )
}

/** What a number takes that nobody has said anything about. */
const NUMBERS: readonly Given[] = [0n, 1n]

/** The channels of a PROC, as they lead outside. */
export interface Outside {
  /** By the name of the parameter: as many as the parameter has. */
  readonly byName: ReadonlyMap<string, readonly OutsideChannel[]>
  readonly channels: readonly OutsideChannel[]
  /** The numbers that come, by the name of each channel on which some do. */
  readonly numbers: ReadonlyMap<string, readonly Given[]>
}

/** @throws ExploreError R0605, UsageError when `choices` do not fit */
export function outsideOf(shown: ProgramInterface, entry: EntryDescription, choices: ValueChoices): Outside {
  const byName = new Map<string, OutsideChannel[]>()
  const numbers = new Map<string, readonly Given[]>()
  const formals = channelsOf(entry)
  const inputs = formals.filter(({ direction }) => direction === '?').map(({ name }) => name)
  for (const name of choices.keys())
    if (name !== '' && !inputs.includes(name))
      throw new UsageError(
        `PROC ${entry.name} has no input \`${name}\` that \`--values\` could be about`,
        inputs.length === 0 ? 'nothing comes into it' : `values come in on ${inputs.map((each) => `\`${each}\``).join(', ')}`,
      )
  for (const { name, direction, protocol, dims } of formals) {
    const given = choices.get(name) ?? choices.get('') ?? NUMBERS
    const positions = positionsOf({ shown, protocol, channel: name, numbers: given, comesIn: direction === '?' })
    if (direction === '?' && hasNumbers(shown, protocol)) numbers.set(name, given)
    let names = [name]
    for (const size of dims) names = names.flatMap((each) => Array.from({ length: size ?? 0 }, (_, i) => `${each}[${i}]`))
    byName.set(
      name,
      names.map((each) => ({ name: each, direction, positions })),
    )
  }
  return { byName, channels: [...byName.values()].flat(), numbers }
}

/** Whether a number comes with some message. */
function hasNumbers({ protocols, records }: ProgramInterface, number: number): boolean {
  const isNumber = (type: DataType): boolean => {
    switch (type.kind) {
      case 'scalar':
        return type.name !== 'BOOL'
      case 'array':
      case 'mobile':
        return isNumber(type.element)
      case 'record':
        return (records[type.record]?.fields ?? []).some((field) => isNumber(field.type))
    }
  }
  const protocol = protocols[number]
  const items =
    protocol?.kind === 'variant' ? protocol.tags.flatMap((tag) => tag.items) : protocol?.kind === 'sequence' ? protocol.items : []
  return items.some((item) => item.kind === 'plain' && isNumber(item.type))
}

/** @returns a PROC whose channels lead outside */
export async function componentOf({ file, program }: Shown, entry: EntryDescription, { byName }: Outside): Promise<Component> {
  const { manifest, units } = program
  const machine = await withCodeStore((store) => {
    for (const unit of units) store.put(unit)
    return loadEntry(manifest, store, entry)
  })
  return { name: `${file}, PROC ${entry.name},`, main: (channel) => frameOf(machine, entry, byName, channel) }
}

function frameOf(machine: Machine, { formals }: EntryDescription, byName: Outside['byName'], channel: (end: Beyond) => Channel): Frame {
  const frame = machine.blank()
  const fields = frame as unknown as Record<string, Channel | readonly Channel[] | undefined> // the first slots are the parameters, all of them channels
  let slot = 0
  for (const formal of formals) {
    if (formal.kind !== 'channel') continue
    const [name, type] = machine.slots[slot++] ?? []
    if (name === undefined || type?.startsWith('chan') !== true) throw new Error(`${formal.name} of ${machine.name} is no channel`)
    const made = (byName.get(formal.name) ?? []).map((each) => channel(each))
    fields[name] = formal.dims.length === 0 ? made[0] : made
  }
  return frame
}
