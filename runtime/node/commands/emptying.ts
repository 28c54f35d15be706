/**
 * Emptying a node: everything there, or all of one program, goes to the other nodes; neighbours stay together, and each batch goes where least is.
 *
 * A drain moves whatever is on its node. An eviction moves the guests only: the processes of programs whose homes are elsewhere.
 */
import type { Cancel } from '../../engine/engine.ts'
import type { Process } from '../../kernel/scheduler/state.ts'
import { Balance, moveInRounds, noOtherNode } from '../migration/drain.ts'
import type { DrainedSite } from '../migration/drain.ts'
import { unmoved } from '../migration/migrations.ts'
import { NodeError } from '../node-error.ts'
import type { NodeHomePort } from '../program/home-node.ts'
import type { Site } from '../program/site.ts'
import { inSlices } from '../slices.ts'
import type { DrainRequest, Reply } from '../wire/messages.ts'
import type { Messenger } from '../wire/messenger.ts'
import type { MigrationResult } from '../wire/statuses.ts'
import { matching, refusal, sendInParts, sitesOf } from './selection.ts'

type EmptiedSite = Pick<Site, 'program' | 'home' | 'kernel' | 'links' | 'migrations'>

/** What is needed of a node that is emptied. */
export interface EmptiedPort {
  readonly messenger: Messenger
  /** By program id. */
  readonly sites: ReadonlyMap<number, EmptiedSite>
  /** By program id. */
  readonly homes: ReadonlyMap<number, Pick<NodeHomePort, 'moveTo'>>
  /** Whether it is being found out if a program begins anew here. @param program its id; absent: any */
  begins(program: string | undefined): boolean
}

/** @throws NodeError R0413 */
export function empty(port: EmptiedPort, request: DrainRequest, reply: Reply<'drain'>): void {
  const { messenger } = port
  const others = messenger.nodes().filter((m) => m.index !== messenger.self.index)
  if (others.length === 0) throw noOtherNode(messenger.self.name)
  new Emptying(port, request, reply).begin(others)
}

/** How often it is tried to move what stays while there is a deadline. */
const UNTIL_THE_DEADLINE = Infinity

class Emptying {
  private readonly balance: Balance
  private cancel: Cancel | undefined
  /** The deadline has passed, or everything has been said: nothing more begins to move, and nothing more is told. */
  private over = false

  constructor(
    private readonly port: EmptiedPort,
    private readonly request: DrainRequest,
    private readonly reply: Reply<'drain'>,
  ) {
    const { membership } = port.messenger.engine
    this.balance = new Balance((member) => membership.get(member.index) !== undefined)
  }

  begin(others: ReturnType<Messenger['nodes']>): void {
    const { messenger } = this.port
    const { withinMs } = this.request
    if (withinMs === 0) {
      this.expire(withinMs)
      return
    }
    if (withinMs !== undefined)
      this.cancel = messenger.engine.clock.after(withinMs, () => {
        this.expire(withinMs)
      })
    let open = others.length
    for (const member of others)
      messenger.request(member, 'status', {}, (answer) => {
        if ('value' in answer && !answer.value.leaving && !answer.value.cordoned) this.balance.add(member, answer.value.processes)
        if (--open === 0) this.move()
      })
  }

  private sites(): readonly EmptiedSite[] {
    const { guests = false, program } = this.request
    const { index } = this.port.messenger.self
    return sitesOf(this.port, program).filter(({ home }) => !guests || home !== index)
  }

  private move(): void {
    if (this.over) return
    const { messenger } = this.port
    const { guests = false, withinMs } = this.request
    if (this.balance.size === 0) {
      this.end(noOtherNode(messenger.self.name))
      return
    }
    const rounds = {
      clock: messenger.engine.clock,
      why: { cause: guests ? 'eviction' : 'drain' } as const,
      strategy: this.request.strategy ?? ('auto' as const),
      sites: () => this.sites(),
      begins: () => this.port.begins(this.request.program),
      find: (site: DrainedSite) => matching(site, () => true, false),
      to: (batch: readonly Process[]) => (this.over ? undefined : this.balance.choose(batch.length)),
      destinations: () => (this.over ? 0 : this.balance.size),
      moved: (results: readonly MigrationResult[]) => {
        this.tell(results)
      },
    }
    const done = (error?: unknown): void => {
      if (this.over) return
      if (error !== undefined) {
        this.end(error)
        return
      }
      this.letMonitorsGo()
      if (guests) this.end()
      else
        this.moveHomes(() => {
          this.end()
        })
    }
    if (withinMs === undefined) moveInRounds(rounds, done)
    else moveInRounds(rounds, done, UNTIL_THE_DEADLINE)
  }

  private tell(results: readonly MigrationResult[]): void {
    if (!this.over) sendInParts(results, this.reply)
  }

  private end(error?: unknown): void {
    if (this.over) return
    this.over = true
    this.cancel?.()
    if (error === undefined) this.reply.done(null)
    else this.reply.failed(refusal(this.port.messenger, error))
  }

  /** What is here now stays, and what is on its way arrives or comes back: both are told by name. */
  private expire(withinMs: number): void {
    if (this.over) return
    this.over = true
    const { messenger, homes } = this.port
    const { name } = messenger.self
    const late = (path: string, what: string): MigrationResult => {
      const help = `it goes on where it is: give it more time, or see what keeps it: godwit ps`
      return { ...unmoved(path, name, name), error: new NodeError('R0418', `${what} after ${withinMs / 1000} s`, help).toJSON() }
    }
    const sites = this.sites()
    const { program, guests = false } = this.request
    function* left(): Generator<void, MigrationResult[], void> {
      const results: MigrationResult[] = []
      for (const site of sites) {
        for (const p of yield* matching(site, () => true, false)) {
          results.push(late(site.links.pathOf(p), `it was still on ${name}`))
          yield
        }
        for (const path of site.migrations.paths) results.push(late(path, 'it was still on its way'))
      }
      for (const [id] of guests ? [] : homes)
        if (program === undefined || String(id) === program) results.push(late(`the home of program ${id}`, `it was still on ${name}`))
      return results
    }
    inSlices(
      messenger.engine.clock,
      left(),
      (results) => {
        sendInParts(results, this.reply)
        this.reply.done(null)
      },
      (error) => {
        this.reply.failed(refusal(messenger, error))
      },
    )
  }

  /** Moves the homes of barriers and claims to the other nodes. */
  private letMonitorsGo(): void {
    for (const { links, migrations } of this.sites()) {
      const to = this.balance.choose(0)
      if (to !== undefined)
        migrations.whenReleased(() => {
          links.letMonitorsGo(to.index)
        })
    }
  }

  /** Moves the homes of all programs, or of one, to the other nodes. */
  private moveHomes(done: () => void): void {
    const { program } = this.request
    const homes = [...this.port.homes].filter(([id]) => program === undefined || String(id) === program)
    let open = homes.length + 1
    const finished = (): void => {
      if (--open === 0) done()
    }
    for (const [, home] of homes) {
      const to = this.balance.choose(1)
      if (to === undefined) finished()
      else
        home.moveTo(to, (result) => {
          this.tell([result])
          finished()
        })
    }
    finished()
  }
}
