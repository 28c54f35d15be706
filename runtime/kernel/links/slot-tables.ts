/**
 * Tables of branches that are apart from their parents, which count what is in them. A branch that is apart is in two tables, at its own node by the id of its
 * slot and at its parent's by what stands for it; so all nodes together can find out whether a branch or a parent is missing, without naming any of them.
 */
import { Forks } from '../scheduler/forks.ts'
import type { Process } from '../scheduler/state.ts'
import type { SlotLink } from './objects.ts'

/** How many slots there are, and the sum of their ids modulo `MODULUS`. */
export interface SlotSum {
  readonly count: number
  readonly sum: number
}

/** Ids are smaller: they have 16 bits of a member and 32 of a number, and so a sum stays exact. */
const MODULUS = 2 ** 50

export const NO_SLOTS: SlotSum = { count: 0, sum: 0 }

export function sumOf(a: SlotSum, b: SlotSum): SlotSum {
  return { count: a.count + b.count, sum: (a.sum + b.sum) % MODULUS }
}

function withSlot(all: SlotSum, id: number): SlotSum {
  return sumOf(all, { count: 1, sum: id })
}

function withoutSlot(all: SlotSum, id: number): SlotSum {
  return sumOf(all, { count: -1, sum: MODULUS - id })
}

/** Branches whose parents are elsewhere, by the ids of their slots. */
export class PartedBranches extends Map<number, Process> {
  slots = NO_SLOTS

  override set(slot: number, branch: Process): this {
    if (!this.has(slot)) this.slots = withSlot(this.slots, slot)
    return super.set(slot, branch)
  }

  override delete(slot: number): boolean {
    if (!super.delete(slot)) return false
    this.slots = withoutSlot(this.slots, slot)
    return true
  }
}

/** What stands for branches that are elsewhere. Places for processes that are forked elsewhere are counted apart: such a process may not have begun. */
export class BranchPlaces extends Map<Process, SlotLink> {
  slots = NO_SLOTS
  /** How many places for forked processes there are. */
  forks = 0
  private readonly forked = new Set<Process>()

  override set(standIn: Process, slot: SlotLink): this {
    this.delete(standIn)
    if (standIn.join instanceof Forks && standIn.index > 0) {
      this.forked.add(standIn)
      this.forks++
    } else this.slots = withSlot(this.slots, slot.id)
    return super.set(standIn, slot)
  }

  override delete(standIn: Process): boolean {
    const slot = this.get(standIn)
    if (slot === undefined) return false
    if (this.forked.delete(standIn)) this.forks--
    else this.slots = withoutSlot(this.slots, slot.id)
    return super.delete(standIn)
  }
}
