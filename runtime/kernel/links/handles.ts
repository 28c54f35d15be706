/**
 * Handles in values: a mobile that goes to another node holds them by their names on the way.
 *
 * Invariants
 * - Before a value is written for another node its handles have names; what has come is given the objects that this node has of these names
 *   before any process sees it.
 * - Whoever sends a value holds its handles until the receiver does: a writer until its output is taken, a branch until its results have come.
 */
import { Handle, HandleName, Mobile } from '../scheduler/value.ts'
import type { HandleLink, Reference } from '../scheduler/value.ts'

/** Calls `visit` for every handle in a value, with the parts that it stands in. */
export function eachHandle(v: unknown, visit: (h: Handle, parts: Reference[], at: number) => void): void {
  if (!(v instanceof Mobile)) return
  const queue = [v]
  for (let m = queue.pop(); m !== undefined; m = queue.pop()) {
    const { parts } = m
    parts.forEach((part, i) => {
      if (part instanceof Handle) visit(part, parts, i)
      else if (part instanceof Mobile) queue.push(part)
    })
  }
}

/** What gives handles their names, and finds handles by name. */
export interface HandleNames {
  /** Gives a handle a name if it has none; something that holds it leaves from here. */
  give(h: Handle): void
  /** @returns the object that this node has of that name */
  find(link: HandleLink): Handle
}

/** A value is about to be written for another node. */
export function nameHandles(v: unknown, names: HandleNames): void {
  eachHandle(v, (h) => {
    names.give(h)
  })
}

/** A value has come from another node. */
export function adoptHandles(v: unknown, names: HandleNames): void {
  eachHandle(v, (h, parts, i) => {
    if (h instanceof HandleName) parts[i] = names.find(h.link)
  })
}
