/**
 * Code units at run time: what a compiled module hands over, and what the kernel makes of it.
 *
 * A unit's module calls `unit (...)` once when it is loaded; the loader then sets `hash` and `debug`. The slot lists are the snapshot schema.
 */
import { Fault } from './fault.ts'
import type { Machine, MachineDefinition, Unit } from './state.ts'

/** What the names of units begin with that belong to the runtime and whose processes may move all the same. */
const HOST_PREFIX = 'godwit:'

/** Stands for the hash of the unit of the processes at channel ends that are held outside of the program. */
export const OUTSIDE = `${HOST_PREFIX}outside`

/** @returns whether processes of a unit are at ends that are held outside of the program */
export function isOfOutside({ hash }: Unit): boolean {
  return hash === OUTSIDE
}

/** @returns whether processes of a unit belong to the host, not to the program */
export function isOfHost({ hash }: Unit): boolean {
  return hash === '' || hash.startsWith(HOST_PREFIX)
}

export interface UnitDefinition {
  readonly name: string
  readonly machines: readonly MachineDefinition[]
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
