/**
 * Calls of services of the program's home that processes make, wherever they and the home are.
 *
 * The node of a process sends a call to the home, which does it at once and answers. The process waits in state HOST meanwhile and may move. Then the
 * call moves with it: the node it comes to recalls it, and the home answers there. So a result passes through no node that the process has left, and
 * is not lost with one. The home may move too: it takes along what it has begun, and every node sends it again what it still waits for.
 *
 * Invariants
 * - A call is done once, whoever asks for its result how often: the home keeps results until it hears that they have reached their processes. A
 *   call that is recalled before it has come is done when it comes, or when it cannot come any more: its caller has left the cluster, or had sent it
 *   to where the home was before (`period`).
 * - A call of an earlier period is never done when it comes late: whoever waits for it asks the home of this period.
 * - A result reaches a process once: only the node that has the process keeps the key of its call. The home remembers the last calls that were
 *   recalled and consumed, so that a recall that comes late from a node which the process has left does not do them again.
 * - A result goes to the member at which the process has arrived last, and not to the one that is heard last: their recalls overtake each other.
 * - A call or a result on its way counts among the messages of the site, so that the program is not taken for standing still.
 */
import { cannotServe } from '../../gateway/cannot-serve.ts'
import { ERROR } from '../../host/files.ts'
import { refusal } from '../../host/home-services.ts'
import type { HomeAnswer } from '../../host/home-answer.ts'
import type { SiteAudit } from './site-audit.ts'
import type { Deniable, HomeServices } from '../../host/home-services.ts'
import { LIMITS } from '../../limits.ts'
import type { Kernel } from '../../kernel/scheduler/kernel.ts'
import type { LinkTable } from '../../kernel/links/link-table.ts'
import { GONE, HOST, HostCall } from '../../kernel/scheduler/state.ts'
import type { Process } from '../../kernel/scheduler/state.ts'
import type { Value } from '../../kernel/scheduler/value.ts'
import { decodeBase64, encodeBase64 } from '../wire/base64.ts'
import type { HomeCall, HomeResult, OfProgram, PackedActual } from '../wire/messages.ts'
import type { HomeCallKey, MovingCall } from '../wire/process-records.ts'

export interface HomeCallsPort {
  /** How messages name the program. */
  about(): OfProgram
  readonly incarnation: number
  /** Member index of this member. */
  readonly self: number
  readonly kernel: Pick<Kernel, 'wake'>
  readonly links: Pick<LinkTable, 'idOf' | 'processOf'>
  /** The home itself, where it is here. */
  home(): HomeServices | undefined
  /**
   * Writes output that was gathered elsewhere, or here before the home came (`earlier`). The home is here.
   * @returns whether it takes more
   */
  print(list: Uint8Array, earlier: boolean): boolean
  /** From 1: which stay of the home this is, as far as is known here. */
  period(): number
  /** What this node does not pass on. */
  readonly denied: readonly Deniable[]
  /** Logs of effects: whoever calls signs for the program's, and the node's own is told of each call. */
  readonly audit: SiteAudit | undefined
  /** Whether a member is in the cluster. */
  isThere(member: number): boolean
  /** Sends the note to the home. */
  call(subject: 'home-call' | 'home-recall', content: HomeCall, body: Uint8Array): void
  /** As `call`, of output that was gathered: all else that leaves this node waits for its answer. */
  callToPrint(content: HomeCall, body: Uint8Array): void
  /** Sends the note `home-result` to another member. */
  result(to: number, content: HomeResult, body: Uint8Array): void
}

/** A call for whose result a process here waits. */
interface WaitingCall {
  readonly process: Process
  readonly key: HomeCallKey
  /** How often the home had moved when its caller sent it last. */
  period: number
  /** How often the process has moved since it called. */
  readonly moves: number
}

/** Output that was gathered here and is on its way: a call of the home for which no process waits. */
interface Printing {
  readonly key: HomeCallKey
  readonly list: Uint8Array
  readonly done: (more: boolean) => void
  period: number
}

/** A call that was recalled before it has come. */
interface Recalled {
  /** Who has the process now, as far as is known. */
  readonly by: number
  readonly content: HomeCall
  readonly body: Uint8Array
}

