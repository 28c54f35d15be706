/**
 * Finding out that a whole program stands still: nothing runs on any node and nothing is on its way.
 *
 * The four-counter method (F. Mattern, "Algorithms for distributed termination detection", Distributed Computing 2, 1987): every node says
 * whether it is idle and how many messages it has sent and received. Messages that one wave counted as sent but not received may have woken
 * somebody behind its back; two waves in a row with all nodes idle and equal counts leave no room for that.
 *
 * Only messages between members that are still there count: what a vanished node sent or received nobody can tell any more.
 *
 * A roaming program never becomes idle, even when it is deadlocked, because a process that waits in an ALT is restarted on every move. So before
 * a wave every node pauses roaming, until it hears that the program goes on.
 *
 * While somebody waits for the outside the program may go on, whatever the nodes would say, and no wave is made: whoever is woken by the outside becomes idle
 * again, and says so.
 */
import type { OfProgram, Vitals } from '../wire/messages.ts'
import type { Messenger } from '../wire/messenger.ts'

/** Between a hint and the wave, for further hints to join in: at first, and after many waves in vain. */
const WAIT_MS = 5
const WAIT_AT_MOST_MS = 80
/** Until the next wave while roaming is paused and it is not known yet whether the program goes on. */
const PAUSED_MS = 5

/**
 * What a look has found. `still`: the program stands still. `active`: it goes on. `moving`: nothing runs, but something is on its way, or
 * nobody can tell.
 */
type Finding = 'still' | 'active' | 'moving'

/** What one wave has found; `counts` of two waves can be compared, and are undefined when something was on its way. */
interface Wave {
  readonly running: boolean
  readonly counts: string | undefined
}

export class Quiescence {
  private scheduled = false
  private waving = false
  private hinted = false
  private over = false
  private waitMs = WAIT_MS
  /** Nodes may have been told to pause roaming, also by this program's home at the node before. */
  private paused = true
  /** Members that the last wave found busy. They say so when they have become idle; until then there is no use in asking. */
  private readonly busy = new Set<number>()

  /**
   * @param about the program, as messages name it now
   * @param own vitals of the home's own site
   * @param outside whether somebody waits for the outside
   * @param quiet is called when the program stands still; `hint` must be called before it can be called again. Returns whether it may go on all
   *   the same, since it waits for the outside
   */
  constructor(
    private readonly messenger: Messenger,
    private readonly about: () => OfProgram,
    private readonly own: () => Vitals,
    private readonly outside: () => boolean,
    private readonly quiet: () => boolean,
  ) {}

  /** A member has become idle, or has left: it may be worth looking. */
  hint(member: number): void {
    this.busy.delete(member)
    this.hinted = true
    this.schedule()
  }

  close(): void {
    this.over = true
  }

  private schedule(): void {
    if (!this.hinted || this.scheduled || this.waving || this.over || this.busy.size > 0) return
    this.scheduled = true
    this.messenger.engine.clock.after(this.waitMs, () => {
      this.scheduled = false
      if (!this.over) this.look()
    })
  }

  private look(): void {
    this.hinted = false
    if (this.outside()) {
      this.waitMs = WAIT_MS
      this.release()
      return
    }
    this.waving = true
    this.wave((first) => {
      if (first.running || first.counts === undefined || this.over) this.looked(first.running ? 'active' : 'moving')
      else
        this.wave((second) => {
          if (second.counts === first.counts) this.looked('still')
          else this.looked(second.running || second.counts !== undefined ? 'active' : 'moving')
        })
    })
  }

  private looked(finding: Finding): void {
    this.waving = false
    if (this.over) return
    if (finding === 'still') {
      this.waitMs = WAIT_MS
      if (this.quiet()) this.release()
      return
    }
    this.waitMs = Math.min(WAIT_AT_MOST_MS, 2 * this.waitMs)
    if (finding === 'active') this.release()
    else this.lookAgain()
    if (this.busy.size === 0) this.hinted = true // something was on its way, and nobody may have more to say
    this.schedule()
  }

  /** Roaming is paused: whether it may go on has to be found out, also if nobody says anything. */
  private lookAgain(): void {
    this.messenger.engine.clock.after(PAUSED_MS, () => {
      if (!this.over && !this.waving) this.look()
    })
  }

  /** The program goes on, and with it what roams. */
  private release(): void {
    if (!this.paused) return
    this.paused = false
    for (const member of this.messenger.nodes()) this.messenger.note(member.index, 'resume-roaming', this.about())
  }

  /** Asks all nodes. */
  private wave(done: (wave: Wave) => void): void {
    const nodes = this.messenger.nodes()
    const answers = new Map<number, Vitals>()
    let open = nodes.length
    let idle = this.own().idle
    let running = false
    let whole = true
    this.paused = true
    const answered = (): void => {
      if (open > 0) return
      const own = this.own() // now: something may have come to the home meanwhile
      answers.set(this.messenger.self.index, own)
      done({ running, counts: whole && idle && own.idle ? balance(answers) : undefined })
    }
    for (const member of nodes) {
      this.messenger.note(member.index, 'pause-roaming', this.about()) // comes before the request
      this.messenger.request(member, 'vitals', this.about(), (answer) => {
        open--
        if ('value' in answer) {
          const vitals = answer.value // null: the node has nothing of the program
          if (vitals?.running === true) running = true
          if (vitals?.idle === false) {
            idle = false
            this.busy.add(member.index)
          }
          if (vitals !== null) answers.set(member.index, vitals)
        } else whole = false // it has just vanished
        answered()
      })
    }
    if (nodes.length === 0) answered()
  }
}

/**
 * @returns all counts as a text when everything sent was received and all know the same members: what one has yet to hear of one that left,
 *   may make it send messages again; undefined otherwise
 */
function balance(answers: ReadonlyMap<number, Vitals>): string | undefined {
  const counts: string[] = []
  const views = new Set<string>()
  for (const [from, { sent, peers }] of answers) {
    views.add(peers.join(' '))
    for (const [to, { received }] of answers) {
      const n = sent[to] ?? 0
      if (n !== (received[from] ?? 0)) return undefined
      if (n > 0) counts.push(`${from}>${to}:${n}`)
    }
  }
  return views.size > 1 ? undefined : counts.sort().join(' ') // the answers come in any order
}
