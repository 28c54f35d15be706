/**
 * The supervisor: a part of the home of a program. It begins the program, hears how it goes, and finds out how it ends.
 *
 *   ended     the main process has ended                                                exit 0
 *   fault     a process failed somewhere: everything stops                              exit 1
 *   deadlock  everything stands still, nothing outside is awaited                       exit 3
 *   loss      nodes have vanished with processes, and the program cannot end without    exit 1
 */
import type { Member } from '../../engine/engine.ts'
import { insistOnList } from '../../engine/insist.ts'
import type { DurableHome } from '../durable/home-port.ts'
import type { HomeServices } from '../../host/home-services.ts'
import type { Process } from '../../kernel/scheduler/state.ts'
import { lossReport } from '../../report/loss.ts'
import type { DeadlockReport, LossReport, LostProcess, Report, WaitGraphReport } from '../../report/report.ts'
import { wholeDeadlock, wholeWaits } from './deadlock.ts'
import type { Moving } from '../migration/migrations.ts'
import { NodeError } from '../node-error.ts'
import type { NodeErrorCode } from '../node-error.ts'
import { keepLastCut } from '../durable/last-cut.ts'
import { decodeOwnership, ownerPrefix } from '../migration/owner-records.ts'
import type { HomeNode, SupervisorPort } from './home-node.ts'
import type { SupervisorState } from './home-state.ts'
import { durableRecord, forgetProgram, insert, nextProgram, ofProgram, programKey } from './program.ts'
import type { ProgramRecord, ProgramWishes } from './program.ts'
import type { HomeNotes, NoteHandlers, OfProgram } from '../wire/messages.ts'
import { Quiescence } from './quiescence.ts'
import { Whereabouts } from './whereabouts.ts'
import type { ProcessMove } from './whereabouts.ts'
import type { Site } from './site.ts'

export type ProgramEnd =
  /** At that program time, in microseconds; also by PASS. */
  | { readonly kind: 'ended'; readonly time: number }
  /** By itself, with an exit status. */
  | { readonly kind: 'exited'; readonly status: number }
  | { readonly kind: 'report'; readonly report: Report }
  | { readonly kind: 'error'; readonly error: NodeError }
  | { readonly kind: 'stopped' }

/** @returns whether a program that has ended so could go on from its last cut if its text was another */
export function isMendable(end: ProgramEnd): boolean {
  return end.kind === 'report' && (end.report.kind === 'fault' || end.report.kind === 'deadlock')
}

export interface SupervisorOptions {
  readonly source: string
  /** What the program's processes reach from wherever they are. Closed in the end. */
  readonly home: HomeServices
  /** The main process begins where the home is; absent: on the first node. */
  readonly stays?: boolean
  /** More for the program's record. */
  readonly record?: ProgramWishes
  /** Makes the console and the main process in the site of the home. @returns the main process */
  readonly populate: (site: Site) => Process
  /** Whether the program waits for something that only a user can bring. */
  readonly outside: () => boolean
  readonly notice: (text: string) => void
  /** The program outlives its nodes. */
  readonly durable?: {
    /** Milliseconds between two cuts, when no output waits. */
    readonly everyMs: number
    /** Hash of the blob that is its code; see OriginRecord. */
    readonly code: string
    readonly relaxed: boolean
    readonly home: DurableHome
  }
  /** Is told of each move of a process between nodes, before the process outputs anything at its new place. Absent: nodes do not tell. */
  readonly moved?: (move: ProcessMove) => void
  /** Is told once. Nothing of the program runs any more. */
  readonly end: (end: ProgramEnd) => void
  /** Keeps how it has ended, for those who ask later; the program is forgotten after `done`. Absent: nobody asks later. */
  readonly keep?: (end: ProgramEnd, done: () => void) => void
}

/** How often it is tried to move the main process to a node, and what may be otherwise the next time. */
const ATTEMPTS = 10
const PASSING: ReadonlySet<NodeErrorCode> = new Set<NodeErrorCode>(['R0404', 'R0406', 'R0407'])

export class Supervisor implements SupervisorPort {
  private site: Site | undefined
  private program: ProgramRecord | undefined
  private quiescence: Quiescence | undefined
  private readonly lost: LostProcess[] = []
  private readonly waitInVain: LostProcess[] = []
  private readonly vanished: string[] = []
  /** Nodes that have vanished and of which it is not known yet what is lost with them. */
  private examining = 0
  /** Nodes that have said that they leave when they have moved all that they have. */
  private readonly leaving = new Set<number>()
  private readonly whereabouts = new Whereabouts()
  /** The program is being brought to one node, for a report: these moves are nobody's wish. */
  private gathering = false
  private over = false
  /** The home is about to leave: what happens meanwhile waits. */
  private held: (() => void)[] | undefined