/** A call that the home has begun. */
interface Performed {
  readonly key: HomeCallKey
  /** Who has the process, as far as is known, and how often it had moved when it came there. */
  to: number
  moves: number
  /** Undefined until it is there. */
  result: HomeAnswer | undefined
  /** What was called, until there is a result. */
  readonly service: string
  actuals: readonly Value[]
  /** It has been recalled: another recall may be on its way, from a node that the process has left. */
  recalled: boolean
  /** The process has its result: what is still on its way about the call means nothing. */
  consumed: boolean
}

/** What a home takes along of a call that it has begun, when it moves or is captured: its result, or else what was called. */
export interface PerformedState extends HomeCallKey {
  /** Who has the process, as far as is known; absent: nobody has asked since the program has begun anew. */
  readonly to?: number
  readonly value?: number
  readonly bytes?: Uint8Array
  readonly service?: string
  readonly actuals?: readonly (number | boolean | Uint8Array)[]
  readonly recalled?: true
  readonly consumed?: true
}

/** As `PerformedState`, for JSON: bytes are in base64. */
interface KeptCall extends HomeCallKey {
  readonly value?: number
  readonly base64?: string
  readonly service?: string
  readonly actuals?: readonly (number | boolean | { readonly base64: string })[]
}

/** What a cut has of the calls that the home has begun, in that order. */
export type HomeResults = readonly KeptCall[]

/** What the home is called for with output that was gathered; no program can call it. */
const PRINT = 'print'
/** Its results: the streams take more, or not at the moment. */
const MORE = 1
const FULL = 0

/** Nobody yet: whoever has the process recalls the call. */
const NOBODY = -1
/** The period of a call that its caller does not send any more. */
const BEFORE = 0

export class HomeCalls {
  /** Calls for which processes here wait, by their keys and by the processes. */
  private readonly waiting = new Map<string, WaitingCall>()
  private readonly byProcess = new Map<Process, WaitingCall>()
  private printing: Printing | undefined
  private consumed: HomeCallKey[] = []
  /** The number of the last call: it names none of an earlier incarnation. */
  private last: number
  /** At the home: calls that it has begun, in that order, until their results are consumed. */
  private readonly performed = new Map<string, Performed>()
  private readonly recalled = new Map<string, Recalled>()
  /** Those whose results have reached their processes, and of which a recall may still come. */
  private over: string[] = []

  constructor(private readonly port: HomeCallsPort) {
    this.last = port.incarnation * 0x100000000
  }

  // ---------------------------------------------------------------------------------------------- where processes are

  /** Calls a service of the home for a process; as `World.host`. @throws NodeError R0452 */
  call(p: Process, service: string, given: readonly Value[]): boolean {
    const { denied, self, audit } = this.port
    const home = this.port.home()
    const refused = refusal(service, denied, given[0])
    const actuals = audit === undefined ? given : audit.called(p, service, given, refused !== undefined)
    if (refused !== undefined) {
      const [name] = actuals
      if (service === 'net.claim') throw cannotServe(name instanceof Uint8Array ? new TextDecoder().decode(name) : '', ERROR.EPERM)
      p.value = refused
      return true
    }
    if (home === undefined) {
      const waiting = this.expect(p, { caller: self, call: ++this.last }, this.port.period(), 0)
      this.send('home-call', waiting, service, actuals)
      return false
    }
    const answer = home.call(service, actuals, (later) => {
      this.settle(begun, later) // it comes later than this call returns
    })
    if (answer !== undefined) {
      p.value = answer
      return true
    }
    const begun: Performed = {
      key: { caller: self, call: ++this.last },
      to: self,
      moves: 0,
      result: undefined,
      service,
      actuals,
      recalled: false,
      consumed: false,
    }
    this.performed.set(keyOf(begun.key), begun)
    this.expect(p, begun.key, this.port.period(), 0)
    return false
  }

  /**
   * Has the home write output that was gathered here. One list at a time.
   * @param done is called when it is written, with whether the home takes more
   */
  print(list: Uint8Array, done: (more: boolean) => void): void {
    if (this.port.home() !== undefined) {
      done(this.port.print(list, true))
      return
    }
    this.printing = { key: { caller: this.port.self, call: ++this.last }, list, done, period: this.port.period() }
    this.sendPrinting(this.printing)
  }

