/**
 * The coordinator: makes the cuts of a durable program. It is a part of the program's home.
 *
 * A cut has five steps, and one is under way at a time.
 *   stopping    all sites stop; each answers when no migration is under way at it
 *   waves       counts of all sites are compared, until two waves in a row show that nothing is on its way (as quiescence.ts does it)
 *   taking      each site writes down what it has, and goes on
 *   storing     what is large goes into blobs
 *   committing  one synced compare-and-set makes it the program's last cut, and what the program has output until then may leave
 * The program stands still during the first two and its own part of the third. From then on the next cut could begin; it waits until this one has
 * been committed, so that all that waits by then shares one write (group commit).
 *
 * When nothing has run since the last cut, none is made. When output waits, one is made at once; else one every `everyMs`.
 *
 * Invariants
 * - Cuts are committed in the order of their numbers, by the home that the program's record names (cut-store.ts).
 * - A cut that cannot be made, since a member has left or something cannot be written down, is called off. The next one says after which cut it comes,
 *   so each site writes again what it had written for the one that was called off.
 * - A cut is committed only when each process is at one of its sites, as far as the sites can tell (`whatIsMissing`). Else something has been lost, and the program
 *   goes on from the last cut instead, which had it.
 * - Cuts before the one that the last cut names are not needed any more, and go.
 */
import type { Engine, Member } from '../../engine/engine.ts'
import { whatIsMissing } from '../../kernel/links/image.ts'
import type { Census } from '../../kernel/links/image.ts'
import type { Conversions } from '../../kernel/snapshot/conversion.ts'
import { LIMITS } from '../../limits.ts'
import { NodeError } from '../node-error.ts'
import type { CutCounts, CutOrder, OfProgram } from '../wire/messages.ts'
import type { CutPart, Stored } from '../wire/process-records.ts'
import type { Messenger } from '../wire/messenger.ts'
import type { Span, Tracer } from '../telemetry/tracer.ts'
import { commitCut, cutKey, removeCuts, store } from './cut-store.ts'
import type { CutEntry } from './cut-store.ts'
import type { HomeCapture } from './home-port.ts'
import type { SiteCuts, Taken } from './site-cuts.ts'

export interface CoordinatorPort {
  readonly engine: Pick<Engine, 'clock' | 'directory' | 'blobs' | 'limits'>
  readonly messenger: Pick<Messenger, 'self' | 'note' | 'request' | 'members'>
  /** Makes a span of each cut. */
  readonly tracer?: Tracer | undefined
  /** How messages name the program. */
  about(): OfProgram
  /** The program's record, key and exact value. */
  readonly record: readonly [key: string, value: string]
  /** The home's own site. */
  readonly cuts: SiteCuts
  /** @returns the home as a cut keeps it */
  capture(): HomeCapture
  /** Milliseconds between two cuts, when no output waits. */
  readonly everyMs: number
  /** The program has another home now, or begins anew elsewhere: this home has nothing more to do. */
  deposed(): void
  /** Processes are missing at a cut: the program cannot go on as it is. No cut is made any more. */
  incomplete(error: NodeError): void
}

/** Waves that a cut may take. */
const MOST_WAVES = LIMITS.waves.most
/** Milliseconds for which no cut may come to rest though all sites answer. */
const MOST_UNREST_MS = LIMITS['cut.unrest'].most
/** Milliseconds until a cut is tried again that was called off. */
const AGAIN_AFTER_MS = 20
/** So many cuts that are not needed any more go at once. */
const REMOVED_TOGETHER = 8

/** A cut that is made for itself: it is handed over, and the program does not go on from it. */
export interface SeparateCut {
  /** The home is written down, and its site is about to go on. */
  taken(): void
  /** The cut did not come about, and another is tried. */
  calledOff(): void
  /** Everything is stored. The blobs that the cut names are whoever's who has ordered it. */
  done(cut: CutEntry): void
  /** There is none: the program has ended, or begins anew. */
  failed(): void
}

/** A cut at which all sites begin views of their processes. Nothing is written down. */
export interface LookingCut {
  /** The members besides this one that have something of the program; they are stopped. The site here has begun its view. */
  looking(others: readonly Member[], order: CutOrder): void
  calledOff(): void
  failed(): void
}

/** A cut at which everything stands still, and nothing is written down, until whoever has ordered it says how the program goes on. */
export interface StandingCut {
  /**
   * Everything stands still.
   * @param isAlone whether no other member has anything of the program
   */
  standing(isAlone: boolean, standstill: Standstill): void
  calledOff(): void
  failed(): void
}

