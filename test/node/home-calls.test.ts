/** Calls of the home whose processes move while they wait: the home hears of their moves in any order. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { HomeServices } from '../../runtime/host/home-services.ts'
import { HomeCalls } from '../../runtime/node/program/home-calls.ts'
import { decodeHome, encodeHome } from '../../runtime/node/program/home-state.ts'
import type { ProgramHomeState } from '../../runtime/node/program/home-state.ts'
import type { HomeCall } from '../../runtime/node/wire/messages.ts'

const OF_PROGRAM = { program: 1, incarnation: 0, cut: 0, time: 0 }
const NOTHING = new Uint8Array(0)
const [FIRST, SECOND, THIRD] = [1, 2, 3]

/** A home whose only service answers when it is told to. */
class Home {
  readonly results: number[] = []
  /** How often the service was called. */
  done = 0
  private later: (value: number) => void = () => undefined
  readonly calls: HomeCalls

  constructor() {
    const services = {
      call: (_: string, __: readonly unknown[], later: (value: number) => void) => {
        this.done++
        this.later = later
        return undefined
      },
    } as unknown as HomeServices // nothing else of it is asked
    this.calls = new HomeCalls({
      about: () => OF_PROGRAM,
      incarnation: 0,
      self: 0,
      kernel: { wake: () => undefined },
      links: { idOf: () => 0, processOf: () => undefined },
      home: () => services,
      print: () => true,
      period: () => 1,
      denied: [],
      audit: undefined,
      isThere: () => true,
      call: () => undefined,
      callToPrint: () => undefined,
      result: (to) => {
        this.results.push(to)
      },
    })
  }

  answer(value: number): void {
    this.later(value)
  }
}

const call = (moves?: number): HomeCall => ({
  ...OF_PROGRAM,
  caller: FIRST,
  call: 7,
  period: 1,
  ...(moves === undefined ? {} : { moves }),
  service: 'net.read',
  actuals: [],
  consumed: [],
})

test('a result goes to where the process has arrived last, and not to whom is heard last', () => {
  const it = new Home()
  it.calls.called(FIRST, call(), NOTHING)
  it.calls.recalledBy(THIRD, call(2), NOTHING)
  it.calls.recalledBy(SECOND, call(1), NOTHING) // it was under way for long
  it.answer(42)
  assert.equal(it.results, [THIRD])
})

test('so it does when the moves are heard of before the call', () => {
  const it = new Home()
  it.calls.recalledBy(THIRD, call(2), NOTHING)
  it.calls.recalledBy(SECOND, call(1), NOTHING)
  assert.is(it.done, 0)
  it.calls.called(FIRST, call(), NOTHING)
  assert.is(it.done, 1)
  it.answer(42)
  assert.equal(it.results, [THIRD])
})

test('a process that has come back is answered there, and one that asks again gets the same result', () => {
  const it = new Home()
  it.calls.called(FIRST, call(), NOTHING)
  it.calls.recalledBy(SECOND, call(1), NOTHING)
  it.calls.recalledBy(FIRST, call(2), NOTHING)
  it.answer(42)
  it.calls.recalledBy(SECOND, call(3), NOTHING)
  assert.equal(it.results, [FIRST, SECOND])
  assert.is(it.done, 1)
})

test('a home that has begun anew from a cut, and for whose results nobody has asked yet, can move', () => {
  const it = new Home()
  it.calls.restore([{ caller: FIRST, call: 7, value: 42 }])
  const state: ProgramHomeState = {
    services: { source: 'x.csp', args: [], files: [], directory: '/', variables: {} },
    denied: [],
    console: { keyboard: 1, screen: 2, error: 3 },
    hears: false,
    typed: { bytes: NOTHING, ended: false },
    log: { start: 0, released: 0, pieces: [] },
    viewers: [],
    calls: it.calls.state(),
    supervisor: { lost: [], waitInVain: [], vanished: [], leaving: [] },
  }
  const arrived = new Home()
  arrived.calls.resume(decodeHome(encodeHome(state))?.calls ?? [])
  arrived.calls.recalledBy(SECOND, call(1), NOTHING)
  assert.equal(arrived.results, [SECOND])
})

test.run()