  private sendPrinting({ key, period, list }: Printing): void {
    const { consumed } = this
    this.consumed = []
    this.port.callToPrint({ ...this.port.about(), ...key, period, service: PRINT, actuals: [{ bytes: list.length }], consumed }, list)
  }

  private printed(more: boolean): void {
    const { printing } = this
    this.printing = undefined
    printing?.done(more)
  }

  /** The home is elsewhere now, or has come here: the list that is on its way is written once all the same. */
  private printAgain(printing: Printing): void {
    printing.period = this.port.period()
    if (this.port.home() === undefined) this.sendPrinting(printing)
    else {
      const known = this.performed.get(keyOf(printing.key))?.result
      this.performed.delete(keyOf(printing.key))
      this.printed(known === undefined ? this.port.print(printing.list, true) : known === MORE)
    }
  }

  /** The home has answered. */
  answered({ caller, call, value }: HomeResult, body: Uint8Array): void {
    this.deliver({ caller, call }, value ?? body.slice())
  }

  private deliver(key: HomeCallKey, result: HomeAnswer): void {
    if (this.printing !== undefined && keyOf(this.printing.key) === keyOf(key)) {
      if (this.port.home() === undefined) this.consumed.push(key)
      else this.forgetPerformed(key)
      this.printed(result === MORE)
      return
    }
    const p = this.waiting.get(keyOf(key))?.process
    if (p === undefined || p.state === GONE) return // where it has gone, the call is recalled
    this.forget(p)
    if (this.port.home() === undefined) this.consumed.push(key)
    else this.forgetPerformed(key)
    this.port.kernel.wake(p, result)
  }

  /** Processes have been captured. @returns the calls that go with them */
  depart(): MovingCall[] {
    const moving: MovingCall[] = []
    for (const [p, { key, period, moves }] of this.byProcess) {
      if (p.state !== GONE) continue
      this.forget(p)
      moving.push({ process: this.port.links.idOf(p), ...key, period, moves: moves + 1 })
    }
    return moving
  }

  /** @returns the calls that processes here wait for */
  calls(): MovingCall[] {
    return [...this.waiting.values()]
      .filter(({ process }) => process.state === HOST)
      .map(({ process, key, period, moves }) => ({ process: this.port.links.idOf(process), ...key, period, moves }))
  }

  /** The program has begun anew: processes are here again with the calls that they wait for, which nobody else sends. */
  arriveAgain(calls: readonly MovingCall[]): void {
    this.arrive(calls.map((call) => ({ ...call, period: BEFORE })))
  }

  /** Processes have come, or have been taken back, with their calls. */
  arrive(calls: readonly MovingCall[]): void {
    for (const { process, caller, call, period, moves = 0 } of calls) {
      const p = this.port.links.processOf(process)
      if (p === undefined || !(p.value instanceof HostCall)) continue
      const waiting = this.expect(p, { caller, call }, period, moves)
      this.send('home-recall', waiting, p.value.service, p.value.actuals)
    }
  }

  /** The home is elsewhere now, or has come here: what is waited for is asked of it. */
  homeMoved(): void {
    if (this.printing !== undefined) this.printAgain(this.printing) // before what processes here have called since
    for (const waiting of this.waiting.values()) {
      const { process: p, key } = waiting
      if (!(p.value instanceof HostCall)) continue
      const own = key.caller === this.port.self
      if (own) waiting.period = this.port.period()
      this.send(own ? 'home-call' : 'home-recall', waiting, p.value.service, p.value.actuals)
    }
  }

  private expect(process: Process, key: HomeCallKey, period: number, moves: number): WaitingCall {
    const waiting = { process, key, period, moves }
    this.waiting.set(keyOf(key), waiting)
    this.byProcess.set(process, waiting)
    return waiting
  }

  private forget(p: Process): void {
    const waiting = this.byProcess.get(p)
    if (waiting !== undefined) this.waiting.delete(keyOf(waiting.key))
    this.byProcess.delete(p)
  }