/** A program that stands still at a cut. */
export interface Standstill {
  /** What was found out is being acted on: it goes on only when `goOn` or `becomes` is called, though members leave. @returns false when it goes on already */
  commits(): boolean
  /** It goes on as it was. */
  goOn(): void
  /** It goes on as another version. @returns whether it does: its site has not been dropped meanwhile */
  becomes(conversions: Conversions): boolean
}

/** A cut that is made for itself, and for what. */
type OrderedCut = SeparateCut | LookingCut | StandingCut

/** A cut on its way. */
interface Making {
  readonly number: number
  readonly members: readonly Member[]
  /** Members that have something of the program. */
  readonly sites: Set<number>
  /** Who has ordered it, if it is made for itself. */
  readonly separate: OrderedCut | undefined
  readonly span: Span | undefined
  /** It is on its way into the directory: it may be there already. */
  committing: boolean
}

/** Who waits for a cut. */
interface Securing {
  readonly done: () => void
  readonly lost: () => void
}

/** How a program is over. */
export interface Finish {
  /** How it has ended, as JSON. */
  readonly end: string
  /** Is called before that is committed, and calls `done` when it may be. */
  readonly before: (done: () => void) => void
  /** Is called when it is committed. */
  readonly done: () => void
}

export class Coordinator {
  private making: Making | undefined
  private wanted = false
  private hasRun = false
  private over = false
  private scheduled = false
  private again = false
  private held = 0
  private lastBegun = -Infinity
  /** When sites answered to so many waves for the first time, of which none found them at rest, since a cut was taken. */
  private restlessSince: number | undefined
  private nextNumber: number
  /** The program's cuts, by their keys, older ones first. */
  private readonly entries = new Map<string, string>()
  /** The number of the last cut that this home has committed; 0: none, so the next one holds everything. */
  private committed = 0
  private readonly securing: Securing[] = []
  private orders: OrderedCut[] = []
  private finishing: Finish | undefined

  /** @param last the number of the last cut that there is; `entries`: of all cuts that there are */
  constructor(
    private readonly port: CoordinatorPort,
    last: number,
    entries: Iterable<readonly [string, string]> = [],
  ) {
    this.nextNumber = last + 1
    for (const [key, value] of entries) this.entries.set(key, value)
  }

  /**
   * @param done is called when the next cut has been committed: what there is now outlives everything from then on
   * @param lost is called instead when there will be none: the program begins anew, or its home is elsewhere
   */
  secured(done: () => void, lost: () => void = () => undefined): void {
    if (this.over) {
      lost()
      return
    }
    this.securing.push({ done, lost })
    this.want()
  }

  /** Something waits for a cut: one is made as soon as none is under way. */
  want(): void {
    this.wanted = true
    this.look()
  }

  /** A cut is made for itself as soon as none is under way. */
  separately(cut: OrderedCut): void {
    this.orders.push(cut)
    this.want()
  }

  /** Something has run since the last cut. */
  ran(): void {
    this.hasRun = true
    this.look()
  }

  /** A member has left: no cut is made until it is known whether it had a part of the program. What is on its way into the directory was whole. */
  hold(): void {
    this.held++
    if (this.making !== undefined && !this.making.committing) this.callOff(this.making)
  }

  /** It had none. */
  letGo(): void {
    this.held--
    this.look()
  }

  /**
   * The program is over: what it has output leaves with a last cut that holds nothing but its home.
   * Until then the cut before is there, and no other is made.
   */
  finish(finish: Finish): void {
    if (this.finishing !== undefined) return
    this.finishing = finish
    if (this.making === undefined) this.last()
    else if (!this.making.committing) this.callOff(this.making)
    this.failOrders()
  }

  private failOrders(): void {
    for (const order of this.orders.splice(0)) order.failed()
  }

  close(): void {
    this.over = true
    this.making?.span?.end('the program has ended, or begins anew')
    this.making = undefined
    this.failOrders()
    for (const { lost } of this.securing.splice(0)) lost()
  }

  private look(): void {
    if (this.over || this.held > 0 || this.making !== undefined || this.finishing !== undefined) return
    if (!this.wanted && (!this.hasRun || this.scheduled)) return
    if (this.again) return
    const { clock } = this.port.engine
    const wait = this.wanted ? 0 : Math.max(0, this.lastBegun + this.port.everyMs - clock.now())
    if (wait <= 0) {
      this.begin()
      return
    }
    this.scheduled = true
    clock.after(wait, () => {
      this.scheduled = false
      this.look()
    })
  }

