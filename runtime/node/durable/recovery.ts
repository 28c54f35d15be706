/**
 * Recovery: a durable program goes on from its last cut when members have left with parts of it.
 *
 *   raise     the home, or when that has gone any node, raises the incarnation in one compare-and-set, which also names the home and the nodes
 *             that go on; whoever loses the race leaves it to the winner
 *   begin     the home tells these nodes; each drops what it has of the incarnation before, reads the cut and decodes its share
 *   claims    each tells the home what its share names; when the home has heard all of them, it tells each where that is (kernel/links/revival.ts)
 *   revive    the shares go on
 *
 * Invariants
 * - The compare-and-set is the one point at which the old incarnation is over: its home commits no cut any more (cut-store.ts), and what its sites
 *   still say is dropped (node.ts).
 * - Who goes on with what follows from the record and the cut alone: all nodes come to the same shares.
 * - A node that is not among those of the record begins without a share, as any node does.
 */
import type { CodeUnit } from '../../code/program.ts'
import type { Engine, Member, SwapOutcome } from '../../engine/engine.ts'
import { AGAIN_MS, insistOnGet, insistOnList, insistOnSafety } from '../../engine/insist.ts'
import { readImage } from '../../kernel/links/image.ts'
import type { ImageHead } from '../../kernel/links/image.ts'
import { decodeClaims, decodePlaces, encodeClaims, encodePlaces, liveGroups, settle } from '../../kernel/links/revival.ts'
import type { Claims, LiveGroup } from '../../kernel/links/revival.ts'
import type { Conversions } from '../../kernel/snapshot/conversion.ts'
import { LIMITS } from '../../limits.ts'
import type { CodeShelf } from '../migration/code-shelf.ts'
import { NodeError } from '../node-error.ts'
import type { NodeErrorData } from '../node-error.ts'
import { decodeProgram, ofProgram, PROGRAM_PREFIX, programKey, programName } from '../program/program.ts'
import type { OriginRecord, ProgramRecord } from '../program/program.ts'
import type { Site } from '../program/site.ts'
import { decodeBase64, encodeBase64 } from '../wire/base64.ts'
import type { OfProgram, Reply } from '../wire/messages.ts'
import type { Messenger } from '../wire/messenger.ts'
import type { Span, Tracer } from '../telemetry/tracer.ts'
import { loadCut } from './cut-store.ts'
import type { LoadedCut } from './cut-store.ts'
import { decodeHome } from './home-port.ts'
import { fetchCode } from './origin-code.ts'
import type { Replacement } from './replacing.ts'
import type { ReviveHome, RevivedHome } from './revived-home.ts'
import { loadUnits, planOf } from './upgrading.ts'

export interface RecoveryPort {
  readonly engine: Engine
  readonly messenger: Messenger
  readonly shelf: CodeShelf
  /** Absent: this member cannot be the home of a program that begins again. */
  readonly reviveHome: ReviveHome | undefined
  /** Makes a span of each recovery whose home is here. */
  readonly tracer?: Tracer | undefined
  /** Drops what is here of an earlier incarnation, and has the program begin anew here. */
  beginAnew(record: ProgramRecord): void
  /** Makes a site that is not yet known to others; its drive has not been started. */
  makeSite(record: ProgramRecord, home: RevivedHome | undefined): Site
  /** The home of a program is here from now on. */
  settled(record: ProgramRecord, site: Site, home: RevivedHome, cut: LoadedCut): void
  /** The program, whose home is here, was lost before it had a cut. */
  lost(record: ProgramRecord): void
  /** The program, whose home was to be here, cannot go on. Its cut stays. */
  broken(record: ProgramRecord, error: NodeError): void
}

/** Milliseconds that a node which has just come waits for others before it takes a program over that has no home. */
const OTHERS_WITHIN_MS = 300
/** Claims that wait for this member to know that it is the home. */
const MOST_EARLY = LIMITS['claims.early'].most
/** Looks for the parts of a cut before they count as missing: they may be on their way to the server that is asked. */
const LOOKS = 20

/** What becomes of a span when the recovery is somebody else's, or has another number. */
const OTHERWISE = 'the program goes on otherwise'

/** At the home: what the nodes have claimed so far. */
interface Gathering {
  readonly record: ProgramRecord
  readonly waiting: Set<number>
  readonly claims: Map<number, Claims>
  readonly answers: Map<number, Answerable>
  readonly span: Span | undefined
}

/** A node that waits to hear where everything is. */
interface Answerable {
  readonly done: (places: Uint8Array) => void
  readonly failed: (error: NodeError) => void
}

