/**
 * The report of a deadlock on several nodes. Everything is brought to one node, in rounds until nothing has moved between two of them; there
 * who waits for whom can be seen as a whole.
 */
import type { DeadlockReport } from '../report/report.ts'
import type { Gathered, GatherRequest } from './control.ts'
import type { Answer, Post } from './post.ts'

/** Rounds at most: processes may be on their way when it begins. */
const ROUNDS = 20

/**
 * @param done gets the report, or undefined when a node vanished meanwhile
 * @param before how much had moved up to the last round
 */
export function wholeDeadlock(
  post: Post,
  program: number,
  done: (report: DeadlockReport | undefined) => void,
  rounds = ROUNDS,
  before = -1,
): void {
  const nodes = post.nodes()
  const [first] = nodes
  if (first === undefined) {
    done(undefined)
    return
  }
  let open = nodes.length
  let elsewhere = 0
  let moves = 0
  let whole = true
  const gathered = (answer: Answer): void => {
    if ('value' in answer) {
      const found = answer.value as Gathered // the subject tells
      elsewhere += found.elsewhere
      moves += found.moves
    } else whole = false
    if (--open > 0) return
    if (!whole) done(undefined)
    else if (rounds > 0 && (elsewhere > 0 || moves !== before)) wholeDeadlock(post, program, done, rounds - 1, moves)
    else {
      post.request(first, 'waits', { program }, (waits) => {
        done('value' in waits ? ((waits.value as DeadlockReport | null) ?? undefined) : undefined) // the subject tells
      })
    }
  }
  for (const member of nodes) post.request(member, 'gather', { program, to: first.name } satisfies GatherRequest, gathered)
}