  constructor(
    private readonly node: HomeNode,
    private readonly options: SupervisorOptions,
  ) {}

  /**
   * Begins the program on the first node.
   * @param done is called once it is there; never when `end` was called instead
   */
  start(done: () => void): void {
    const { node, options } = this
    const { engine, self } = node
    node.supervisors.add(this)
    nextProgram(engine, (id) => {
      const { source, home, moved } = options
      const before: ProgramRecord = {
        id,
        source,
        incarnation: 0,
        home: self.index,
        homeMoves: 0,
        main: 0,
        ...options.record,
        ...(options.durable === undefined
          ? {}
          : { durable: durableRecord(options.durable), origin: { code: options.durable.code, nodes: [] } }),
        ...(moved === undefined ? {} : { tellMoves: true as const }),
      }
      const site = node.addSite(before, home)
      const main = options.populate(site)
      site.links.makeRoot(main)
      const program: ProgramRecord = { ...before, main: site.links.idOf(main) }
      site.program = program
      this.site = site
      this.program = program
      insert(engine, programKey(id), JSON.stringify(program), () => {
        const begun = (): void => {
          this.watch(site) // not before: what has not begun stands still
          // each node says how far it has told all, also one where nothing ever runs
          if (program.recorded === true)
            for (const { index } of node.messenger.nodes())
              if (index !== self.index) node.messenger.note(index, 'begin', ofProgram(program))
          if (options.durable === undefined) done()
          else node.cuts.coordinate(site, JSON.stringify(program), options.durable.home).secured(done)
        }
        if (options.stays === true) {
          site.main = main
          begun()
        } else this.launch(site, main, ATTEMPTS, begun)
        site.go()
      })
    })
  }

  /** The program has begun anew from a cut, and this is its home. @param end how it has ended, as JSON, if it has: then nothing of it runs */
  resume(site: Site, program: ProgramRecord, end: string | undefined): void {
    this.node.supervisors.add(this)
    this.site = site
    this.program = program
    if (end === undefined) this.watch(site)
    else this.conclude(JSON.parse(end) as ProgramEnd) // `finish` has written it
  }

  /** The program goes on as another version, where it is. */
  became(program: ProgramRecord): void {
    this.program = program
  }

  /** Finds out whether the program stands still. */
  private watch(site: Site): void {
    const { messenger, self } = this.node
    this.quiescence = new Quiescence(
      messenger,
      () => site.about,
      () => site.vitals(),
      () => this.options.outside(),
      () => this.quiet(),
    )
    this.quiescence.hint(self.index)
  }

  // ---------------------------------------------------------------------------------------------- moves of the home

  /** The home is about to leave: what happens waits. */
  rest(): void {
    this.held ??= []
  }

  /** The program's record as the directory has it. */
  get text(): string {
    return JSON.stringify(this.site?.program)
  }

  /** @returns what the supervisor has to know that goes on where this one ends */
  state(): SupervisorState {
    const { lost, waitInVain, vanished, leaving } = this
    return { lost: [...lost], waitInVain: [...waitInVain], vanished: [...vanished], leaving: [...leaving] }
  }

  /** The home has not left. */
  stay(): void {
    const held = this.held ?? []
    this.held = undefined
    for (const work of held) work()
    this.quiescence?.hint(this.node.self.index)
  }

  /** The home is elsewhere, or the program begins anew: this supervisor has nothing to do any more. */
  abandon(): void {
    this.over = true
    this.quiescence?.close()
    this.node.supervisors.delete(this)
  }

  /** The home has come here, to a site of the program. */
  arrive(site: Site, state: SupervisorState): void {
    this.site = site
    this.program = site.program
    for (const each of state.lost) this.lost.push(each)
    for (const each of state.waitInVain) this.waitInVain.push(each)
    for (const name of state.vanished) this.vanished.push(name)
    for (const index of state.leaving) this.leaving.add(index)
    this.node.supervisors.add(this)
    this.watch(site)
    this.examine() // nodes may have left while the home was on its way
  }

  /** Does something now, or when it is known that the home stays; never when it leaves. */
  private unlessLeaving(work: () => void): void {
    if (this.held === undefined) work()
    else this.held.push(work)
  }