/** How the beginning of a share goes on. */
interface Beginning {
  /** The program has begun anew meanwhile, or is over. */
  readonly isOver: () => boolean
  readonly done: (site: Site | undefined) => void
  /** The cut cannot be read. */
  readonly fail: (error: NodeError) => void
  /** What becomes of its frames. */
  readonly conversions?: Conversions | undefined
}

/** A claim that has come before this member knew that it is the home. */
interface Early {
  readonly from: Member
  readonly about: OfProgram
  readonly claims: string
  readonly reply: Reply<'claims'>
}

export class Recovery {
  private readonly gatherings = new Map<number, Gathering>()
  /** The incarnation that is being revived here, by program. */
  private readonly reviving = new Map<number, number>()
  /** The incarnation that could not begin here, by program, and why. */
  private readonly broken = new Map<number, { readonly incarnation: number; readonly error: NodeError }>()
  /** The last incarnation that was raised here, by program. */
  private readonly lives = new Map<number, number>()
  private early: Early[] = []
  private closed = false

  constructor(private readonly port: RecoveryPort) {}

  close(): void {
    this.closed = true
  }

  // ------------------------------------------------------------------------------------------ who goes on

  /** This node has come: programs without a home go on here. */
  opened(): void {
    this.port.engine.clock.after(OTHERS_WITHIN_MS, () => {
      this.lookForOrphans()
    })
  }

  /** Takes over what durable programs have no home. */
  lookForOrphans(): void {
    const { engine, messenger, reviveHome } = this.port
    if (this.closed || reviveHome === undefined || messenger.self.kind !== 'node') return
    insistOnList(engine, PROGRAM_PREFIX, (entries) => {
      for (const [, text] of entries) {
        const record = decodeProgram(text)
        if (record.durable !== undefined && engine.membership.get(record.home) === undefined) this.raise(record)
      }
    })
  }

  /** A member has left: a program that was just going on with its help begins anew once more. */
  memberLeft(member: Member): void {
    this.early = this.early.filter(({ from }) => from.index !== member.index)
    for (const { record, waiting, claims } of [...this.gatherings.values()]) {
      if (waiting.has(member.index) || claims.has(member.index)) this.raise(record)
    }
    this.lookForOrphans()
  }

  /**
   * A member has left that may have had a part of a program whose home is here, or that was its home.
   * @param before the incarnation that cannot go on; when there is a later one, nothing is done
   * @param taken the home is to come here from a living member: hears whether it has
   */
  raise({ id, incarnation: before }: Pick<ProgramRecord, 'id' | 'incarnation'>, taken?: (done: boolean) => void): void {
    const { engine, messenger } = this.port
    const key = programKey(id)
    insistOnGet(engine, [key], ([text]) => {
      if (text === undefined || this.closed) {
        taken?.(false)
        return
      }
      const record = decodeProgram(text)
      const { self } = messenger
      const { origin } = record
      const lives = taken === undefined && record.home !== self.index && engine.membership.get(record.home) !== undefined
      const nodes = messenger.nodes().map(({ index }) => index)
      if (record.incarnation !== before || origin === undefined || lives || nodes.length === 0) {
        taken?.(false)
        return
      }
      const next: ProgramRecord = { ...record, incarnation: record.incarnation + 1, home: self.index, origin: { ...origin, nodes } }
      const value = JSON.stringify(next)
      const span = this.spanOf(next)
      span?.phase('raise')
      engine.directory.swap(
        [{ key, expect: text, value }, engine.membership.alive(self)],
        (outcome) => {
          if (this.closed) return
          if (outcome === 'unknown') {
            this.lookAgain(next, value, { taken, span })
            return
          }
          if (outcome === 'done') this.raised(next, span)
          else span?.end(OTHERWISE)
          taken?.(outcome === 'done')
        },
        { synced: true },
      )
    })
  }

