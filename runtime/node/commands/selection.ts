/** Which processes of a node a command means, and how results about many of them are sent. */
import { pathOf, walkProcesses } from '../../kernel/inspect/inspect.ts'
import type { Process } from '../../kernel/scheduler/state.ts'
import type { DrainedSite } from '../migration/drain.ts'
import { NodeError } from '../node-error.ts'
import type { NodeErrorData } from '../node-error.ts'
import type { Reply } from '../wire/messages.ts'
import type { Messenger } from '../wire/messenger.ts'
import type { MigrationResult } from '../wire/statuses.ts'

/** Elements of a list that go into one message. */
export const PART = 250

/** A site of a program. */
interface OfAProgram {
  readonly program: { readonly id: number }
}

/** @param program an id; absent: of all programs */
export function sitesOf<S extends OfAProgram>({ sites }: { readonly sites: ReadonlyMap<number, S> }, program: string | undefined): S[] {
  return [...sites.values()].filter(({ program: { id } }) => program === undefined || String(id) === program)
}

/**
 * @param below whether a process also counts that is below one whose path matches
 * @returns the processes of a site that match, parents before branches
 */
export function* matching(
  { kernel }: Pick<DrainedSite, 'kernel'>,
  matches: (path: string) => boolean,
  below: boolean,
): Generator<void, Process[], void> {
  const found: Process[] = []
  for (const p of walkProcesses(kernel)) {
    const path = pathOf(p)
    let matched = matches(path)
    if (below)
      for (let at = path.lastIndexOf('/'); at > 0 && !matched; at = path.lastIndexOf('/', at - 1)) matched = matches(path.slice(0, at))
    if (matched) found.push(p)
    yield
  }
  return found
}

export function sendInParts(results: readonly MigrationResult[], reply: Pick<Reply<'migrate'> | Reply<'drain'>, 'part'>): void {
  for (let at = 0; at < results.length; at += PART) reply.part(results.slice(at, at + PART))
}

/** @returns what a client is told of an error of a node */
export function refusal({ self }: Messenger, error: unknown): NodeErrorData {
  if (error instanceof NodeError) return error.toJSON()
  return new NodeError('R0412', `node ${self.name} cannot do this: ${error instanceof Error ? error.message : String(error)}`).toJSON()
}
