/**
 * The guards of an ALT that a process comes to again and again: registered once, so that neither a choice nor a wait visits each of them.
 *
 * The frame keeps such a set for an ALT in a loop whose guards are nothing but inputs. It is no state: a restored frame has none, and the ALT begins in
 * the plain way of alt.ts, as it does wherever a set cannot serve. Each channel of the set holds a ticket. A writer that has to wait at a channel
 * with a ticket notes its guard in the set, and wakes the process if it waits in this ALT.
 *
 * Invariants, while the set is not stale
 * - A guard that is chosen is not noted any more: its input follows at once. So what is noted is right nearly always, and a choice looks at one channel.
 * - `channels[i]` is the channel of guard `i`. Its ticket is that of guard `i`, or of the first guard of the set on the same channel.
 * - If a writer waits at the channel of a ticket, its guard is noted. The reverse need not hold: what is noted is looked at before it is taken.
 * - The set becomes stale when a ticket goes to another set, a home leaves this node, or another process waits to read at one of the channels;
 *   and it is made again when what its channels were computed from (`keys`) has changed.
 * - The process waits in the set while it is in state ALT and `serial` is its `altSerial`. The channels themselves need not show that; see `altingAt`.
 */
import { ready, requireReader } from './channel.ts'
import * as state from './state.ts'
import type { AltKind, Channel, Process, Ticket, TicketHolder } from './state.ts'

const { ALT, FAIR, PRI, REMOTE, WRITER } = state

/** An ALT of fewer guards registers them anew each time: that is as fast, and takes no memory. */
const FEWEST = 8
/** A set that served fewer choices than this before it had to be made again was not worth while, */
const WORTHWHILE = 4
/** and is not made again before this many choices. */
const REST = 64

/** What the guards of a set were computed from, compared by identity. */
type Key = number | Channel | readonly Channel[] | null

export class GuardSet implements TicketHolder {
  readonly process: Process
  stale = true
  private readonly kind: AltKind
  private serial = -1
  private channels: (Channel | null)[] = []
  private tickets: Ticket[] = []
  /** Guards that are noted, 32 in a word; and in `words` which of those words are not zero. */
  private noted = new Int32Array(1)
  private words = new Int32Array(1)
  /** How many guards there are. */
  private n = 0
  /** While it is made: whether a channel is not here. */
  private unfit = false
  private served = 0
  private rest = 0
  private key1: Key = null
  private key2: Key = null
  private key3: Key = null

  constructor(process: Process, kind: AltKind) {
    this.process = process
    this.kind = kind
  }

  /**
   * Begins, or begins again, the ALT.
   * @param key1 what the channels are computed from
   * @returns the guard that is chosen, whose input must follow; -1 when the process is suspended until one is ready; -2 when the guards have to
   *   be enabled one by one, from `altStart` to `altWait`
   */
  choose(p: Process, key1: Key = null, key2: Key = null, key3: Key = null): number {
    const woken = p.selected
    if (woken >= 0) {
      p.selected = -1
      p.altSerial++
      this.forget(woken)
      return woken
    }
    if (this.stale || this.key1 !== key1 || this.key2 !== key2 || this.key3 !== key3) {
      if (this.rest > 0) this.rest--
      else this.renew(key1, key2, key3)
      return -2
    }
    return this.chosen(p)
  }

  private chosen(p: Process): number {
    this.served++
    const guard = this.search(this.kind === PRI ? 0 : p.kernel.draw(this.n))
    if (guard >= 0) return guard
    this.serial = ++p.altSerial
    p.state = ALT
    p.value = this.kind
    return -1
  }

  /** @returns the first guard from `start` on, in a circle, at whose channel a writer waits; or -1 */
  private search(start: number): number {
    if (this.noted.length === 1) {
      // What is noted is nearly always so, and which of two words of bits is looked at needs no jump.
      for (let all = this.noted[0] ?? 0; all !== 0; all = this.noted[0] ?? 0) {
        const onward = all & (-1 << start)
        const guard = lowest(onward === 0 ? all : onward)
        this.forget(guard)
        if (this.channels[guard]?.state === WRITER) return guard
      }
      return -1
    }
    let from = start
    for (let wrapped = false; ;) {
      const guard = this.nextNoted(from)
      if (guard < 0 || (wrapped && guard >= start)) {
        if (wrapped || start === 0) return -1
        wrapped = true
        from = 0
        continue
      }
      this.forget(guard)
      if (this.channels[guard]?.state === WRITER) return guard
      from = guard + 1
    }
  }

