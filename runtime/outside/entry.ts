/** From a PROC that is asked for by name to the frame that a program begins with, and the ends of its channels that are held outside. */
import type { ProgramManifest } from '../code/program.ts'
import type { CodeStore } from '../code/store.ts'
import type { Console } from '../host/console.ts'
import { Channel } from '../kernel/scheduler/state.ts'
import type { Frame, Machine } from '../kernel/scheduler/state.ts'
import type { Value } from '../kernel/scheduler/value.ts'
import type { EntryDescription, FormalDescription, ProgramInterface } from '../program-interface.ts'
import { requireAbi } from '../run/main-frame.ts'
import { RunError } from '../run/run-error.ts'
import { MessageCodec } from './messages.ts'
import { OutsideError, ValueError } from './outside-error.ts'
import { ReceivingPort, SendingPort } from './ends.ts'
import type { EndsOwner } from './ends.ts'
import { Misfit, show } from './misfit.ts'
import { toProgram } from './values.ts'

/** How many channels there are in an array of channels, of several dimensions perhaps. */
export type Sizes = number | readonly number[]

/** What a PROC is started with. */
export interface EntryArguments {
  /** Values of its VAL parameters, by their names. */
  readonly arguments?: Readonly<Record<string, unknown>>
  /** Sizes of its arrays of channels whose sizes are open, by their names. */
  readonly sizes?: Readonly<Record<string, Sizes>>
}

/** A port, or an array of them. */
export type PortTree = SendingPort | ReceivingPort | readonly PortTree[]

/** A frame to begin with, and what leads to its channels. */
export interface Entry {
  readonly frame: Frame
  readonly channels: Readonly<Record<string, PortTree>>
  readonly ports: readonly (SendingPort | ReceivingPort)[]
  /** The console of a main process. */
  readonly console?: Console
}

/** A frame without its ports: those are made where its processes are. */
export interface PreparedEntry {
  /** Makes the frame and the ports. Call once. */
  open(owner: EndsOwner): Entry
}

/** @returns the PROC of that name. @throws OutsideError R0702, R0703 */
export function entryNamed(program: ProgramInterface, name: string, source: string): EntryDescription {
  const entry = program.entries.find((each) => each.name === name)
  if (entry === undefined) {
    const names = program.entries.map((each) => each.name)
    const help = names.length === 0 ? 'the file has no PROC at its top level' : `its PROCs are ${names.join(', ')}`
    throw new OutsideError('R0702', `${source} has no PROC ${show(name)}`, help)
  }
  if (entry.refused !== undefined) throw cannotStart(name, entry.refused)
  for (const formal of entry.formals) if (formal.kind === 'foreign') throw cannotStart(name, `parameter \`${formal.text}\`: ${formal.why}`)
  return entry
}

function cannotStart(name: string, why: string): OutsideError {
  return new OutsideError(
    'R0703',
    `PROC ${name} cannot be started from outside: ${why}`,
    'start a PROC whose parameters are channels of data and VALs, and that calls this one',
  )
}

/** Loads the machine of an entry. @throws CodeError, RunError R0521, R0522 (as a rejection) */
export async function loadEntry(manifest: ProgramManifest, store: CodeStore, entry: EntryDescription): Promise<Machine> {
  requireAbi(manifest)
  const { machines } = await store.load(entry.unit)
  const machine = machines.find(({ name }) => name === entry.machine)
  if (machine === undefined)
    throw new RunError(
      'R0521',
      `the unit of ${entry.name} in ${manifest.source} has no machine ${entry.machine}`,
      'compile the program again',
    )
  return machine
}

/**
 * Looks at what an entry is given.
 * @throws ValueError R0704, OutsideError R0704
 */
