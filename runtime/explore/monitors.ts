/** What claims and barriers are in a state of the program: numbers, so that a state need not hold more than one word for each. */
import { CLAIM, CONFIRM, DECLINE, ENROLL, OFFER, RELEASE, RESIGN, SYNC } from '../kernel/scheduler/state.ts'
import type { Effect } from './locals.ts'

/** A claim: whether a process has it. A barrier: how many are enrolled, and the branches by their tickets. */
export type MonitorState =
  | { readonly kind: 'claim'; readonly held: boolean }
  | { readonly kind: 'barrier'; readonly enrolled: number; readonly branches: ReadonlyMap<number, number> }

export class MonitorStates {
  private readonly states: (MonitorState | undefined)[] = [undefined]
  private readonly numbers = new Map<string, number>()

  /** @param number as `number` gave it; not 0 */
  at(number: number): MonitorState {
    const state = this.states[number]
    if (state === undefined) throw new Error(`there is no monitor in state ${number}`)
    return state
  }

  number(state: MonitorState): number {
    const key = state.kind === 'claim' ? `${state.held}` : `${state.enrolled}:${[...state.branches].sort(([a], [b]) => a - b).join(';')}`
    let number = this.numbers.get(key)
    if (number === undefined) {
      this.numbers.set(key, (number = this.states.length))
      this.states.push(state)
    }
    return number
  }

  /** @returns the number of what a monitor is after an effect. @param before what it was: 0 for one that was not there */
  after(before: number, effect: Effect): number {
    if (effect.kind === 'made') {
      const [first = 0, , ...branches] = effect.state
      if (!effect.isBarrier) return this.number({ kind: 'claim', held: first !== 0 })
      const open = new Map<number, number>()
      for (let i = 0; i + 1 < branches.length; i += 2) open.set(branches[i] ?? 0, branches[i + 1] ?? 0)
      return this.number({ kind: 'barrier', enrolled: first, branches: open })
    }
    const state = this.at(before)
    return this.number(
      state.kind === 'claim' ? { kind: 'claim', held: effect.request === CLAIM } : enrolled(state, effect.request, effect.n),
    )
  }

  /** @returns the number of a claim that is held */
  get held(): number {
    return this.number({ kind: 'claim', held: true })
  }
}

/** As Barrier does it: kernel/scheduler/barrier.ts. @param n of ENROLL: how many branches and, in the lower 16 bits, their ticket; of RESIGN: the ticket */
function enrolled(
  { enrolled: before, branches }: MonitorState & { readonly kind: 'barrier' },
  request: (Effect & { readonly kind: 'request' })['request'],
  n: number,
): MonitorState {
  const open = new Map(branches)
  switch (request) {
    case ENROLL: {
      if (n < 0) return { kind: 'barrier', enrolled: before + 1, branches }
      const count = Math.floor(n / 0x10000)
      if (count > 1) open.set(n % 0x10000, count)
      return { kind: 'barrier', enrolled: before + count - 1, branches: open }
    }
    case RESIGN: {
      const left = open.get(n)
      if (n > 0 && left === undefined) return { kind: 'barrier', enrolled: before, branches }
      if (left === 2) open.delete(n)
      else if (left !== undefined) open.set(n, left - 1)
      return { kind: 'barrier', enrolled: before - 1, branches: open }
    }
    case SYNC:
    case CLAIM:
    case RELEASE:
    case OFFER:
    case CONFIRM:
    case DECLINE:
      throw new Error('a barrier was asked for what it does not do')
  }
}