  private nextNoted(from: number): number {
    const { noted, words } = this
    let word = from >> 5
    if (word >= noted.length) return -1
    const bits = (noted[word] ?? 0) & (-1 << (from & 31))
    if (bits !== 0) return (word << 5) + lowest(bits)
    word++
    let group = word >> 5
    if (group >= words.length) return -1
    let some = (words[group] ?? 0) & (-1 << (word & 31))
    while (some === 0) {
      if (++group === words.length) return -1
      some = words[group] ?? 0
    }
    word = (group << 5) + lowest(some)
    return (word << 5) + lowest(noted[word] ?? 0)
  }

  private forget(guard: number): void {
    const word = guard >> 5
    const rest = (this.noted[word] ?? 0) & ~(1 << (guard & 31))
    this.noted[word] = rest
    if (rest === 0) this.words[word >> 5] = (this.words[word >> 5] ?? 0) & ~(1 << (word & 31))
  }

  private note(guard: number): void {
    const word = guard >> 5
    this.noted[word] = (this.noted[word] ?? 0) | (1 << (guard & 31))
    this.words[word >> 5] = (this.words[word >> 5] ?? 0) | (1 << (word & 31))
  }

  get waits(): boolean {
    return this.process.state === ALT && this.process.altSerial === this.serial
  }

  offered(guard: number): void {
    this.note(guard)
    const p = this.process
    if (p.altSerial !== this.serial) return
    if (p.state === ALT) {
      p.selected = guard
      ready(p)
    } else if (this.kind === PRI && p.selected > guard) {
      p.selected = guard // woken already, but not run: the earlier guard wins in a PRI ALT
    }
  }

  // ------------------------------------------------------------------------------------------ making it

  private renew(key1: Key, key2: Key, key3: Key): void {
    if (this.n > 0 && this.served < WORTHWHILE) {
      this.rest = REST
      this.served = WORTHWHILE
      return
    }
    this.stale = true
    this.key1 = key1
    this.key2 = key2
    this.key3 = key3
    this.process.kernel.altSet = this
  }

  /** The guards follow, one `join` each in the order of the text, and then `joined`. */
  begin(n: number): void {
    this.n = n
    this.served = 0
    this.unfit = false
    const words = (n + 31) >> 5
    if (this.noted.length === words) {
      this.noted.fill(0)
      this.words.fill(0)
    } else {
      this.noted = new Int32Array(words)
      this.words = new Int32Array((words + 31) >> 5)
    }
    this.channels.length = Math.min(this.channels.length, n)
  }

  join(c: Channel, guard: number): void {
    if (c.state === REMOTE) {
      this.unfit = true
      return
    }
    const p = this.process
    if (c.waiting !== p) requireReader(p, c)
    const { ticket } = c
    if (ticket !== null) {
      const { set } = ticket
      if (set === this && ticket.guard < guard && this.channels[ticket.guard] === c) {
        this.channels[guard] = null // of guards on one channel the first is taken
        return
      }
      if (set !== this) set.stale = true
    }
    this.channels[guard] = c
    c.ticket = this.tickets[guard] ??= { set: this, guard }
    if (c.state === WRITER) this.note(guard)
  }

  /** All guards have joined. @returns as `choose`, but not -2 */
  joined(p: Process): number {
    if (!this.unfit) {
      this.stale = false
      return this.chosen(p)
    }
    this.stale = true
    this.rest = REST
    p.value = this.kind
    ready(p) // it begins again, in the plain way
    return -1
  }
}

/** @returns the number of the lowest bit that is set */
function lowest(bits: number): number {
  return 31 - Math.clz32(bits & -bits)
}

/** @returns a set for an ALT that has been carried out in the plain way, if it has so many guards that a set is worth while */
export function guardSet(p: Process, pri: boolean, n: number): GuardSet | null {
  return n < FEWEST ? null : new GuardSet(p, pri ? PRI : FAIR)
}
