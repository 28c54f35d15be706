/**
 * Calls of services of the program's home that processes make on other nodes.
 *
 * The node sends a call to the member that started the program, which does it at once and answers. The process waits in state HOST meanwhile and
 * may move. Then the call moves with it: the node it comes to recalls it, and the home answers there. So a result passes through no node that the
 * process has left, and is not lost with one.
 *
 * Invariants
 * - A call is done once, whoever asks for its result how often: the home keeps results until it hears that they have reached their processes. A
 *   call that is recalled before it has come is done when it comes, or when its caller has left the cluster and it cannot come any more.
 * - A result reaches a process once: only the node that has the process keeps the key of its call.
 * - A call or a result on its way counts among the messages of the site, so that the program is not taken for standing still.
 */
import { refusal } from '../../host/home-services.ts'
import type { Deniable, HomeServices, HomeAnswer } from '../../host/home-services.ts'
import type { Kernel } from '../../kernel/scheduler/kernel.ts'
import { processes } from '../../kernel/inspect/inspect.ts'
import { ready } from '../../kernel/scheduler/channel.ts'
import type { LinkTable } from '../../kernel/links/link-table.ts'
import { GONE, HOST, HostCall } from '../../kernel/scheduler/state.ts'
import type { Process } from '../../kernel/scheduler/state.ts'
import type { Value } from '../../kernel/scheduler/value.ts'
import type { HomeCall, HomeCallKey, HomeResult, MovingCall, OfProgram, PackedActual } from '../wire/messages.ts'

export interface HomeCallsPort {
  /** How messages name the program. */
  about(): OfProgram
  readonly incarnation: number
  /** Member index of this member. */
  readonly self: number
  readonly kernel: Kernel
  readonly links: Pick<LinkTable, 'idOf' | 'processOf'>
  /** The home itself, at its own member. */
  readonly home: HomeServices | undefined
  /** What this node does not pass on. */
  readonly denied: readonly Deniable[]
  /** Whether a member is in the cluster. */
  isThere(member: number): boolean
  /** Sends the note to the home. */
  call(subject: 'home-call' | 'home-recall', content: HomeCall, body: Uint8Array): void
  /** Sends the note `home-result`. */
  result(to: number, content: HomeResult, body: Uint8Array): void
}

/** A call that was recalled before it has come. */
interface Recalled {
  /** Who has the process now. */
  readonly by: number
  readonly content: HomeCall
  readonly body: Uint8Array
}

/** A call that the home has begun. */
interface Performed {
  /** Who has the process. */
  to: number
  /** Undefined until it is there. */
  result: HomeAnswer | undefined
}

/** What the home has answered: keys of calls, and numbers or bytes in base64. */
export type HomeResults = (readonly [key: string, result: number | string])[]

export class HomeCalls {
  /** Processes here that wait, by the keys of their calls, and the other way round. */
  private readonly waiting = new Map<string, Process>()
  private readonly keys = new Map<Process, HomeCallKey>()
  private consumed: HomeCallKey[] = []
  /** The number of the last call: it names none of an earlier incarnation. */
  private last: number
  /** At the home: calls that it has begun, until their results are consumed. */
  private readonly performed = new Map<string, Performed>()
  private readonly recalled = new Map<string, Recalled>()

  constructor(private readonly port: HomeCallsPort) {
    this.last = port.incarnation * 0x100000000
  }

  // ---------------------------------------------------------------------------------------------- where processes are

  /** Calls a service of the home for a process; as `World.host`. */
  call(p: Process, service: string, actuals: readonly Value[]): boolean {
    const { home, denied, self } = this.port
    const refused = refusal(service, denied, actuals[0])
    const answer =
      refused ??
      home?.call(service, actuals, (later) => {
        this.port.kernel.wake(p, later)
      })
    if (answer !== undefined) {
      p.value = answer
      return true
    }
    if (home !== undefined) return false
    const key = { caller: self, call: ++this.last }
    this.expect(p, key)
    this.send('home-call', key, service, actuals)
    return false
  }

  /** The home has answered. */
  answered({ caller, call, value }: HomeResult, body: Uint8Array): void {
    const p = this.waiting.get(keyOf({ caller, call }))
    if (p === undefined || p.state === GONE) return // where it has gone, the call is recalled
    this.forget(p)
    this.consumed.push({ caller, call })
    this.port.kernel.wake(p, value ?? body.slice())
  }

  /** Processes have been captured. @returns the calls that go with them */
  depart(): MovingCall[] {
    const moving: MovingCall[] = []
    for (const [p, { caller, call }] of this.keys) {
      if (p.state !== GONE) continue
      this.forget(p)
      moving.push({ process: this.port.links.idOf(p), caller, call })
    }
    return moving
  }

  /** @returns the calls that processes here wait for */
  calls(): MovingCall[] {
    return [...this.keys].filter(([p]) => p.state === HOST).map(([p, key]) => ({ process: this.port.links.idOf(p), ...key }))
  }

