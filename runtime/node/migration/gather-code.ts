/** Code units from wherever they are. */
import type { CodeUnit } from '../../code/program.ts'
import type { Member } from '../../engine/engine.ts'
import type { Messenger } from '../wire/messenger.ts'
import { NodeError } from '../node-error.ts'
import type { CodeShelf } from './code-shelf.ts'

interface CodeSources {
  readonly shelf: CodeShelf
  readonly messenger: Pick<Messenger, 'nodes' | 'self' | 'request'>
}

/**
 * Asks one node after the other for what is not here.
 * @param done gets the units, in that order; undefined when no node has one of them. Never called before this has returned, if any is missing here
 */
export function gatherCode(
  { shelf, messenger }: CodeSources,
  hashes: readonly string[],
  done: (units: readonly CodeUnit[] | undefined) => void,
): void {
  const others = messenger.nodes().filter(({ index }) => index !== messenger.self.index)
  const look = (): void => {
    const units = hashes.map((hash) => shelf.get(hash)).filter((unit) => unit !== undefined)
    const node: Member | undefined = units.length === hashes.length ? undefined : others.pop()
    if (node === undefined) done(units.length === hashes.length ? units : undefined)
    else
      messenger.request(node, 'code', { hashes: hashes.filter((hash) => shelf.get(hash) === undefined) }, (answer) => {
        for (const unit of 'value' in answer ? answer.value : []) {
          try {
            shelf.put(unit)
          } catch {
            // it is not what its hash says: another node may have it
          }
        }
        look()
      })
  }
  look()
}

/** Who is asked for code, and how. */
export interface CodeSeeker {
  readonly shelf: CodeShelf
  /** @returns the members that may have code, in the order in which they are asked */
  readonly members: () => readonly Member[]
  /** Asks a member. @param done gets the units that it has; never called when nobody wants them any more */
  readonly request: (of: Member, hashes: readonly string[], done: (units: readonly CodeUnit[]) => void) => void
}

/**
 * Makes units and what they import ready: those that are not here are asked for, from one member after the other until one has some of them, and then
 * those that they turn out to import. It ends: each round brings a unit that was asked for, and units name what they import by hashes.
 * @param done gets nothing when the units are loaded, why they cannot be kept or loaded, or the hashes of those that nobody has
 */
export function completeCode(
  { shelf, members, request }: CodeSeeker,
  hashes: readonly string[],
  done: (problem: NodeError | readonly string[] | undefined) => void,
): void {
  const look = (missing: readonly string[]): void => {
    if (missing.length === 0) shelf.load(hashes, done)
    else ask(missing, members())
  }
  const ask = (missing: readonly string[], [member, ...others]: readonly Member[]): void => {
    if (member === undefined) {
      done(missing)
      return
    }
    request(member, missing, (units) => {
      try {
        for (const unit of units) shelf.put(unit) // computes the hash
      } catch (error) {
        done(error instanceof NodeError ? error : new NodeError('R0406', `the code cannot be kept: ${String(error)}`))
        return
      }
      const left = new Set(units.length === 0 ? missing : shelf.missing(hashes))
      if (missing.every((hash) => left.has(hash))) ask(missing, others)
      else look([...left])
    })
  }
  look(shelf.missing(hashes))
}
