/**
 * Calls of services of the program's home that processes make on other nodes.
 *
 * The node sends a call to the member that started the program, which does it at once and answers. The process waits in state HOST meanwhile
 * and may move: the answer comes to the node that asked and follows the process from there, as every answer of a host does.
 *
 * Invariants
 * - A call is sent once and done once: sessions deliver exactly once while both members live, and without its terminal there is no program.
 * - A call or an answer on its way counts among the messages of the site, so that the program is not taken for standing still.
 */
import type { Member } from '../../engine/engine.ts'
import { refusal } from '../../host/home-services.ts'
import type { Deniable, HomeServices, HomeAnswer } from '../../host/home-services.ts'
import type { Kernel } from '../../kernel/scheduler/kernel.ts'
import type { Process } from '../../kernel/scheduler/process.ts'
import type { Value } from '../../kernel/scheduler/value.ts'
import type { HomeCall, HomeResult, PackedActual } from '../wire/messages.ts'

export interface HomeCallsPort {
  /** Id of the program. */
  readonly program: number
  readonly kernel: Pick<Kernel, 'wake'>
  /** Member index of the home. */
  readonly to: number
  /** The home itself, at its own member. */
  readonly home: HomeServices | undefined
  /** What this node does not pass on. */
  readonly denied: readonly Deniable[]
  /** Sends the note `home-call` to the home. */
  call(content: HomeCall, body: Uint8Array): void
  /** Sends the note `home-result`. */
  result(to: Member, content: HomeResult, body: Uint8Array): void
}

export class HomeCalls {
  private readonly waiting = new Map<number, Process>()
  private last = 0

  constructor(private readonly port: HomeCallsPort) {}

  /** Calls a service of the home for a process; as `World.host`. */
  call(p: Process, service: string, actuals: readonly Value[]): boolean {
    const { program, home, denied } = this.port
    const refused = refusal(service, denied, actuals[0])
    if (refused !== undefined) {
      p.value = refused
      return true
    }
    if (home !== undefined) {
      const answer = home.call(service, actuals, (later) => {
        this.port.kernel.wake(p, later)
      })
      if (answer === undefined) return false
      p.value = answer
      return true
    }
    const call = ++this.last
    this.waiting.set(call, p)
    const { packed, body } = pack(actuals)
    this.port.call({ program, call, service, actuals: packed }, body)
    return false
  }

  /** At the home: another member sends a call. @throws Error when this is not the home, or has no such service */
  called(from: Member, { program, call, service, actuals }: HomeCall, body: Uint8Array): void {
    const { home } = this.port
    if (home === undefined) throw new Error('a call of the home at a node that is not the home of its program')
    const answer = (value: HomeAnswer): void => {
      if (typeof value === 'number') this.port.result(from, { program, call, value }, NOTHING)
      else this.port.result(from, { program, call }, value)
    }
    const value = home.call(service, unpack(actuals, body), answer)
    if (value !== undefined) answer(value)
  }

  /** The home has answered. */
  answered({ call, value }: HomeResult, body: Uint8Array): void {
    const p = this.waiting.get(call)
    this.waiting.delete(call)
    if (p !== undefined) this.port.kernel.wake(p, value ?? body.slice())
  }
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