  /**
   * A program whose home is here begins its next incarnation with another record, from a cut that is committed with it.
   * @param before as its home knows it; `also`: that cut; @param done hears whether it does: it goes on as it was when it does not
   */
  replace(before: ProgramRecord, { change, also, trace }: Replacement, done: (replaced: boolean) => void): void {
    const { engine, messenger } = this.port
    const key = programKey(before.id)
    const nodes = messenger.nodes().map(({ index }) => index)
    insistOnGet(engine, [key], ([text]) => {
      const record = text === undefined ? undefined : decodeProgram(text)
      if (record?.incarnation !== before.incarnation || record.home !== messenger.self.index || this.closed) {
        done(false)
        return
      }
      const { origin, ...changed } = change(record)
      if (origin === undefined) throw new Error('a program goes on from a cut with its code')
      const next: ProgramRecord = { ...changed, incarnation: record.incarnation + 1, origin: { ...origin, nodes } }
      const value = JSON.stringify(next)
      const attempt = (): void => {
        engine.directory.swap([{ key, expect: text, value }, ...also, engine.membership.alive(messenger.self)], decided, { synced: true })
      }
      /** It is known for certain what has become of it before anything goes on. */
      const decided = (outcome: SwapOutcome): void => {
        if (this.closed) return
        if (outcome === 'unknown') engine.clock.after(AGAIN_MS, attempt)
        else if (outcome === 'done') replaced()
        else
          this.whenSafe(before.id, value, (stands) => {
            if (stands) replaced()
            else done(false)
          })
      }
      const replaced = (): void => {
        done(true)
        this.raised(next, this.spanOf(next, trace))
      }
      attempt()
    })
  }

  /** The store has not said whether it was done. */
  private lookAgain(
    next: ProgramRecord,
    value: string,
    { taken, span }: { readonly taken: ((done: boolean) => void) | undefined; readonly span: Span | undefined },
  ): void {
    this.port.engine.clock.after(AGAIN_MS, () => {
      this.whenSafe(next.id, value, (stands) => {
        if (stands) {
          this.raised(next, span)
          taken?.(true)
          return
        }
        span?.end(OTHERWISE)
        this.raise({ ...next, incarnation: next.incarnation - 1 }, taken)
      })
    })
  }

  /**
   * Finds out whether the directory has this record of a program. Nothing acts on it before it is safe: after a power failure another incarnation would have
   * the same number, and the cut that this one shows the output of might be gone.
   */
  private whenSafe(program: number, value: string, done: (stands: boolean) => void): void {
    if (this.closed) return
    insistOnSafety(this.port.engine, [[programKey(program), value]], (stands) => {
      if (!this.closed) done(stands)
    })
  }

  /** @param parent what it is a part of, if anything */
  private spanOf({ source, id, incarnation }: ProgramRecord, parent?: string): Span | undefined {
    const attributes = { 'godwit.program': programName(source, id), 'godwit.incarnation': incarnation }
    return this.port.tracer?.begin('recovery', { parent, attributes })
  }

  /** The program has a new life, and its home is here. */
  private raised(record: ProgramRecord, span: Span | undefined): void {
    const { messenger, engine } = this.port
    const own = messenger.self.index
    const nodes = record.origin?.nodes ?? []
    if ((this.lives.get(record.id) ?? 0) >= record.incarnation) {
      span?.end(OTHERWISE) // it was found out twice
      return
    }
    this.lives.set(record.id, record.incarnation)
    if (nodes.some((index) => engine.membership.get(index) === undefined)) {
      span?.end('another node has left meanwhile')
      this.raise(record)
      return
    }
    this.gatherings.get(record.id)?.span?.end(OTHERWISE)
    span?.phase('claims')
    this.gatherings.set(record.id, {
      record,
      waiting: new Set([...nodes, own]),
      claims: new Map(),
      answers: new Map(),
      span,
    })
    for (const index of nodes) if (index !== own) messenger.note(index, 'begin', ofProgram(record))
    this.port.beginAnew(record)
    const { early } = this
    this.early = []
    for (const { from, about, claims, reply } of early) this.claimed(from, about, claims, reply)
  }

  // ------------------------------------------------------------------------------------------ at the home

  /** A node tells what its share names. @throws SnapshotError when the claims are none */
  claimed(from: Member, about: OfProgram, claims: string, reply: Reply<'claims'>): void {
    const gathering = this.gatherings.get(about.program)
    const broken = this.broken.get(about.program)
    if (broken?.incarnation === about.incarnation) {
      reply.failed(broken.error.toJSON())
      return
    }
    if (gathering === undefined || gathering.record.incarnation < about.incarnation) {
      this.wait({ from, about, claims, reply })
      return
    }
    if (gathering.record.incarnation !== about.incarnation) {
      reply.failed(new NodeError('R0406', 'the program has begun anew since').toJSON())
      return
    }
    this.gather(gathering, from.index, decodeClaims(decodeBase64(claims)), {
      done: (places) => {
        reply.done(encodeBase64(places))
      },
      failed: (error) => {
        reply.failed(error.toJSON())
      },
    })
  }

  /** Keeps a claim until this member knows that it is the home; when there are too many, the node is told, and claims again once the home lets it begin. */
  private wait(early: Early): void {
    const { from, about, reply } = early
    this.forgetEarly((each) => each.from.index === from.index && each.about.program === about.program)
    if (this.early.length < MOST_EARLY) this.early.push(early)
    else
      reply.failed(
        new NodeError(
          'R0406',
          `node ${this.port.messenger.self.name} has too many claims of programs that it does not know`,
          'try again',
        ).toJSON(),
      )
  }