  /** Moves the main process from here, where it has not begun, to a node. */
  private launch(site: Site, main: Process, attempts: number, done: () => void, turn = 0): void {
    const nodes = this.node.messenger.nodes()
    const first = nodes[turn % nodes.length]
    if (first === undefined) {
      this.finish({ kind: 'error', error: new NodeError('R0413', 'the cluster has no node to run on') })
      return
    }
    if (first.index === this.node.self.index) {
      done() // it is there
      return
    }
    const launched = ({ results: [result], takenBack: [takenBack] }: Moving): void => {
      const error = result?.error
      if (error === undefined) done()
      else if (takenBack === undefined || attempts === 0 || !PASSING.has(error.code))
        this.finish({ kind: 'error', error: NodeError.from(error) })
      else this.launch(site, takenBack, attempts - 1, done, turn + 1) // at once: it must not begin here
    }
    site.migrations.depart([main], 'subtree', first, launched, { why: { cause: 'start' } })
  }

  /** @returns the program's id, once it has one */
  get id(): number | undefined {
    return this.program?.id
  }

  /** What nodes say of programs; of other programs than this they say nothing to it. */
  readonly notes: NoteHandlers<keyof HomeNotes> = {
    idle: (from, content) => {
      if (this.concerns(content)) this.quiescence?.hint(from.index)
    },
    ended: (_, content) => {
      this.unlessLeaving(() => {
        if (this.concerns(content)) this.finish({ kind: 'ended', time: content.time })
      })
    },
    failed: (_, content) => {
      this.unlessLeaving(() => {
        if (this.concerns(content)) this.finish({ kind: 'report', report: content.report })
      })
    },
    lost: (from, content) => {
      this.unlessLeaving(() => {
        const { lost } = content
        if (!this.concerns(content) || this.waitInVain.some(({ path, why }) => path === lost.path && why === lost.why)) return
        this.waitInVain.push(lost)
        this.quiescence?.hint(from.index)
      })
    },
    arrived: (to, content) => {
      if (!this.concerns(content)) return
      const moves = this.whereabouts.arrived(content.processes, this.node.messenger.nameOf(content.from), to.name)
      if (!this.gathering) for (const move of moves) this.options.moved?.(move)
    },
    leaving: (from) => {
      this.leaving.add(from.index)
    },
  }

  private concerns({ program }: OfProgram): boolean {
    return program === this.program?.id && !this.over
  }

  /** A node has left the cluster: what it still had is lost. */
  left(member: Member): void {
    if (member.kind !== 'node') return
    this.unlessLeaving(() => {
      this.lookAfter(member)
    })
  }

  /** Looks for what belongs to nodes that are not there any more. */
  private examine(): void {
    const { program, node } = this
    if (program === undefined) return
    this.examining++
    insistOnList(node.engine, ownerPrefix(ofProgram(program)), (entries) => {
      this.examining--
      const { membership } = node.engine
      const owners = new Set(entries.map(([, value]) => decodeOwnership(value).owner))
      for (const owner of owners) {
        if (membership.get(owner) === undefined)
          this.lookAfter({ index: owner, name: node.messenger.nameOf(owner), kind: 'node', address: '' })
      }
      this.quiescence?.hint(node.self.index)
    })
  }

  private lookAfter(member: Member): void {
    const { program } = this
    if (program === undefined || this.over) return
    const inOrder = this.leaving.has(member.index)
    if (!inOrder) this.vanished.push(member.name)
    this.examining++
    const { engine } = this.node
    const coordinator = this.node.cuts.coordinatorOf(program.id)
    coordinator?.hold()
    insistOnList(engine, ownerPrefix(ofProgram(program)), (entries) => {
      this.examining--
      if (this.over) return
      const gone = entries.filter(([, value]) => decodeOwnership(value).owner === member.index)
      const paths = gone.map(([, value]) => decodeOwnership(value).path)
      if (program.durable !== undefined && (!inOrder || paths.length > 0)) {
        this.examining++ // nothing is lost: it begins anew
        this.options.notice(`node ${member.name} vanished; the program goes on from its last cut`)
        this.node.cuts.recovery.raise(program)
        return
      }
      coordinator?.letGo()
      for (const path of paths) this.lost.push({ path, node: member.name, why: 'it ran there, with its branches' })
      if (inOrder && paths.length > 0) this.vanished.push(member.name)
      const how = inOrder && paths.length === 0 ? 'has left' : 'vanished'
      this.options.notice(`node ${member.name} ${how}${paths.length === 0 ? '' : `; lost with it: ${enumerate(paths)}`}`)
      const main = gone.some(([key]) => key === `${ownerPrefix(ofProgram(program))}${program.main}`)
      // where all leave at once, the main process may have been on the next to be examined
      const none = this.node.messenger.nodes().length === 0 && this.examining === 0
      if (main || none) this.finish({ kind: 'report', report: this.loss() })
      else this.quiescence?.hint(member.index)
    })
  }

