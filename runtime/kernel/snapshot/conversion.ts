/** How frames of one machine are read as frames of another: what an upgrade has found out, as the frame reader uses it. */
import type { Machine } from '../scheduler/state.ts'

/** A slot that the old frame has nothing for. */
export interface Fill {
  readonly name: string
  /** Makes its value, a new one each time. */
  readonly make: () => unknown
}

/** What becomes of a frame that is suspended at one resume point. */
export type PointConversion =
  | {
      readonly pc: number
      /** By slot of the old machine: what the slot is called in the new frame. A slot that is not there is dropped. */
      readonly names: ReadonlyMap<number, string>
      readonly fills: readonly Fill[]
    }
  /** Why there is no such point. */
  | { readonly refusal: string }

/** What becomes of the frames of a machine that is not what it was. */
export type MachineConversion =
  | {
      readonly to: Machine
      /** By resume point. */
      readonly points: readonly PointConversion[]
      /** By slot: the results, and the arrays that a branch writes for its parent, which the new machine calls so. */
      readonly shared: ReadonlyMap<number, string>
      /** Why a frame that has ended, or one of a branch, cannot be converted; undefined when it can. */
      readonly sharedRefusal: string | undefined
    }
  /** Why there is no such machine. */
  | { readonly refusal: string }

/** By machine; one that is not in it stays as it is. */
export type Conversions = ReadonlyMap<Machine, MachineConversion>