  /** Drops claims that nobody waits for any more. */
  private forgetEarly(isOver: (early: Early) => boolean): void {
    const [over, early] = [this.early.filter(isOver), this.early.filter((each) => !isOver(each))]
    this.early = early
    for (const { reply } of over) reply.failed(new NodeError('R0406', 'the program has begun anew since').toJSON())
  }

  /** A node that was to have a share of a program cannot read it. */
  unreadable({ program, incarnation }: OfProgram, error: NodeErrorData): void {
    const gathering = this.gatherings.get(program)
    if (gathering?.record.incarnation === incarnation) this.give(gathering.record, NodeError.from(error))
  }

  private gather(gathering: Gathering, from: number, claims: Claims, answer: Answerable): void {
    gathering.claims.set(from, claims)
    gathering.answers.set(from, answer)
    gathering.waiting.delete(from)
    if (gathering.waiting.size > 0) return
    let places: ReturnType<typeof settle>
    try {
      places = settle(gathering.claims)
    } catch (error) {
      this.give(gathering.record, unreadable(gathering.record, error))
      return
    }
    gathering.span?.set({ 'godwit.members': gathering.claims.size })
    gathering.span?.phase('revive')
    // the home goes on first: what the others ask of it finds it there
    const own = this.port.messenger.self.index
    const order = [...gathering.answers].sort(([a], [b]) => Number(b === own) - Number(a === own))
    for (const [index, { done }] of order) done(encodePlaces(places.get(index) ?? new Map<number, number>()))
  }

  /** Gives a program up that cannot go on here: whoever knows of it is told. */
  private give(record: ProgramRecord, error: NodeError): void {
    const { messenger, engine } = this.port
    const own = messenger.self.index
    if (record.home !== own) {
      this.forget(record.id)
      if (engine.membership.get(record.home) !== undefined)
        messenger.note(record.home, 'unreadable', { ...ofProgram(record), error: error.toJSON() })
      return
    }
    if (this.broken.get(record.id)?.incarnation === record.incarnation) return
    this.broken.set(record.id, { incarnation: record.incarnation, error })
    const { answers: waiting, span } = this.gatherings.get(record.id) ?? {}
    const answers = waiting?.values() ?? []
    span?.end(error.message)
    this.forget(record.id)
    for (const { failed } of answers) failed(error)
    this.port.broken(record, error)
  }

  // ------------------------------------------------------------------------------------------ at every node

  /**
   * Makes this node's site of a program that goes on from its last cut.
   * @param done gets it once it runs; undefined when the program has begun anew meanwhile, or is over
   */
  revive(record: ProgramRecord, done: (site: Site | undefined) => void): void {
    const { id, incarnation, origin } = record
    this.reviving.set(id, incarnation)
    const isOver = (): boolean => this.closed || this.reviving.get(id) !== incarnation
    const fail = (error: NodeError): void => {
      done(undefined) // while it is still the one that is revived here: who waits for it waits no longer
      this.give(record, error)
    }
    this.load(record, isOver, LOOKS, (cut) => {
      if (isOver() || cut === undefined || origin === undefined) {
        done(undefined)
        return
      }
      if (cut === 'incomplete') {
        fail(unreadable(record, 'a part of the cut is not in the store'))
        return
      }
      this.loadVersions(origin, cut, (error, conversions) => {
        if (isOver()) done(undefined)
        else if (error !== undefined) fail(unreadable(record, error))
        else {
          try {
            this.claim(record, cut, { isOver, done, fail, conversions })
          } catch (reason) {
            fail(unreadable(record, reason))
          }
        }
      })
    })
  }

  /** @param done gets the last cut of a program, for whose parts it is looked so often; undefined when it has none */
  private load(
    record: ProgramRecord,
    isOver: () => boolean,
    looks: number,
    done: (cut: LoadedCut | 'incomplete' | undefined) => void,
  ): void {
    const { engine, messenger } = this.port
    loadCut(engine, record.id, (cut) => {
      if (cut === 'incomplete' && looks > 1 && !isOver())
        engine.clock.after(AGAIN_MS, () => {
          this.load(record, isOver, looks - 1, done)
        })
      else if (cut === 'none') {
        if (!isOver() && record.home === messenger.self.index) this.port.lost(record)
        done(undefined)
      } else done(cut)
    })
  }

  /** @returns which incarnation of a program is being revived here, if one is */
  revivedNow(program: number): number | undefined {
    return this.reviving.get(program)
  }