  // ------------------------------------------------------------------------------------------ stopping

  private begin(): void {
    const { messenger, engine, cuts } = this.port
    this.wanted = false
    this.hasRun = false
    this.lastBegun = engine.clock.now()
    const members = messenger.members().filter(({ kind, index }) => kind !== 'client' && index !== messenger.self.index)
    const [separate] = this.orders
    const span = this.spanOf(this.nextNumber)
    const making: Making = { number: this.nextNumber++, members, sites: new Set(), separate, committing: false, span }
    const { departures } = cuts
    this.making = making
    making.span?.phase('stopping')
    this.ask(making, 'cut-stop', (counts) => {
      const first = counts === undefined ? undefined : this.balance(making, counts)
      // nobody else has anything, and nothing has gone there meanwhile
      if (counts?.size === 1 && first !== undefined && cuts.departures === departures) this.take(making)
      else this.wave(making, first, MOST_WAVES)
    })
  }

  private spanOf(number: number): Span | undefined {
    const { tracer } = this.port
    if (tracer === undefined) return undefined
    const { program, incarnation } = this.port.about()
    const attributes = { 'godwit.program_id': program, 'godwit.incarnation': incarnation, 'godwit.cut': number }
    return tracer.begin('cut', { attributes })
  }

  private order({ number, members, separate }: Making): CutOrder {
    return {
      ...this.port.about(),
      number,
      members: [this.port.messenger.self.index, ...members.map(({ index }) => index)],
      after: separate === undefined ? this.committed : 0,
      ...(separate !== undefined && 'looking' in separate ? { looks: true } : {}),
    }
  }

  /** Asks all members, this one included. @param done gets the counts of those that have something; undefined when one does not answer */
  private ask(making: Making, subject: 'cut-stop' | 'cut-wave', done: (counts: ReadonlyMap<number, CutCounts> | undefined) => void): void {
    const { messenger, cuts } = this.port
    const counts = new Map<number, CutCounts>()
    let open = making.members.length + 1
    let whole = true
    const answered = (index: number, answer: CutCounts | null | undefined): void => {
      if (this.making !== making) return
      if (answer === undefined) whole = false
      else if (answer !== null) {
        counts.set(index, answer)
        making.sites.add(index)
      }
      if (--open === 0) done(whole ? counts : undefined)
    }
    for (const member of making.members) {
      messenger.request(member, subject, this.order(making), (answer) => {
        answered(member.index, 'value' in answer ? answer.value : undefined)
      })
    }
    const own = messenger.self.index
    if (subject === 'cut-wave') answered(own, cuts.counts())
    else
      cuts.stop(this.order(making), (answer) => {
        answered(own, answer)
      })
  }

  // ------------------------------------------------------------------------------------------ waves

  /** @param before what the last wave has found, when nothing seemed to be on its way */
  private wave(making: Making, before: string | undefined, left: number): void {
    if (left === 0) {
      this.restless(making)
      return
    }
    making.span?.phase('waves')
    this.ask(making, 'cut-wave', (counts) => {
      if (counts === undefined) {
        this.callOff(making)
        return
      }
      const found = this.balance(making, counts)
      if (found !== undefined && found === before) this.take(making)
      else this.wave(making, found, left - 1)
    })
  }

  /** Something is on its way and does not arrive. When that lasts, it has been lost with whoever was to get it. */
  private restless(making: Making): void {
    const now = this.port.engine.clock.now()
    this.restlessSince ??= now
    if (now - this.restlessSince > MOST_UNREST_MS)
      this.giveUp(making, `for ${MOST_UNREST_MS / 1000} s something has been on its way that does not arrive`)
    else this.callOff(making)
  }

  /** @returns all counts as a text when all sites are at rest and everything sent was received; undefined otherwise */
  private balance({ members }: Making, sites: ReadonlyMap<number, CutCounts>): string | undefined {
    const counts: string[] = []
    const all = [this.port.messenger.self, ...members]
    for (const [from, { sent, rest }] of sites) {
      if (!rest) return undefined
      for (const { index: to } of all) {
        const n = sent[to] ?? 0
        if (n !== (sites.get(to)?.received[from] ?? 0)) return undefined
        if (n > 0) counts.push(`${from}>${to}:${n}`)
      }
    }
    return counts.sort().join(' ')
  }

