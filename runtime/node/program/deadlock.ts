/**
 * Who waits for whom on several nodes. Everything is brought to one node, in rounds until nothing has moved between two of them; there it can be
 * seen as a whole.
 */
import type { Member } from '../../engine/engine.ts'
import type { DeadlockReport, WaitGraphReport } from '../../report/report.ts'
import type { Gathered, GatherRequest, WaitsRequest } from '../commands/control.ts'
import type { Answer, Post } from '../wire/messenger.ts'

/** Rounds at most: processes may be on their way when it begins. */
const ROUNDS = 20

/** @param done gets the report of a program that stands still, or undefined when a node vanished meanwhile */
export function wholeDeadlock(post: Post, program: number, done: (report: DeadlockReport | undefined) => void): void {
  whole(post, { program }, (report) => {
    done(report as DeadlockReport | undefined) // without a title it is one
  })
}

/** @param done gets who waits for whom in a program that need not stand still, or undefined when a node vanished meanwhile */
export function wholeWaits(post: Post, program: number, title: string, done: (report: WaitGraphReport | undefined) => void): void {
  whole(post, { program, title }, (report) => {
    done(report as WaitGraphReport | undefined) // with a title it is one
  })
}

function whole(post: Post, request: WaitsRequest, done: (report: unknown) => void): void {
  gather(post, request.program, (first) => {
    if (first === undefined) done(undefined)
    else
      post.request(first, 'waits', request, (waits) => {
        done('value' in waits ? (waits.value ?? undefined) : undefined)
      })
  })
}

/**
 * Brings all of a program to the first node.
 * @param done gets that node, or undefined when a node vanished meanwhile
 * @param before how much had moved up to the last round
 */
function gather(post: Post, program: number, done: (first: Member | undefined) => void, rounds = ROUNDS, before = -1): void {
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
    else if (rounds > 0 && (elsewhere > 0 || moves !== before)) gather(post, program, done, rounds - 1, moves)
    else done(first)
  }
  for (const member of nodes) post.request(member, 'gather', { program, to: first.name } satisfies GatherRequest, gathered)
}