  /** The program ends itself. */
  exit(status: number): void {
    this.unlessLeaving(() => {
      this.finish({ kind: 'exited', status })
    })
  }

  /** The program has done what it may not. */
  fail(error: NodeError): void {
    this.unlessLeaving(() => {
      this.finish({ kind: 'error', error })
    })
  }

  /** Stops the program from outside. */
  stop(): void {
    this.unlessLeaving(() => {
      this.finish({ kind: 'stopped' })
    })
  }

  /**
   * Finds out where the program is, which need not stand still; nothing of it roams afterwards.
   * @param done gets it, or undefined when a node vanished meanwhile; not called when the program has ended meanwhile
   */
  where(title: string, done: (report: WaitGraphReport | undefined) => void): void {
    const { program, node } = this
    if (program === undefined || this.over) return
    this.gathering = true
    wholeWaits(node.messenger, ofProgram(program), title, (report) => {
      this.gathering = false
      if (!this.over) done(report)
    })
  }

  /** Nothing moves anywhere. @returns whether the program may go on all the same */
  private quiet(): boolean {
    if (this.over || this.held !== undefined || this.examining > 0) return false
    if (this.options.outside()) return true
    if (this.site?.cuts.isStopped === true) {
      this.quiescence?.hint(this.node.self.index) // while a cut has stopped the home, what comes from outside, what is typed say, wakes nobody
      return false
    }
    if (this.lost.length > 0 || this.waitInVain.length > 0) this.finish({ kind: 'report', report: this.loss() })
    else this.deadlock()
    return false
  }

  /** Tells who waits for whom, and ends. If nobody is left to wait, all processes have been lost: the next cut finds that out, and the program goes on from the last. */
  private deadlock(): void {
    const { node, program, vanished } = this
    if (program === undefined) return
    const before = vanished.length
    this.gathering = true
    wholeDeadlock(node.messenger, ofProgram(program), (report) => {
      this.gathering = false
      if (this.over || this.held !== undefined) return // where the home goes, it is found out again
      const isCertain = vanished.length === before && !this.options.outside() // what has happened meanwhile may be the reason
      const again = (): void => this.quiescence?.hint(node.self.index)
      const coordinator = node.cuts.coordinatorOf(program.id)
      if (report === undefined || !isCertain) again()
      else if (report.processes.length === 0 && coordinator !== undefined) coordinator.secured(again)
      else this.finish({ kind: 'report', report: this.explained(report) })
    })
  }

  /** @returns the report; a node that vanished earlier may have to do with it */
  private explained(report: DeadlockReport): DeadlockReport {
    if (this.vanished.length === 0) return report
    return { ...report, help: [...report.help, `node ${this.vanished.join(', ')} vanished before: what was under way there is missing`] }
  }

  private loss(): LossReport {
    return lossReport([...this.lost, ...this.waitInVain])
  }

  private finish(end: ProgramEnd): void {
    if (this.over) return
    this.over = true
    this.node.supervisors.delete(this)
    this.quiescence?.close()
    const coordinator = this.program === undefined ? undefined : this.node.cuts.coordinatorOf(this.program.id)
    if (coordinator === undefined) this.conclude(end)
    else
      coordinator.finish({
        end: JSON.stringify(end),
        before: (done) => {
          if (isMendable(end) && this.site !== undefined) keepLastCut(this.node.engine, this.site.program, done)
          else done()
        },
        done: () => {
          this.conclude(end)
        },
      })
  }

  private conclude(end: ProgramEnd): void {
    this.over = true
    const { program, node, options } = this
    const forget = (): void => {
      if (program === undefined) return
      forgetProgram(node.engine, program)
      for (const member of node.messenger.nodes()) node.messenger.note(member.index, 'stop', ofProgram(program))
    }
    options.home.finish()
    options.end(end)
    if (options.keep === undefined) forget()
    else options.keep(end, forget)
  }
}

/** Paths of a list that are shown. */
const SHOWN = 5

function enumerate(paths: readonly string[]): string {
  const shown = paths.slice(0, SHOWN).join(', ')
  return paths.length > SHOWN ? `${shown} and ${paths.length - SHOWN} more` : shown
}