  private callOff(making: Making): void {
    if (this.making !== making) return
    const { messenger, cuts, engine } = this.port
    this.making = undefined
    making.span?.end('called off')
    for (const { index } of making.members) messenger.note(index, 'cut-off', this.order(making))
    cuts.callOff(making.number)
    making.separate?.calledOff()
    this.hasRun = true
    this.wanted ||= this.orders.length > 0
    this.again = true
    engine.clock.after(AGAIN_AFTER_MS, () => {
      this.again = false
      if (this.finishing !== undefined) this.last()
      else this.look()
    })
  }

  // ------------------------------------------------------------------------------------------ taking and storing

  private take(making: Making): void {
    this.restlessSince = undefined
    const { messenger, cuts } = this.port
    const others = making.members.filter(({ index }) => making.sites.has(index))
    const order = this.order(making) // before this site takes it: the number of cuts grows with that
    const { separate } = making
    if (separate !== undefined && 'looking' in separate) {
      this.lookAround(separate, others, order)
      making.span?.end()
      return
    }
    if (separate !== undefined && 'standing' in separate) {
      this.stand(making, separate)
      return
    }
    making.span?.phase('taking')
    let own: Taken | undefined
    try {
      own = cuts.take(making.number)
    } catch {
      own = undefined // it cannot be written down
    }
    const home = own?.home
    if (own === undefined || home === undefined) {
      this.callOff(making)
      return
    }
    separate?.taken()
    making.span?.set({ 'godwit.members': others.length + 1, 'godwit.pause': own.pauseMicros / 1e6 })
    making.span?.phase('storing')
    const parts: CutPart[] = []
    const censuses: Census[] = []
    let stored: Stored | undefined
    let open = others.length + 2
    let whole = true
    const arrived = (part: CutPart | null | undefined): void => {
      if (this.making !== making) return
      if (part === undefined) whole = false
      else if (part !== null) {
        const { census, ...kept } = part
        parts.push(kept)
        if (census !== undefined) censuses.push(census)
      }
      if (--open > 0) return
      if (!whole || stored === undefined) {
        this.callOff(making)
        return
      }
      const missing = whatIsMissing(censuses)
      if (missing !== undefined) {
        this.giveUp(making, missing)
        return
      }
      const { incarnation } = this.port.about()
      const { number } = making
      const from = parts.reduce((first, { oldest = number }) => Math.min(first, oldest), number)
      this.commit(making, { number, incarnation, time: own.time, from, home: stored, parts }, home)
    }
    for (const member of others) {
      messenger.request(member, 'cut-take', order, (answer) => {
        arrived('value' in answer ? answer.value : undefined)
      })
    }
    storePart(this.port.engine, { member: messenger.self.index, order, taken: own }, arrived)
    store(this.port.engine, home.bytes, `home of ${wordFor(order)}`, (bytes) => {
      stored = bytes
      arrived(bytes === undefined ? undefined : null)
    })
  }

  /** Something of the program has been lost: it does not go on from here, and no cut shall say that it is so. */
  private giveUp(making: Making, missing: string): void {
    this.callOff(making)
    this.held++
    const { number } = making
    this.port.incomplete(
      new NodeError('R0445', `cut ${number} of the program would not be whole: ${missing}`, 'the program goes on from the cut before'),
    )
  }

  // ------------------------------------------------------------------------------------------ committing

  private commit(making: Making, entry: CutEntry, home: HomeCapture): void {
    const { separate } = making
    if (separate !== undefined) {
      making.span?.end()
      if ('done' in separate) this.handOver(separate, entry)
      return
    }
    const { engine, record } = this.port
    const { program } = this.port.about()
    making.span?.phase('committing')
    making.committing = true
    commitCut(engine, { program, record, entry }, (outcome) => {
      making.span?.end(outcome === 'deposed' ? 'the program has another home now' : undefined)
      if (this.making !== making) return
      this.making = undefined
      if (outcome === 'deposed') {
        this.close()
        this.port.deposed()
        return
      }
      this.keep(program, entry, outcome.done)
      const secured = this.securing.splice(0) // the program may be over with this cut
      home.committed()
      for (const { done } of secured) done()
      if (this.finishing !== undefined) this.last()
      else this.look()
    })
  }

