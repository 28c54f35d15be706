/**
 * Who waits for whom on several nodes. The program is brought to one node, in rounds until nothing has moved between two of them; there it can be
 * seen as a whole.
 */
import type { Member } from '../../engine/engine.ts'
import type { DeadlockReport, WaitGraphReport, WaitingProcess } from '../../report/report.ts'
import type { Answer, OfProgram } from '../wire/messages.ts'
import type { Messenger } from '../wire/messenger.ts'

/** Rounds at most: processes may be on their way when it begins. */
const ROUNDS = 20

/** @param done gets the report of a program that stands still, or undefined when a node vanished meanwhile */
export function wholeDeadlock(messenger: Messenger, about: OfProgram, done: (report: DeadlockReport | undefined) => void): void {
  gather(messenger, about, (first) => {
    if (first === undefined) done(undefined)
    else messenger.request(first, 'deadlock', about, ...collected(done))
  })
}

/** @param done gets who waits for whom in a program that need not stand still, or undefined when a node vanished meanwhile */
export function wholeWaits(
  messenger: Messenger,
  about: OfProgram,
  title: string,
  done: (report: WaitGraphReport | undefined) => void,
): void {
  gather(messenger, about, (first) => {
    if (first === undefined) done(undefined)
    else messenger.request(first, 'waits', { ...about, title }, ...collected(done))
  })
}

type Whole = DeadlockReport | WaitGraphReport

/** @returns what takes the answer with such a report, and the processes that come in parts before it */
function collected<R extends Whole>(
  done: (report: R | undefined) => void,
): [(answer: { readonly value: R | null } | { readonly error: unknown }) => void, (part: readonly WaitingProcess[]) => void] {
  const processes: WaitingProcess[] = []
  return [
    (answer) => {
      done('value' in answer && answer.value !== null ? { ...answer.value, processes } : undefined)
    },
    (part) => {
      for (const process of part) processes.push(process)
    },
  ]
}

/**
 * Brings all of a program to the first node.
 * @param done gets that node, or undefined when a node vanished meanwhile
 * @param before how much had moved up to the last round
 */
function gather(messenger: Messenger, about: OfProgram, done: (first: Member | undefined) => void, rounds = ROUNDS, before = -1): void {
  const nodes = messenger.nodes()
  const [first] = nodes
  if (first === undefined) {
    done(undefined)
    return
  }
  let open = nodes.length
  let elsewhere = 0
  let moves = 0
  let whole = true
  const gathered = (answer: Answer<'gather'>): void => {
    if ('value' in answer) {
      elsewhere += answer.value.elsewhere
      moves += answer.value.moves
    } else whole = false
    if (--open > 0) return
    if (!whole) done(undefined)
    else if (rounds > 0 && (elsewhere > 0 || moves !== before)) gather(messenger, about, done, rounds - 1, moves)
    else done(first)
  }
  for (const member of nodes) messenger.request(member, 'gather', { ...about, to: first.name }, gathered)
}
