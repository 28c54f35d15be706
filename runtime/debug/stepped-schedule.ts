/**
 * Steps of a schedule that `godwit check` has found: one is a move of it, and the time that goes on before that.
 *
 * An execution can only go on. So what there is to see after some moves is seen in an execution of these moves that stands still, which is made when the
 * steps come there; going back is making another one. Schedules are as short as the search could make them.
 */
import { Execution } from '../explore/execution.ts'
import type { ExecutionOptions } from '../explore/execution.ts'
import { reportOf } from '../explore/explore.ts'
import type { End, Path, Scheduled } from '../explore/schedule.ts'
import type { Kernel } from '../kernel/scheduler/kernel.ts'
import type { Process } from '../kernel/scheduler/state.ts'
import type { Report } from '../report/report.ts'
import type { Show } from '../run/recording/replay.ts'
import type { Stepped } from './stepped.ts'

/** A schedule, and what it leads to. */
export interface FoundSchedule {
  readonly moves: readonly Scheduled[]
  readonly end: End
}

export class SteppedSchedule implements Stepped {
  kernel: Kernel
  /** Moves that have been made. */
  private made = 0
  private steps = 0

  /** @param show gets what the program prints */
  constructor(
    private readonly schedule: FoundSchedule,
    private readonly main: ExecutionOptions['main'],
    private readonly show: Show,
  ) {
    this.kernel = new Execution({ main }).stand()
  }

  /** How many steps have been made. */
  get dispatches(): number {
    return this.steps
  }

  step(): Process | undefined {
    const { moves } = this.schedule
    let next = this.made
    while (moves[next]?.kind === 'tick') next++
    const move = moves[next]
    const path = move && actorOf(move)
    if (path === undefined) return undefined
    let isLast = false
    const execution = new Execution({
      main: this.main,
      show: (to, bytes) => {
        if (isLast && to !== 'keyboard') for (const byte of bytes) this.show(to, byte)
      },
    })
    for (const before of moves.slice(0, next)) execution.move(before)
    const process = execution.processAt(path)
    isLast = true
    for (const its of moves.slice(next, next + 1)) execution.move(its)
    this.kernel = execution.stand()
    this.made = next + 1
    this.steps++
    return execution.failure?.process ?? process
  }

  save(): unknown {
    return [this.made, this.steps]
  }

  restore(saved: unknown): void {
    const [made, steps] = saved as [number, number] // only `save` makes them
    this.made = made
    this.steps = steps
    this.kernel = this.executed(made).stand()
  }

  /** @returns what is wrong where the schedule leads */
  report(): Report | undefined {
    const { moves, end } = this.schedule
    return end === 'failed' || end === 'deadlock' ? reportOf(this.executed(moves.length)) : undefined
  }

  private executed(moves: number): Execution {
    const execution = new Execution({ main: this.main })
    for (const move of this.schedule.moves.slice(0, moves)) execution.move(move)
    return execution
  }
}

/** @returns whose step a move is; undefined for time, which is nobody's */
function actorOf(move: Scheduled): Path | undefined {
  switch (move.kind) {
    case 'communicate':
      return move.reader
    case 'show':
    case 'type':
    case 'give':
    case 'choose':
    case 'wake':
    case 'claim':
      return move.process
    case 'tick':
      return undefined
    case 'meet':
      return move.processes[0]?.process
  }
}