  private send(
    subject: 'home-call' | 'home-recall',
    { key, period, moves }: WaitingCall,
    service: string,
    actuals: readonly Value[],
  ): void {
    const { packed, body } = pack(actuals)
    const { consumed } = this
    this.consumed = []
    // field by field, since V8 copies objects slowly into one that has fields already
    const { program, incarnation, cut, time } = this.port.about()
    const { caller, call } = key
    const content = { program, incarnation, cut, time, caller, call, period, service, actuals: packed, consumed }
    this.port.call(subject, moves === 0 ? content : { ...content, moves }, body)
  }

  // ---------------------------------------------------------------------------------------------- at the home

  /** A member sends a call. @throws Error when there is no such service */
  called(from: number, content: HomeCall, body: Uint8Array): void {
    this.drop(content.consumed)
    if (content.period < this.port.period()) return
    const key = keyOf(content)
    if (this.ask(content, from)) return
    const recalled = this.recalled.get(key)
    this.recalled.delete(key)
    this.perform(recalled?.by ?? from, recalled?.content.moves ?? content.moves, content, body, recalled !== undefined)
  }

  /** The process that waits for a call is at another member now. @throws Error as `called` */
  recalledBy(from: number, content: HomeCall, body: Uint8Array): void {
    this.drop(content.consumed)
    const key = keyOf(content)
    if (this.ask(content, from, true)) return
    const mayCome = content.period >= this.port.period() && this.port.isThere(content.caller)
    const { moves = 0 } = content
    if (!mayCome) this.perform(from, moves, content, body, true)
    else if (moves >= (this.recalled.get(key)?.content.moves ?? 0)) this.recalled.set(key, { by: from, content, body: body.slice() })
  }

  /** What a member has called and what has not come, will not come any more. */
  memberLeft(member: number): void {
    for (const [key, { by, content, body }] of this.recalled) {
      if (content.caller !== member) continue
      this.recalled.delete(key)
      this.perform(by, content.moves, content, body, true)
    }
  }

  /** What the home takes along: everything that it has begun. What was written on a standard stream is there already. */
  state(): PerformedState[] {
    return [...this.performed.values()].map(({ key: its, to, result, service, actuals, recalled, consumed }) => {
      const known = to === NOBODY ? {} : { to }
      const key = { ...its, ...known, ...(recalled ? { recalled } : {}), ...(consumed ? { consumed } : {}) }
      if (typeof result === 'number') return { ...key, value: result }
      if (result !== undefined) return { ...key, bytes: result }
      const [first, bytes] = actuals
      if (service === 'host.write' && (first === 1 || first === 2)) return { ...key, value: bytes instanceof Uint8Array ? bytes.length : 0 }
      return { ...key, service, actuals: (this.port.home()?.resumed(actuals) ?? actuals).map(plainActual) }
    })
  }

  /** @returns the same, for a cut */
  results(): HomeResults {
    // Nothing is on its way while a cut is taken.
    const open = this.state().filter(
      ({ consumed, caller, call }) => consumed !== true && this.performed.get(keyOf({ caller, call }))?.service !== PRINT,
    )
    return open.map(({ caller, call, value, bytes, service, actuals }) => ({
      caller,
      call,
      ...(value === undefined ? {} : { value }),
      ...(bytes === undefined ? {} : { base64: encodeBase64(bytes) }),
      ...(service === undefined ? {} : { service }),
      ...(actuals === undefined
        ? {}
        : { actuals: actuals.map((each) => (typeof each === 'object' ? { base64: encodeBase64(each) } : each)) }),
    }))
  }

  /** The home goes on with what a cut has: what has no result yet is begun. */
  restore(results: HomeResults): void {
    this.resume(
      results.map(({ caller, call, value, base64, service, actuals }) => ({
        caller,
        call,
        ...(value === undefined ? {} : { value }),
        ...(base64 === undefined ? {} : { bytes: decodeBase64(base64) }),
        ...(service === undefined ? {} : { service }),
        ...(actuals === undefined ? {} : { actuals: actuals.map((each) => (typeof each === 'object' ? decodeBase64(each.base64) : each)) }),
      })),
    )
  }

  /** The home has left: nothing is performed here any more. */
  leave(): void {
    this.performed.clear()
    this.recalled.clear()
    this.over = []
  }

