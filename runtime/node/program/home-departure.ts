/**
 * The way of a home from this node to another.
 *
 * The home of a program that is not durable moves as a process does: everything of it comes to rest, its state and the processes of its console are
 * captured, the migration commits, and the record names the new home. If the move fails, all goes on here. A durable program begins anew from a cut
 * that is made now, with its home elsewhere.
 */
import type { Member } from '../../engine/engine.ts'
import type { Console } from '../../host/console.ts'
import type { Process } from '../../kernel/scheduler/state.ts'
import { unmoved } from '../migration/migrations.ts'
import { NodeError } from '../node-error.ts'
import type { MigrationResult } from '../wire/statuses.ts'
import type { HomeNode } from './home-node.ts'
import { encodeHome } from './home-state.ts'
import type { ProgramHomeState } from './home-state.ts'
import { decodeProgram } from './program.ts'
import type { Site } from './site.ts'

/** What a move needs of its home. */
export interface DepartureHome {
  readonly node: HomeNode
  readonly name: string
  readonly isDurable: boolean
  /** @returns what is here of the program; undefined before it has begun */
  parts(): { readonly site: Site; readonly console: Console } | undefined
  /** @returns whether the home is over, or a checkpoint is made of it */
  isBusy(): boolean
  /** No server is called any more. @param quiet is called, now or later, when none has to answer */
  restCalls(quiet: () => void): void
  /** The home does not leave after all, and servers may be called. */
  stayForCalls(): void
  /** What belongs to the home, but for its console, comes to rest. */
  rest(): void
  /** What has come to rest goes on here. */
  stay(): void
  /** @returns the program's record as the directory has it */
  record(): string
  /** @returns the state of the home, which has come to rest */
  state(): ProgramHomeState
  /** The home is elsewhere: this one does nothing any more. */
  abandon(): void
}

/** The move of a home, if one is under way. */
export class HomeDeparture {
  private moving = false
  /** It begins when servers that were called have answered. */
  private waiting = false
  /** Tells what became of the move, if that has not been told. */
  private tell: (result: MigrationResult) => void = () => undefined

  constructor(private readonly port: DepartureHome) {}

  get isUnderWay(): boolean {
    return this.moving
  }

  /** Moves the home. @param done is called once, when it is known what became of it */
  begin(to: Member, done: (result: MigrationResult) => void): void {
    const { node, name: path, isDurable } = this.port
    const { name, index } = node.self
    if (to.index === index) {
      done(unmoved(path, name, name))
      return
    }
    const parts = this.port.parts()
    const refuse = (): void => {
      const error = new NodeError('R0410', `${path} begins, ends or moves just now`, 'try again').toJSON()
      done({ ...unmoved(path, name, to.name), error })
    }
    if (parts === undefined || this.moving || this.waiting || this.port.isBusy()) {
      refuse()
      return
    }
    if (isDurable) {
      this.takenOver(parts.site, to, done)
      return
    }
    this.waiting = true
    this.port.restCalls(() => {
      this.waiting = false
      if (!this.port.isBusy()) {
        this.depart(parts.site, parts.console, to, done)
        return
      }
      this.port.stayForCalls()
      refuse()
    })
  }

  /** The move was done, and the program has ended where the home is now, before this node heard of it. */
  endedElsewhere(): void {
    const { node, name } = this.port
    this.tell(unmoved(name, node.self.name, node.self.name))
  }

  private depart(site: Site, console: Console, to: Member, done: (result: MigrationResult) => void): void {
    const { node, name: path } = this.port
    this.moving = true
    this.tell = (result) => {
      this.tell = () => undefined
      done(result)
    }
    console.rest()
    this.port.rest()
    const before = this.port.record()
    const program = decodeProgram(before)
    const after = JSON.stringify({ ...program, home: to.index, homeMoves: program.homeMoves + 1 })
    const state = encodeHome(this.port.state())
    site.restHome()
    const { keyboard, screen, error } = console.processes
    site.migrations.depart(
      [keyboard, screen, error],
      'only',
      to,
      ({ results: [result] }) => {
        if (result === undefined) this.tell(unmoved(path, node.self.name, to.name))
        else this.tell({ ...result, process: path, bytes: result.bytes + state.length })
      },
      {
        home: {
          state,
          before,
          after,
          left: () => {
            this.port.abandon()
            node.homeIsAt(site, to.index, program.homeMoves + 1)
          },
          takenBack: (processes) => {
            this.takenBack(site, console, processes)
          },
        },
      },
    )
  }

  private takenBack(site: Site, console: Console, [keyboard, screen, error]: readonly Process[]): void {
    this.moving = false
    if (keyboard !== undefined && screen !== undefined && error !== undefined) console.adopt({ keyboard, screen, error })
    site.keepHome()
    this.port.stay()
    site.drive.poke()
  }

  /** A durable program begins anew from a cut that is made now, with its home elsewhere. */
  private takenOver(site: Site, to: Member, done: (result: MigrationResult) => void): void {
    const { node, name: path } = this.port
    const clock = node.engine.clock
    const result = unmoved(path, node.self.name, to.name)
    const take = (): void => {
      const begun = clock.now()
      node.messenger.request(to, 'take-home', site.about, (answer) => {
        if ('value' in answer && answer.value) done({ ...result, pauseMicros: Math.round((clock.now() - begun) * 1000), messages: 2 })
        else {
          const error =
            'error' in answer ? answer.error : new NodeError('R0406', `node ${to.name} does not take ${path}`, 'try again').toJSON()
          done({ ...result, error })
        }
      })
    }
    const coordinator = node.cuts.coordinatorOf(site.program.id)
    if (coordinator === undefined) take()
    else
      coordinator.secured(take, () => {
        const error = new NodeError('R0410', `${path} begins anew just now`, 'try again').toJSON()
        done({ ...result, error })
      })
  }
}