  /** After the program has begun anew: whoever waited for a service at the home itself calls it again. */
  again(): void {
    for (const p of processes(this.port.kernel)) {
      if (p.state !== HOST || this.keys.has(p) || !(p.value instanceof HostCall)) continue
      const { service, actuals } = p.value
      if (this.call(p, service, actuals)) ready(p)
    }
  }

  /** Processes have come, or have been taken back, with their calls. */
  arrive(calls: readonly MovingCall[]): void {
    for (const { process, caller, call } of calls) {
      const p = this.port.links.processOf(process)
      if (p === undefined || !(p.value instanceof HostCall)) continue
      const key = { caller, call }
      this.expect(p, key)
      this.send('home-recall', key, p.value.service, p.value.actuals)
    }
  }

  private expect(p: Process, key: HomeCallKey): void {
    this.waiting.set(keyOf(key), p)
    this.keys.set(p, key)
  }

  private forget(p: Process): void {
    const key = this.keys.get(p)
    if (key !== undefined) this.waiting.delete(keyOf(key))
    this.keys.delete(p)
  }

  private send(subject: 'home-call' | 'home-recall', key: HomeCallKey, service: string, actuals: readonly Value[]): void {
    const { packed, body } = pack(actuals)
    const { consumed } = this
    this.consumed = []
    this.port.call(subject, { ...this.port.about(), ...key, service, actuals: packed, consumed }, body)
  }

  // ---------------------------------------------------------------------------------------------- at the home

  /** A member sends a call. @throws Error when this is not the home, or has no such service */
  called(from: number, content: HomeCall, body: Uint8Array): void {
    this.drop(content.consumed)
    const key = keyOf(content)
    const recalled = this.recalled.get(key)
    this.recalled.delete(key)
    this.perform(recalled?.by ?? from, content, body)
  }

  /** The process that waits for a call is at another member now. @throws Error as `called` */
  recalledBy(from: number, content: HomeCall, body: Uint8Array): void {
    this.requireHome()
    this.drop(content.consumed)
    const key = keyOf(content)
    const performed = this.performed.get(key)
    if (performed !== undefined) {
      performed.to = from
      if (performed.result !== undefined) this.give(from, content, performed.result)
    } else if (this.port.isThere(content.caller)) this.recalled.set(key, { by: from, content, body: body.slice() })
    else this.perform(from, content, body)
  }

  /** What a member has called and what has not come, will not come any more. */
  memberLeft(member: number): void {
    for (const [key, { by, content, body }] of this.recalled) {
      if (content.caller !== member) continue
      this.recalled.delete(key)
      this.perform(by, content, body)
    }
  }

  /** @returns the results that have not reached their processes yet, for a cut */
  results(): HomeResults {
    const results: HomeResults = []
    for (const [key, { result }] of this.performed) {
      if (result !== undefined) results.push([key, typeof result === 'number' ? result : Buffer.from(result).toString('base64')])
    }
    return results
  }

  /** The home goes on with the results that a cut has. */
  restore(results: HomeResults): void {
    for (const [key, result] of results) {
      this.performed.set(key, { to: -1, result: typeof result === 'number' ? result : new Uint8Array(Buffer.from(result, 'base64')) })
    }
  }

  private requireHome(): HomeServices {
    const { home } = this.port
    if (home === undefined) throw new Error('a call of the home at a node that is not the home of its program')
    return home
  }

  private perform(to: number, content: HomeCall, body: Uint8Array): void {
    const performed: Performed = { to, result: undefined }
    const answer = (result: HomeAnswer): void => {
      performed.result = result
      this.give(performed.to, content, result)
    }
    this.performed.set(keyOf(content), performed)
    const now = this.requireHome().call(content.service, unpack(content.actuals, body), answer)
    if (now !== undefined) answer(now)
  }

  private give(to: number, { caller, call }: HomeCallKey, result: HomeAnswer): void {
    const content = { ...this.port.about(), caller, call }
    if (typeof result === 'number') this.port.result(to, { ...content, value: result }, NOTHING)
    else this.port.result(to, content, result)
  }

  private drop(consumed: readonly HomeCallKey[]): void {
    for (const key of consumed) this.performed.delete(keyOf(key))
  }
}

function keyOf({ caller, call }: HomeCallKey): string {
  return `${caller} ${call}`
}

const NOTHING = new Uint8Array(0)

function pack(actuals: readonly Value[]): { packed: PackedActual[]; body: Uint8Array } {
  const parts: Uint8Array[] = []
  const packed = actuals.map((value): PackedActual => {
    if (typeof value === 'number' || typeof value === 'boolean') return value
    if (!(value instanceof Uint8Array)) throw new Error('a service of the home takes numbers and bytes')
    parts.push(value)
    return { bytes: value.length }
  })
  return { packed, body: parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts) }
}

function unpack(packed: readonly PackedActual[], body: Uint8Array): Value[] {
  let at = 0
  return packed.map((value) => (typeof value === 'object' ? body.subarray(at, (at += value.bytes)) : value))
}
