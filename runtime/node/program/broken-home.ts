/**
 * What is here of a durable program that cannot go on from its last cut: whoever looks at it is told why. Its cut stays in the store, so that another
 * node, of another version perhaps, may take it over.
 */
import type { Member } from '../../engine/engine.ts'
import { unmoved } from '../migration/migrations.ts'
import type { NewVersion } from '../durable/upgrading.ts'
import type { NodeError } from '../node-error.ts'
import type { CheckpointOrder, Reply, View } from '../wire/messages.ts'
import type { MigrationResult } from '../wire/statuses.ts'
import { keepEnded } from './ended.ts'
import type { HomeNode, HomeViewers, NodeHomePort } from './home-node.ts'
import { outcomeOf } from './outcome.ts'
import { forgetProgram, ofProgram } from './program.ts'
import type { ProgramRecord } from './program.ts'

export class BrokenHome implements NodeHomePort {
  readonly viewers: HomeViewers

  /** @param node where its home was to be */
  constructor(
    private readonly node: Pick<HomeNode, 'engine' | 'messenger' | 'self' | 'homes'>,
    private readonly record: ProgramRecord,
    private readonly error: NodeError,
  ) {
    this.viewers = {
      view: (_from: Member, _view: View, reply: Reply<'view'>): void => {
        reply.done({ kind: 'ended', ...outcomeOf({ kind: 'error', error }) })
      },
      typedBy: () => undefined,
      shown: () => undefined,
      left: () => undefined,
    }
  }

  slice(): void {
    // nothing runs
  }

  /** Gives the program up: its cut is removed. */
  stop(): void {
    const { engine, self, homes } = this.node
    const { id, source } = this.record
    const outcome = outcomeOf({ kind: 'error', error: this.error })
    keepEnded(engine, { ...outcome, id, source, at: engine.clock.common(), home: self.name }, [], () => {
      forgetProgram(engine, this.record)
      homes.delete(id)
    })
  }

  endedElsewhere(): void {
    if (this.node.homes.get(this.record.id) === this) this.node.homes.delete(this.record.id)
  }

  /** Another node may be able to go on. */
  moveTo(to: Member, done: (result: MigrationResult) => void): void {
    const { messenger, self, homes } = this.node
    const { id, source } = this.record
    const result = unmoved(`the home of ${source}`, self.name, to.name)
    if (to.index === self.index) {
      done({ ...result, error: this.error.toJSON() })
      return
    }
    messenger.request(to, 'take-home', ofProgram(this.record), (answer) => {
      if ('value' in answer && answer.value) {
        if (homes.get(id) === this) homes.delete(id)
        done(result)
      } else done({ ...result, error: 'error' in answer ? answer.error : this.error.toJSON() })
    })
  }

  checkpoint(_order: CheckpointOrder, done: (result: NodeError) => void): void {
    done(this.error)
  }

  rewind(_number: number, done: (result: NodeError) => void): void {
    done(this.error)
  }

  upgrade(_to: NewVersion, done: (result: NodeError) => void): void {
    done(this.error)
  }

  saved(): boolean {
    return false
  }
}
