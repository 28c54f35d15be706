/**
 * Errands: calls of services of the program's home that are made on other nodes.
 *
 * The node sends a call to the member that started the program, which does it at once and answers. The process waits in state HOST meanwhile
 * and may move: the answer comes to the node that asked and follows the process from there, as every answer of a host does.
 *
 * Invariants
 * - A call is sent once and done once: sessions deliver exactly once while both members live, and without its terminal there is no program.
 * - What is on its way counts among the messages of the site, so that nobody takes the program for standing still.
 */
import type { Member } from '../../engine/engine.ts'
import { refusal } from '../../host/home-services.ts'
import type { Deniable, HomeServices, HomeAnswer } from '../../host/home-services.ts'
import type { Kernel } from '../../kernel/scheduler/kernel.ts'
import type { Process } from '../../kernel/scheduler/process.ts'
import type { Value } from '../../kernel/scheduler/value.ts'

/** An actual parameter on its way; `bytes` is how many of the note's body it takes, in order. */
type Packed = number | boolean | { readonly bytes: number }

/** The content of the note `errand`; the body has the bytes of its actuals. */
export interface ErrandNote {
  readonly program: number
  readonly errand: number
  readonly service: string
  readonly actuals: readonly Packed[]
}

/** The content of the note `errand-done`; without a value it is the body. */
export interface ErrandDone {
  readonly program: number
  readonly errand: number
  readonly value?: number
}

export interface ErrandParts {
  readonly program: number
  readonly kernel: Kernel
  /** Member index of the home. */
  readonly to: number
  /** The home itself, at its own member. */
  readonly home: HomeServices | undefined
  /** What this node does not pass on. */
  readonly denied: readonly Deniable[]
  readonly send: (to: number, subject: string, content: ErrandNote | ErrandDone, body: Uint8Array) => void
}

export class Errands {
  private readonly waiting = new Map<number, Process>()
  private count = 0

  constructor(private readonly parts: ErrandParts) {}

  /** Calls a service of the home for a process; as `World.host`. */
  call(p: Process, service: string, actuals: readonly Value[]): boolean {
    const { program, home, to, denied, send } = this.parts
    const answer = refusal(service, denied) ?? home?.call(service, actuals)
    if (answer !== undefined) {
      p.value = answer
      return true
    }
    const errand = ++this.count
    this.waiting.set(errand, p)
    const { packed, body } = pack(actuals)
    send(to, 'errand', { program, errand, service, actuals: packed }, body)
    return false
  }

  /** At the home: another member sends a call. */
  asked(from: Member, { program, errand, service, actuals }: ErrandNote, body: Uint8Array): void {
    const { home, send } = this.parts
    if (home === undefined) throw new Error(`${from.name} sent an errand to a node that is not the home of its program`)
    const value: HomeAnswer = home.call(service, unpack(actuals, body))
    const bytes = typeof value === 'number' ? NOTHING : value
    send(from.index, 'errand-done', { program, errand, ...(typeof value === 'number' ? { value } : {}) }, bytes)
  }

  /** The home has answered. */
  answered({ errand, value }: ErrandDone, body: Uint8Array): void {
    const p = this.waiting.get(errand)
    this.waiting.delete(errand)
    if (p !== undefined) this.parts.kernel.wake(p, value ?? body.slice())
  }
}

const NOTHING = new Uint8Array(0)

function pack(actuals: readonly Value[]): { packed: Packed[]; body: Uint8Array } {
  const parts: Uint8Array[] = []
  const packed = actuals.map((value): Packed => {
    if (typeof value === 'number' || typeof value === 'boolean') return value
    if (!(value instanceof Uint8Array)) throw new Error('a service of the home takes numbers and bytes')
    parts.push(value)
    return { bytes: value.length }
  })
  return { packed, body: parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts) }
}

function unpack(packed: readonly Packed[], body: Uint8Array): Value[] {
  let at = 0
  return packed.map((value) => (typeof value === 'object' ? body.subarray(at, (at += value.bytes)) : value))
}