  /** The home has come, with what it had begun: what has no result yet is begun here. */
  resume(calls: readonly PerformedState[]): void {
    this.leave()
    for (const { caller, call, to = NOBODY, value, bytes, service = '', actuals = [], recalled = false, consumed = false } of calls) {
      const performed: Performed = { key: { caller, call }, to, moves: 0, result: value ?? bytes, service, actuals, recalled, consumed }
      this.performed.set(keyOf(performed.key), performed)
      if (consumed) this.over.push(keyOf(performed.key))
      if (performed.result === undefined) this.begin(performed)
    }
  }

  /** The process that waits for a call has come to `to`, and may have gone on since. @returns whether the home has begun it */
  private ask(content: HomeCall, to: number, recalled = false): boolean {
    const performed = this.performed.get(keyOf(content))
    if (performed === undefined) return false
    const { moves = 0 } = content
    if (performed.consumed || moves < performed.moves) return true
    performed.to = to
    performed.moves = moves
    if (recalled) performed.recalled = true
    if (performed.result !== undefined) this.give(performed, performed.result)
    return true
  }

  private perform(
    to: number,
    moves: number | undefined,
    { caller, call, service, actuals }: HomeCall,
    body: Uint8Array,
    recalled: boolean,
  ): void {
    const performed: Performed = {
      key: { caller, call },
      to,
      moves: moves ?? 0,
      result: undefined,
      service,
      actuals: unpack(actuals, body.slice()),
      recalled,
      consumed: false,
    }
    this.performed.set(keyOf(performed.key), performed)
    this.begin(performed)
  }

  private begin(performed: Performed): void {
    const home = this.port.home()
    if (home === undefined) throw new Error('a call of the home at a node that is not the home of its program')
    const { service, actuals } = performed
    if (service === PRINT) {
      const [list] = actuals
      if (!(list instanceof Uint8Array)) throw new Error('output that is no bytes')
      this.settle(performed, this.port.print(list, false) ? MORE : FULL)
      return
    }
    const now = home.call(service, actuals, (later) => {
      this.settle(performed, later)
    })
    if (now !== undefined) this.settle(performed, now)
  }

  private settle(performed: Performed, result: HomeAnswer): void {
    performed.result = result
    performed.actuals = []
    this.give(performed, result)
  }

  private give({ key, to }: Performed, result: HomeAnswer): void {
    if (to === NOBODY) return
    if (to === this.port.self) {
      this.deliver(key, result)
      return
    }
    const { program, incarnation, cut, time } = this.port.about()
    const { caller, call } = key
    if (typeof result === 'number') this.port.result(to, { program, incarnation, cut, time, caller, call, value: result }, NOTHING)
    else this.port.result(to, { program, incarnation, cut, time, caller, call }, result)
  }

  private drop(consumed: readonly HomeCallKey[]): void {
    for (const key of consumed) this.forgetPerformed(key)
  }

  /** The result of a call has reached its process. */
  private forgetPerformed(its: HomeCallKey): void {
    const key = keyOf(its)
    const performed = this.performed.get(key)
    if (performed?.recalled !== true) {
      this.performed.delete(key)
      return
    }
    if (performed.consumed) return
    performed.consumed = true
    performed.result = 0
    this.over.push(key)
    if (this.over.length > LIMITS['calls.consumed'].most) this.performed.delete(this.over.shift() ?? '')
  }
}

function keyOf({ caller, call }: HomeCallKey): string {
  return `${caller} ${call}`
}

const NOTHING = new Uint8Array(0)

/** @returns an actual parameter of a service of the home. @throws Error when it is none */
function plainActual(value: Value): number | boolean | Uint8Array {
  if (typeof value === 'number' || typeof value === 'boolean' || value instanceof Uint8Array) return value
  throw new Error('a service of the home takes numbers and bytes')
}

function pack(actuals: readonly Value[]): { packed: PackedActual[]; body: Uint8Array } {
  const parts: Uint8Array[] = []
  const packed = actuals.map(plainActual).map((value): PackedActual => {
    if (typeof value !== 'object') return value
    parts.push(value)
    return { bytes: value.length }
  })
  return { packed, body: parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts) }
}

function unpack(packed: readonly PackedActual[], body: Uint8Array): Value[] {
  let at = 0
  return packed.map((value) => (typeof value === 'object' ? body.subarray(at, (at += value.bytes)) : value))
}
