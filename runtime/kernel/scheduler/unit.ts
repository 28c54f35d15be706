/**
 * Code units at run time: what a compiled module hands over, and what the kernel makes of it.
 *
 * A unit's module calls `unit (...)` once when it is loaded; the loader then sets `hash` and `debug`. The slot lists are the snapshot schema.
 */
import type { Blame } from '../../../numbers/blame.ts'
import { Fault } from './fault.ts'
import type { Frame } from './process.ts'
import type { Process } from './process.ts'

/** Runs a machine from `frame.pc`. @returns true when it has ended, false when it is suspended with its live slots spilled. */
export type Step = (p: Process, f: never) => boolean

export type ElementType = 'bool' | 'byte' | 'int' | 'int16' | 'int32' | 'int64' | 'real32' | 'real64'
export type SlotType = ElementType | `array:${ElementType}` | 'chan' | 'chan?' | 'chan!' | 'chans' | 'chans?' | 'chans!'

/** What generated code says of one machine. */
export interface MachineDefinition {
  readonly name: string
  readonly step: Step
  /** Makes a frame with blank fields, for restoring into. */
  readonly blank: () => Frame
  /** Names and types of the frame's fields that are state, in order. */
  readonly slots: readonly (readonly [name: string, type: SlotType])[]
  /** For each resume point (index: pc) the slots, as indices into `slots`, that are live there. */
  readonly live: readonly (readonly number[])[]
  /** Slots that the caller or the join reads back. */
  readonly results: readonly number[]
  /** A branch that shares a variable with another one which writes it: it does not part from its parent. */
  readonly tied?: boolean
}

export interface UnitDefinition {
  readonly name: string
  readonly machines: readonly MachineDefinition[]
}

/** Where things are in the `.csp` text: the same shape as the compiler writes it. */
export interface UnitDebug {
  readonly name: string
  readonly files: readonly string[]
  readonly sites: readonly (readonly [file: number, line: number, column: number, text: string])[]
  readonly machines: readonly {
    readonly name: string
    readonly points: readonly (readonly [file: number, line: number, column: number, text: string])[]
    /** What the text calls the slots. */
    readonly slots?: readonly string[]
    /** What the channels of the branches that are calls are called where the PAR stands. */
    readonly branches?: readonly (readonly [pc: number, label: string, line: number, actuals: Readonly<Record<string, string>>])[]
  }[]
}

export interface Machine extends MachineDefinition {
  readonly unit: Unit
  /** Position in the unit's list. */
  readonly index: number
}

export interface Unit extends Blame {
  readonly name: string
  readonly machines: readonly Machine[]
  /** SHA-256 of the canonical code, set by the loader. Empty for units that are part of the runtime itself. */
  hash: string
  debug: UnitDebug | undefined
}

/**
 * Registers a module's machines.
 * @param definition what the module says of itself
 * @returns the unit; every frame class of it now knows its machine
 */
export function unit(definition: UnitDefinition): Unit {
  const machines: Machine[] = []
  const result: Unit = {
    name: definition.name,
    machines,
    hash: '',
    debug: undefined,
    fail(code, site, values) {
      throw new Fault(code, result, site, values)
    },
  }
  definition.machines.forEach((m, index) => {
    const machine: Machine = { ...m, unit: result, index }
    machines.push(machine)
    const prototype = Object.getPrototypeOf(m.blank()) as { machine: Machine } // a frame class is defined by the module next to its machine
    prototype.machine = machine
  })
  return result
}