export function prepareEntry(
  program: ProgramInterface,
  entry: EntryDescription,
  machine: Machine,
  { arguments: given = {}, sizes = {}, ...others }: EntryArguments,
): PreparedEntry {
  requireNames(entry, { arguments: given, sizes, ...others })
  const values = new Map<FormalDescription, Value[]>()
  const dims = new Map<FormalDescription, readonly number[]>()
  for (const formal of entry.formals) {
    if (formal.kind === 'value') values.set(formal, argument(program, entry, formal, given))
    else if (formal.kind === 'channel') dims.set(formal, sizesOf(entry, formal, sizes[formal.name]))
  }
  const open = (owner: EndsOwner): Entry => {
    const frame = machine.blank()
    const fields = frame as unknown as Record<string, unknown> // the first slots are the parameters
    let slot = 0
    const fill = (value: unknown): void => {
      const [field] = machine.slots[slot++] ?? []
      if (field === undefined) throw new RunError('R0521', `${machine.name} has too few parameters`, 'compile the program again')
      fields[field] = value
    }
    const channels: Record<string, PortTree> = {}
    const ports: (SendingPort | ReceivingPort)[] = []
    for (const formal of entry.formals) {
      if (formal.kind === 'value') for (const value of values.get(formal) ?? []) fill(value)
      if (formal.kind !== 'channel') continue
      const protocol = program.protocols[formal.protocol]
      if (protocol === undefined) throw new Error(`the interface has no protocol ${formal.protocol}`)
      const codec = new MessageCodec(protocol, program)
      const made: Channel[] = []
      const port = (name: string): SendingPort | ReceivingPort => {
        const channel = new Channel()
        made.push(channel)
        const opened =
          formal.direction === '?' ? new SendingPort(name, channel, codec, owner) : new ReceivingPort(name, channel, codec, owner)
        ports.push(opened)
        return opened
      }
      const tree = ([size, ...inner]: readonly number[], name: string): PortTree =>
        size === undefined ? port(name) : Array.from({ length: size }, (_, i) => tree(inner, `${name}[${i}]`))
      const found = dims.get(formal) ?? []
      channels[formal.name] = tree(found, formal.name)
      fill(found.length === 0 ? made[0] : made)
      formal.dims.forEach((size, i) => {
        if (i > 0 && size === null) fill(found[i])
      })
    }
    return { frame, channels, ports }
  }
  return { open }
}

/** @throws OutsideError R0704 when something is given that the PROC does not know */
function requireNames({ name: proc, formals }: EntryDescription, given: EntryArguments): void {
  const wrong = (message: string, help: string): OutsideError => new OutsideError('R0704', message, help)
  const takes = {
    arguments: formals.flatMap(({ kind, name }) => (kind === 'value' ? [name] : [])),
    sizes: formals.flatMap((formal) => (formal.kind === 'channel' && formal.dims.includes(null) ? [formal.name] : [])),
  }
  const words = { arguments: 'VAL parameter', sizes: 'array of channels whose size is open' }
  for (const [option, values] of Object.entries(given) as [string, unknown][]) {
    if (option !== 'arguments' && option !== 'sizes')
      throw wrong(
        `${show(option)} is no option of start`,
        'values of VAL parameters go into `arguments`, sizes of arrays of channels into `sizes`',
      )
    if (typeof values !== 'object' || values === null)
      throw wrong(`\`${option}\` is an object, and was given as ${show(values)}`, 'give values by their names')
    const known = takes[option]
    const strange = Object.keys(values).find((name) => !known.includes(name))
    if (strange === undefined) continue
    const help = known.length === 0 ? 'it has none' : `there is ${known.join(', ')}`
    throw wrong(`PROC ${proc} has no ${words[option]} ${show(strange)}`, help)
  }
}

/** @returns what goes into the slots of a parameter: the value, and its sizes that are open */
function argument(
  program: ProgramInterface,
  { name: proc }: EntryDescription,
  formal: FormalDescription & { readonly kind: 'value' },
  given: Readonly<Record<string, unknown>>,
): Value[] {
  const { name, type, text } = formal
  if (!Object.hasOwn(given, name))
    throw new OutsideError(
      'R0704',
      `PROC ${proc} wants a value for \`${text}\``,
      `give it in \`arguments: { ${JSON.stringify(name)}: ... }\``,
    )
  const sizes: number[] = []
  try {
    const value = toProgram(type, given[name], program.records, '', sizes)
    return [value, ...(type.kind === 'array' ? sizes : [])]
  } catch (error) {
    if (error instanceof Misfit) throw new ValueError('R0704', `argument ${name} of PROC ${proc}`, error.part, error.expected, error.got)
    throw error
  }
}

/** Channels of one array, at most. */
const MOST_CHANNELS = 1 << 20

/** @returns the sizes of an array of channels */
function sizesOf(
  { name: proc }: EntryDescription,
  { name, text, dims }: FormalDescription & { readonly kind: 'channel' },
  given: Sizes | undefined,
): readonly number[] {
  const open = dims.filter((size) => size === null).length
  const list = given === undefined ? [] : typeof given === 'number' ? [given] : given
  if (list.length !== open || !list.every((size) => Number.isInteger(size) && size >= 0)) {
    const help = `give ${open === 1 ? 'it' : `its ${open} sizes`} in \`sizes: { ${JSON.stringify(name)}: ... }\``
    throw new OutsideError(
      'R0704',
      `PROC ${proc} wants ${open === 1 ? 'the size' : `${open} sizes`} of \`${text}\`, and was given ${show(given)}`,
      help,
    )
  }
  let at = 0
  const found = dims.map((size) => size ?? list[at++] ?? 0)
  if (found.reduce((product, size) => product * size, 1) > MOST_CHANNELS)
    throw new OutsideError('R0704', `\`${text}\` of PROC ${proc} would have more than ${MOST_CHANNELS} channels`, 'make it smaller')
  return found
}