  /** The program begins anew, or is over: what is being revived here is not needed. */
  forget(program: number): void {
    this.gatherings.get(program)?.span?.end('the program is over')
    this.reviving.delete(program)
    this.gatherings.delete(program)
  }

  /**
   * Makes the code ready that a program goes on with, and for a cut of the version before an upgrade that one's, too.
   * @param done gets what is wrong, or what becomes of the frames of the cut
   */
  private loadVersions({ code, upgrade }: OriginRecord, cut: LoadedCut, done: (error: unknown, conversions?: Conversions) => void): void {
    this.loadCode(code, (error, after) => {
      if (error !== undefined || upgrade === undefined || cut.incarnation >= upgrade.incarnation) {
        done(error)
        return
      }
      this.loadCode(upgrade.before, (problem, before) => {
        if (problem !== undefined) done(problem)
        else done(undefined, planOf(this.port.shelf, before, after, upgrade.map).conversions)
      })
    })
  }

  /** @param done gets what is wrong, if anything, and the units */
  private loadCode(code: string, done: (error: unknown, units: readonly CodeUnit[]) => void): void {
    const { engine, shelf } = this.port
    fetchCode(engine, code, (units) => {
      if (units === undefined) done('its code is not in the store', [])
      else
        loadUnits(shelf, units, (error) => {
          done(error, units)
        })
    })
  }

  /** @throws SnapshotError, NodeError when the cut cannot be read */
  private claim(record: ProgramRecord, cut: LoadedCut, { isOver, done, fail, conversions }: Beginning): void {
    const { messenger, shelf, engine, reviveHome } = this.port
    const own = messenger.self.index
    const { results, state } = decodeHome(cut.home)
    const home = record.home === own ? reviveHome?.(record, state) : undefined
    const site = this.port.makeSite(record, home)
    const held = home?.attach(site) ?? []
    const heads = cut.over !== undefined ? [] : cut.parts.map(({ image }) => readImage(image))
    const share = cut.over !== undefined ? [] : sharesOf(heads, cut, record.origin?.nodes ?? []).get(own)
    const revival = site.decode({ heads, share: share ?? [], conversions }, (hash) => shelf.unitOf(hash), held)
    const go = (places: Uint8Array): void => {
      if (isOver()) {
        site.close()
        done(undefined)
        return
      }
      try {
        const gone = (image: number): string | undefined => {
          const before = cut.parts[image]?.member
          return before === undefined || before === own ? undefined : messenger.nameOf(before)
        }
        site.revive(revival, decodePlaces(places), { time: cut.time, calls: cut.calls, results: home === undefined ? [] : results, gone })
      } catch (error) {
        site.close()
        fail(unreadable(record, error))
        return
      }
      this.gatherings.get(record.id)?.span?.end()
      this.reviving.delete(record.id)
      this.gatherings.delete(record.id)
      if (home !== undefined) this.port.settled(record, site, home, cut)
      done(site)
    }
    if (home !== undefined) {
      const gathering = this.gatherings.get(record.id)
      const failed = (): void => {
        site.close()
        done(undefined)
      }
      if (gathering !== undefined) this.gather(gathering, own, revival.claims, { done: go, failed })
      return
    }
    const at = engine.membership.get(record.home)
    if (at === undefined) {
      site.close()
      done(undefined)
      return
    }
    messenger.request(at, 'claims', { ...ofProgram(record), claims: encodeBase64(encodeClaims(revival.claims)) }, (answer) => {
      if ('value' in answer) go(decodeBase64(answer.value))
      else {
        site.close()
        done(undefined)
      }
    })
  }
}

/** @param error what was thrown, or what is wrong */
function unreadable({ source }: ProgramRecord, error: unknown): NodeError {
  const why = error instanceof Error ? error.message : String(error)
  if (error instanceof NodeError && error.code === 'R0443') return error
  return new NodeError('R0443', `${source} cannot go on from its last cut: ${why}`, 'its cut is kept; godwit stop gives it up')
}

/** @returns what each node goes on with: what it had, and its part of what those had who have left */
function sharesOf(heads: readonly ImageHead[], cut: LoadedCut, nodes: readonly number[]): Map<number, LiveGroup[]> {
  const shares = new Map<number, LiveGroup[]>(nodes.map((index) => [index, []]))
  for (const group of liveGroups(heads)) {
    const before = cut.parts[group.image]?.member ?? -1
    const at = shares.has(before) ? before : (nodes[group.slot % nodes.length] ?? -1)
    shares.get(at)?.push(group)
  }
  return shares
}
