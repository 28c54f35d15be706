/** Code units from wherever they are. */
import type { CodeUnit } from '../../code/program.ts'
import type { Member } from '../../engine/engine.ts'
import type { Messenger } from '../wire/messenger.ts'
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
