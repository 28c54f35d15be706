/**
 * Processes of the interpreter are generators that yield what they wait for. A process runs until it waits; those that wait are looked at in
 * order. A process that faults is dead while the others go on, so that all faults that some schedule could report first are found.
 */
import { Fault } from './fault.ts'
import type { Place } from './memory.ts'

/** What a process waits for. */
export interface Wait {
  readonly ready: () => boolean
  /** The time at which it stops waiting in any case. */
  readonly time?: bigint
}

export type Running = Generator<Wait, void>

interface Offer {
  readonly value: Place
  taken: boolean
}

/** One channel: a message that a writer offers until a reader takes it. */
export class Channel {
  private offer: Offer | undefined
  /** Whether somebody has claimed the end that writes, and the one that reads. */
  readonly claimed = { '!': false, '?': false }

  get ready(): boolean {
    return this.offer !== undefined
  }

  /** @param value is not changed afterwards */
  *put(value: Place): Running {
    const offer = { value, taken: false }
    this.offer = offer
    yield { ready: () => offer.taken }
  }

  /** An extended input: the writer goes on when `during` has ended. */
  *extend(during: (value: Place) => Running): Running {
    yield { ready: () => this.ready }
    const { offer } = this
    if (offer === undefined) throw new Error('two readers of one channel')
    this.offer = undefined
    yield* during(offer.value)
    offer.taken = true
  }

  *take(): Generator<Wait, Place> {
    yield { ready: () => this.ready }
    const { offer } = this
    if (offer === undefined) throw new Error('two readers of one channel')
    this.offer = undefined
    offer.taken = true
    return offer.value
  }
}

/** Processes that go on only when all that are enrolled have come. */
export class Barrier {
  private enrolled = 1
  private came = 0
  private round = 0

  /** @param n how many processes more */
  enroll(n: number): void {
    this.enrolled += n
  }

  resign(): void {
    this.enrolled--
    this.look()
  }

  *sync(): Running {
    const { round } = this
    this.came++
    this.look()
    yield { ready: () => this.round !== round }
  }

  private look(): void {
    if (this.came === 0 || this.came < this.enrolled) return
    this.came = 0
    this.round++
  }
}

/** What was forked in a FORKING, or in the program outside of any. */
export interface Forks {
  alive: number
}

interface Task {
  readonly process: Running
  wait: Wait | undefined
  readonly ended: () => void
  forks: Forks
}

export class Scheduler {
  readonly faults: Fault[] = []
  /** Microseconds; goes on when nothing else can. */
  time = 0n
  /** What belongs to no FORKING. */
  readonly loose: Forks = { alive: 0 }
  private tasks: Task[] = []
  private current: Task | undefined

  /** Starts a process. @param ended is called when it has come to its end */
  start(process: Running, ended: () => void = () => undefined): void {
    this.tasks.push({ process, wait: undefined, ended, forks: this.current?.forks ?? this.loose })
  }

  /** Starts a process that is forked by the one that runs. */
  fork(process: Running, ended: () => void): void {
    const forks = this.current?.forks ?? this.loose
    forks.alive++
    this.start(process, () => {
      forks.alive--
      ended()
    })
  }

  /** Runs a FORKING. */
  *forking(body: Running): Running {
    const task = this.current
    if (task === undefined) throw new Error('a FORKING is part of a process')
    const around = task.forks
    const mine: Forks = { alive: 0 }
    task.forks = mine
    yield* body
    yield { ready: () => mine.alive === 0 }
    task.forks = around
  }

  /** Runs all processes as far as they go. @returns whether all have come to their end */
  run(): boolean {
    for (;;) {
      const task = this.tasks.find(({ wait }) => wait === undefined || wait.ready())
      if (task !== undefined) this.advance(task)
      else if (!this.passTime()) return this.tasks.length === 0 && this.faults.length === 0
    }
  }

  private advance(task: Task): void {
    this.current = task
    try {
      const { done, value } = task.process.next()
      if (done !== true) {
        task.wait = value
        return
      }
      task.ended()
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      this.faults.push(error)
    }
    this.tasks = this.tasks.filter((other) => other !== task)
  }

  private passTime(): boolean {
    const times = this.tasks.flatMap(({ wait }) => (wait?.time === undefined ? [] : [wait.time]))
    if (times.length === 0) return false
    const next = times.reduce((a, b) => (a < b ? a : b))
    if (next <= this.time) return false
    this.time = next
    return true
  }
}
