/**
 * A member of the cluster that may have sites: every node, and the terminal of a program.
 *
 * A program's site comes to be with the first message about it; until the directory has said that the program still runs, its messages wait.
 */
import type { Engine, Member } from '../engine/engine.ts'
import type { Deniable, HomeServices } from '../host/home-services.ts'
import type { Loss } from '../kernel/links/link-table.ts'
import { pathOf } from '../kernel/inspect/inspect.ts'
import type { LostProcess } from '../report/report.ts'
import type { CodeShelf } from './migration/code-shelf.ts'
import { answerControl } from './commands/control.ts'
import type { Prepare, Refuse, Resumed } from './migration/migrate.ts'
import { NodeError } from './node-error.ts'
import { Post } from './wire/messenger.ts'
import type { Answer, PostHandler } from './wire/messenger.ts'
import { decodeProgram, forgetProgram, programKey } from './program/program.ts'
import type { ProgramRecord } from './program/program.ts'
import { Roamer, roamingPace, seededRandom } from './migration/roam.ts'
import type { Random } from './migration/roam.ts'
import type { ErrandDone, ErrandNote } from './program/home-calls.ts'
import { failureOf } from './program/failure.ts'
import { Site } from './program/site.ts'
import type { MakeDrive, SiteEvents } from './program/site.ts'

export interface NodeParts {
  readonly engine: Engine
  readonly shelf: CodeShelf
  readonly drive: MakeDrive
  readonly random: Random
  /** What processes may not do here. */
  readonly denied?: readonly Deniable[]
  readonly events?: NodeEvents
}

/** What a node tells whoever runs it. */
export interface NodeEvents {
  joined?(member: Member): void
  left?(member: Member): void
  /** The cluster has given this node up; it does nothing any more. */
  fenced?(): void
  /** A note that is for the terminal of a program. */
  note?(from: Member, subject: string, content: unknown): void
  /** Instead of what a node does when its site is idle, or a slice has ended: for the terminal's own site. */
  readonly site?: Partial<SiteEvents>
}

/** Milliseconds between two sweeps of a site. */
const SWEEP = 2_000
/** Milliseconds a site must be idle before it says so. */
const SETTLED = 5

export class GodwitNode {
  readonly post: Post
  readonly shelf: CodeShelf
  readonly engine: Engine
  /** By program id. */
  readonly sites = new Map<number, Site>()
  /** Of programs that are over. */
  readonly past = { arrivals: 0, departures: 0, roamed: 0 }
  /** Programs that are over: what comes late of them finds nobody, also before the directory has forgotten them. */
  private readonly ended = new Set<number>()
  private readonly waiting = new Map<number, ((site: Site) => void)[]>()
  private readonly announcing = new Set<Site>()
  private closed = false

  constructor(private readonly parts: NodeParts) {
    this.engine = parts.engine
    this.shelf = parts.shelf
    const handler: PostHandler = {
      request: (from, subject, content, answer) => {
        this.request(from, subject, content, answer)
      },
      note: (from, subject, content, body) => {
        this.note(from, subject, content, body)
      },
      link: (from, program, message) => {
        this.withSite(program, (site) => {
          site.link(from, message)
        })
      },
      joined: (member) => parts.events?.joined?.(member),
      left: (member) => {
        this.left(member)
      },
    }
    this.post = new Post(parts.engine, handler)
  }

  get self(): Member {
    return this.post.self
  }

  /** Begins to listen to the others. */
  open(): void {
    this.post.open()
    this.sweep()
  }

  /** Stops everything here and leaves the cluster. */
  close(done: () => void): void {
    this.halt()
    this.engine.close(done)
  }

  /**
   * Makes the site of a program that is known; its drive has not been started.
   * @param home the program's home, when it is here
   */
  addSite(program: ProgramRecord, home?: HomeServices): Site {
    let roamer: Roamer | undefined
    const events: SiteEvents = {
      ended: (site) => {
        this.tellTerminal(site, 'ended', { time: site.kernel.now() })
      },
      failed: (site) => {
        this.failed(site)
      },
      idle: (site) => {
        this.announceIdle(site)
      },
      slice: () => roamer?.slice(),
      lost: (site, loss) => {
        this.lost(site, loss)
      },
      ...this.parts.events?.site,
    }
    const { post, shelf } = this
    const { drive, denied = [] } = this.parts
    const parts = { program, post, shelf, drive, events, denied, ...(home === undefined ? {} : { home }) }
    const { roam, seed } = program
    let site: Site
    if (roam === undefined || this.self.kind !== 'node') site = new Site(parts)
    else {
      const random = seed === undefined ? this.parts.random : seededRandom(seed, post.place)
      site = new Site({ ...parts, pace: roamingPace(roam, random) })
      roamer = new Roamer(site, roam, random)
    }
    this.sites.set(program.id, site)
    return site
  }

