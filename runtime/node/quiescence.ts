/**
 * Finding out that a whole program stands still: nothing runs on any node and nothing is on its way.
 *
 * The four-counter method (F. Mattern, "Algorithms for distributed termination detection", Distributed Computing 2, 1987): every node says
 * whether it is idle and how many messages it has sent and received. Messages that one wave counted as sent but not received may have woken
 * somebody behind its back; two waves in a row with all nodes idle and equal counts leave no room for that.
 *
 * Only messages between members that are still there count: what a vanished node sent or received nobody can tell any more.
 */
import type { Post } from './post.ts'
import type { Vitals } from './site.ts'

/** Milliseconds between a hint and the wave, for further hints to join in: at first, and after many waves in vain. */
const GATHER = 5
const GATHER_AT_MOST = 80

export class Quiescence {
  private scheduled = false
  private waving = false
  private hinted = false
  private over = false
  private gather = GATHER
  /** Members that the last wave found busy. They say so when they have become idle; until then there is no use in asking. */
  private readonly busy = new Set<number>()

  /**
   * @param own vitals of the terminal's own site
   * @param quiet is called when the program stands still; `hint` must be called before it can be called again
   */
  constructor(
    private readonly post: Post,
    private readonly program: number,
    private readonly own: () => Vitals,
    private readonly quiet: () => void,
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
    this.post.engine.clock.after(this.gather, () => {
      this.scheduled = false
      if (!this.over) this.look()
    })
  }

  private look(): void {
    this.waving = true
    this.hinted = false
    this.wave((first) => {
      if (first === undefined || this.over) this.looked(false)
      else
        this.wave((second) => {
          this.looked(first === second)
        })
    })
  }

  private looked(still: boolean): void {
    this.waving = false
    if (this.over) return
    if (still) {
      this.gather = GATHER
      this.quiet()
      return
    }
    this.gather = Math.min(GATHER_AT_MOST, 2 * this.gather)
    if (this.busy.size === 0) this.hinted = true // something was on its way, and nobody may have more to say
    this.schedule()
  }

  /** Asks all nodes. @param done gets the counts in a comparable form; undefined when something goes on */
  private wave(done: (counts: string | undefined) => void): void {
    const nodes = this.post.nodes()
    const answers = new Map<number, Vitals>()
    let open = nodes.length
    let idle = this.own().idle
    let whole = true
    const answered = (): void => {
      if (open > 0) return
      answers.set(this.post.self.index, this.own())
      done(whole && idle && this.own().idle ? balance(answers) : undefined)
    }
    for (const member of nodes) {
      this.post.request(member, 'vitals', { program: this.program }, (answer) => {
        open--
        if ('value' in answer) {
          const vitals = answer.value as Vitals | null // the subject tells; a node may have nothing of the program
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
  return views.size > 1 ? undefined : counts.join(' ')
}