  private handOver(separate: SeparateCut, entry: CutEntry): void {
    this.making = undefined
    this.orders = this.orders.filter((order) => order !== separate)
    this.wanted = true // something may wait for a cut that the program goes on from
    separate.done(entry)
    this.look()
  }

  /** Everything stands still: views begin, and all sites go on. */
  private lookAround(cut: LookingCut, others: readonly Member[], order: CutOrder): void {
    this.making = undefined
    this.orders = this.orders.filter((each) => each !== cut)
    this.hasRun = true // what has run before it is in no cut
    this.wanted ||= this.orders.length > 0
    this.port.cuts.look(order.number)
    cut.looking(others, order)
    this.look()
  }

  /** Everything stands still, and does so until it is known how the program goes on. */
  private stand(making: Making, cut: StandingCut): void {
    const { messenger, cuts } = this.port
    making.span?.phase('standing')
    const isOver = (): boolean => {
      if (this.making !== making) return false
      this.making = undefined
      making.span?.end()
      this.orders = this.orders.filter((each) => each !== cut)
      this.hasRun = true // what has run before it is in no cut
      this.wanted ||= this.orders.length > 0
      // not at once: whoever has ordered it may close this
      this.port.engine.clock.after(0, () => {
        this.look()
      })
      // who had nothing of the program has stopped for it all the same
      for (const { index } of making.members) messenger.note(index, 'cut-off', this.order(making))
      return true
    }
    cut.standing(making.sites.size === 1, {
      commits: () => {
        if (this.making !== making) return false
        making.committing = true
        return true
      },
      goOn: () => {
        if (isOver()) cuts.callOff(making.number)
      },
      becomes: (conversions) => isOver() && cuts.becomes(making.number, conversions),
    })
  }

  /** A cut has been committed: those that it does not need go. */
  private keep(program: number, entry: CutEntry, text: string): void {
    this.committed = entry.number
    const first = cutKey(program, entry.from)
    const old: (readonly [string, string])[] = []
    for (const known of this.entries) {
      if (known[0] >= first) break
      old.push(known)
    }
    this.entries.set(cutKey(program, entry.number), text)
    if (old.length < REMOVED_TOGETHER && entry.over === undefined) return
    for (const [key] of old) this.entries.delete(key)
    removeCuts(this.port.engine, old)
  }

  /** The last cut of all. */
  private last(): void {
    const { finishing } = this
    if (this.over || finishing === undefined) return
    const making: Making = {
      number: this.nextNumber++,
      members: [],
      sites: new Set(),
      separate: undefined,
      committing: true,
      span: undefined,
    }
    this.making = making
    finishing.before(() => {
      if (this.making === making) this.keepHome(making, finishing)
    })
  }

  private keepHome(making: Making, finishing: Finish): void {
    const { engine, cuts } = this.port
    const capture = this.port.capture()
    store(engine, capture.bytes, `home of ${wordFor(this.order(making))}`, (stored) => {
      if (this.making !== making) return
      if (stored === undefined) {
        this.making = undefined
        engine.clock.after(AGAIN_AFTER_MS, () => {
          if (this.making === undefined) this.last()
        })
        return
      }
      const { incarnation } = this.port.about()
      const entry: CutEntry = {
        number: making.number,
        incarnation,
        time: cuts.time,
        from: making.number,
        over: finishing.end,
        home: stored,
        parts: [],
      }
      this.commit(making, entry, {
        bytes: capture.bytes,
        committed: () => {
          capture.committed()
          this.close()
          finishing.done()
        },
      })
    })
  }
}

/** @returns what nothing else is called: numbers of cuts are not given again in an incarnation */
function wordFor({ program, incarnation, number }: CutOrder): string {
  return `cut ${program}.${incarnation}.${number}`
}

/** Stores what a site has written down. @param done gets null when that is nothing, undefined when it cannot be stored */
export function storePart(
  engine: Pick<Engine, 'blobs'>,
  { member, order, taken }: { readonly member: number; readonly order: CutOrder; readonly taken: Taken },
  done: (part: CutPart | null | undefined) => void,
): void {
  const {
    written: { image, oldest, census },
    calls,
    pauseMicros,
  } = taken
  if (image === undefined) {
    done(calls.length === 0 && oldest === undefined ? null : { member, calls, oldest, pauseMicros, census })
    return
  }
  store(engine, image.bytes, `${member} of ${wordFor(order)}`, (stored) => {
    done(stored === undefined ? undefined : { member, image: stored, calls, oldest, pauseMicros, census })
  })
}