  /** Drops a program's site. */
  removeSite(program: number): void {
    this.ended.add(program)
    const site = this.sites.get(program)
    if (site === undefined) return
    site.close()
    this.sites.delete(program)
    this.past.arrivals += site.counts.arrivals
    this.past.departures += site.counts.departures
    this.past.roamed += site.counts.roamed
  }

  private halt(): void {
    this.closed = true
    for (const program of [...this.sites.keys()]) this.removeSite(program)
    this.post.close()
  }

  /** Does `work` with a program's site, as soon as it is known that the program runs; never if it does not. */
  private withSite(program: number, work: (site: Site) => void): void {
    const site = this.sites.get(program)
    if (site !== undefined) {
      work(site)
      return
    }
    if (this.ended.has(program)) return
    const queue = this.waiting.get(program)
    if (queue !== undefined) return void queue.push(work)
    const works = [work]
    this.waiting.set(program, works)
    this.engine.directory.get([programKey(program)], ([text]) => {
      this.waiting.delete(program)
      if (text === undefined || this.closed || this.ended.has(program)) return
      const record = decodeProgram(text)
      if (this.engine.membership.get(record.terminal) === undefined) return // it has just vanished, the program with it
      const made = this.addSite(record)
      made.drive.start()
      for (const each of works) each(made)
    })
  }

  private note(from: Member, subject: string, content: unknown, body: Uint8Array): void {
    switch (subject) {
      case 'prepare': {
        const prepare = content as Prepare // the subject tells
        this.withSite(prepare.program, (site) => {
          site.prepare(from, prepare, body)
        })
        return
      }
      case 'refuse':
      case 'resumed': {
        const answer = content as Refuse | Resumed // the subject tells
        this.sites.get(answer.program)?.answered(subject, answer)
        return
      }
      case 'errand': {
        const errand = content as ErrandNote // the subject tells
        this.sites.get(errand.program)?.errand(from, errand, body)
        return
      }
      case 'errand-done': {
        const done = content as ErrandDone // the subject tells
        this.sites.get(done.program)?.errandDone(from, done, body)
        return
      }
      case 'release': {
        const site = this.sites.get((content as { program: number }).program) // the subject tells
        if (site !== undefined) site.held = false
        return
      }
      case 'stop': {
        this.removeSite((content as { program: number }).program)
        return
      } // the subject tells
      default:
        this.parts.events?.note?.(from, subject, content)
    }
  }

  private request(from: Member, subject: string, content: unknown, answer: (answer: Answer) => void): void {
    try {
      answerControl(this, from, subject, content, answer)
    } catch (error) {
      const known =
        error instanceof NodeError
          ? error
          : new NodeError('R0412', `node ${this.self.name} cannot do this: ${error instanceof Error ? error.message : String(error)}`)
      answer({ error: known.toJSON() })
    }
  }

  private left(member: Member): void {
    if (member.index === this.self.index) {
      this.halt()
      this.parts.events?.fenced?.()
      return
    }
    for (const site of [...this.sites.values()]) {
      if (site.program.terminal === member.index) this.terminalLeft(site.program)
      else site.memberLeft(member)
    }
    this.parts.events?.left?.(member)
  }

  /** Nobody watches over the program any more. */
  private terminalLeft(program: ProgramRecord): void {
    this.removeSite(program.id)
    forgetProgram(this.engine.directory, program.id)
  }

  // ---------------------------------------------------------------------------------------------- what the terminal is told

  private tellTerminal(site: Site, subject: string, content: object): void {
    this.post.note(site.program.terminal, subject, { program: site.program.id, ...content })
  }

  private failed(site: Site): void {
    const { failure, passed } = site.kernel
    if (failure !== undefined) this.tellTerminal(site, 'failed', { report: failureOf(failure) })
    else if (passed) this.tellTerminal(site, 'ended', { time: site.kernel.now() })
  }

  private lost(site: Site, loss: Loss): void {
    const node = this.post.nameOf(loss.node)
    const lost: LostProcess = { path: pathOf(loss.process), node, why: loss.why }
    this.tellTerminal(site, 'lost', { lost })
  }

  /** Tells the terminal that nothing runs here, once that has lasted. */
  private announceIdle(site: Site): void {
    if (this.announcing.has(site)) return
    this.announcing.add(site)
    this.engine.clock.after(SETTLED, () => {
      this.announcing.delete(site)
      if (this.sites.get(site.program.id) === site && site.isStill) this.tellTerminal(site, 'idle', {})
    })
  }

  /** @param delay longer when it takes long: it shall not cost more than a hundredth of the time */
  private sweep(delay = SWEEP): void {
    const { clock } = this.engine
    clock.after(delay, () => {
      if (this.closed) return
      const begun = clock.now()
      for (const site of this.sites.values()) site.sweep()
      this.sweep(Math.max(SWEEP, 100 * (clock.now() - begun)))
    })
  }
}
