/**
 * Which processes of a program nobody can ever wake, over all of its nodes.
 *
 * The home has a cut made that looks: all sites stop until nothing is on its way between them, begin a view of their processes, and go on at once. So the
 * views are of one moment, and each is made bit by bit while its site runs. The home gets them, finds out what is stuck, and asks the nodes what
 * is to be said of that.
 */
import type { Member } from '../../engine/engine.ts'
import type { Holdings, HoldingsView } from '../../kernel/inspect/holdings.ts'
import { StuckSearch } from '../../kernel/inspect/stuck.ts'
import type { StuckProcess } from '../../kernel/inspect/stuck.ts'
import type { ProcessInfo } from '../../kernel/inspect/inspect.ts'
import type { LookingCut } from '../durable/coordinator.ts'
import { NodeError } from '../node-error.ts'
import type { Site } from '../program/site.ts'
import { inSlices } from '../slices.ts'
import type { CutOrder, HoldingsPart, OfProgram, Reply, RequestHandlers } from '../wire/messages.ts'
import type { Messenger } from '../wire/messenger.ts'
import type { DescribedProcess, ProcessStatus, StuckStatus } from '../wire/statuses.ts'

const byPath = new Intl.Collator('en', { numeric: true })

export interface StuckPort {
  readonly messenger: Messenger
  /** By program id. */
  readonly sites: ReadonlyMap<number, Site>
  readonly cuts: {
    lookAt(order: CutOrder): HoldingsView | undefined
    look(site: Site, cut: LookingCut): boolean
  }
  siteOf(about: OfProgram): Pick<Site, 'cuts'> | undefined
}

/** Numbers, and processes, that go into one message. */
const NUMBERS = 4000
const PROCESSES = 250
/** A view that nobody has come back to for so long is given up. */
const FORGOTTEN_MS = 10_000

export function stuckHandlers(port: StuckPort): Pick<RequestHandlers, 'cut-look' | 'told-look' | 'stuck'> {
  const failed = (reply: { failed(error: ReturnType<typeof refusal>): void }) => (error: unknown) => {
    reply.failed(refusal(port.messenger, error))
  }
  return {
    'cut-look': (_, order, reply) => {
      const view = port.cuts.lookAt(order)
      if (view === undefined) {
        reply.done(null)
        return
      }
      const done = (): void => {
        reply.done(null)
      }
      inSlices(port.messenger.engine.clock, sent(walked(port, order, view), reply), done, failed(reply))
    },
    'told-look': (_, { processes, ...order }, reply) => {
      const cuts = port.siteOf(order)?.cuts
      const view = cuts?.look(order.number)
      const done = (): void => {
        cuts?.looked(order.number)
        reply.done(null)
      }
      const part = (found: readonly DescribedProcess[]): void => {
        reply.part(found)
      }
      inSlices(port.messenger.engine.clock, described(view, processes, part), done, failed(reply))
    },
    stuck: (_, { program }, reply) => {
      const site = port.sites.get(program)
      if (site === undefined || site.program.home !== port.messenger.self.index) reply.done(null)
      else new StuckQuestion(port, site, reply).ask()
    },
  }
}

function refusal({ self }: Messenger, error: unknown): ReturnType<NodeError['toJSON']> {
  const why = error instanceof Error ? error.message : String(error)
  return new NodeError('R0412', `node ${self.name} cannot do this: ${why}`).toJSON()
}

/** Walks a view to its end, and has it given up if nobody comes back to it. */
function* walked(port: StuckPort, order: CutOrder, view: HoldingsView): Generator<void, HoldingsView, void> {
  port.messenger.engine.clock.after(FORGOTTEN_MS, () => {
    port.siteOf(order)?.cuts.looked(order.number)
  })
  yield* view.walk()
  return view
}

/** Sends a view in parts. */
function* sent(walk: Generator<void, HoldingsView, void>, reply: Reply<'cut-look'>): Generator<void, void, void> {
  const view = yield* walk
  for (const of of ['processes', 'names', 'monitors'] as const) {
    const all = view[of]
    for (let at = 0; at < all.length; at += NUMBERS) {
      reply.part({ of, numbers: all.slice(at, at + NUMBERS) })
      yield
    }
  }
}

/**
 * Describes processes.
 * @param view undefined: it was given up
 * @param part gets descriptions in the order of the processes, fewer when the view is over
 */
function* described(
  view: HoldingsView | undefined,
  numbers: readonly number[],
  part: (found: readonly DescribedProcess[]) => void,
): Generator<void, void, void> {
  let found: DescribedProcess[] = []
  for (const number of numbers) {
    const info = view?.describe(number)
    if (info === undefined) return
    found.push(inWords(info))
    if (found.length === PROCESSES) {
      part(found)
      found = []
    }
    yield
  }
  if (found.length > 0) part(found)
}

/** @returns what is told of a process to other members */
export function inWords({ path, state, place, words }: ProcessInfo): DescribedProcess {
  return {
    path,
    state: stateOf(state),
    line: place === undefined ? '' : `${place.file}:${place.line}`,
    waits: state === 'ready' ? '' : words,
  }
}

function stateOf(state: ProcessInfo['state']): ProcessStatus['state'] {
  return state === 'away' || state === 'ended' ? 'moving' : state
}

/** A question that a client has asked of the home of a program. */
class StuckQuestion {
  private readonly search = new StuckSearch()
  /** What has come from each member, in the order in which they were added to the search. */
  private readonly asked: Member[] = []

  constructor(
    private readonly port: StuckPort,
    private readonly site: Site,
    private readonly reply: Reply<'stuck'>,
  ) {}

  ask(): void {
    const begun = this.port.cuts.look(this.site, {
      looking: (others, order) => {
        this.gather(others, order)
      },
      calledOff: () => undefined, // it is tried again
      failed: () => {
        this.refuse('the program has ended, or begins anew just now')
      },
    })
    if (!begun) this.refuse('a checkpoint of the program is being made')
  }

  private refuse(why: string): void {
    this.reply.failed(new NodeError('R0410', why, 'try again').toJSON())
  }

  private readonly failed = (error: unknown): void => {
    this.reply.failed(refusal(this.port.messenger, error))
  }

  /** Views have begun at all sites. */
  private gather(others: readonly Member[], order: CutOrder): void {
    const { messenger, cuts } = this.port
    const { clock } = messenger.engine
    const views: Holdings[] = []
    let open = others.length + 1
    let whole = true
    const came = (member: Member, view: Holdings | undefined): void => {
      if (view === undefined) whole = false
      else {
        views.push(view)
        this.asked.push(member)
      }
      if (--open > 0) return
      if (whole)
        inSlices(
          clock,
          this.found(views),
          (stuck) => {
            this.describe(stuck, order)
          },
          this.failed,
        )
      else this.refuse('a node has just left the program')
    }
    for (const member of others) {
      const parts: Record<keyof Holdings, number[]> = { processes: [], names: [], monitors: [] }
      const part = ({ of, numbers }: HoldingsPart): void => {
        for (const number of numbers) parts[of].push(number)
      }
      messenger.request(
        member,
        'cut-look',
        order,
        (answer) => {
          came(member, 'value' in answer ? parts : undefined)
        },
        part,
      )
    }
    const own = cuts.lookAt(order)
    if (own === undefined) came(messenger.self, undefined)
    else
      inSlices(
        clock,
        walked(this.port, order, own),
        (view) => {
          came(messenger.self, view)
        },
        this.failed,
      )
  }

  private *found(views: readonly Holdings[]): Generator<void, StuckProcess[], void> {
    for (const view of views) yield* this.search.add(view)
    return yield* this.search.search()
  }

  /** Asks the members for what is to be said of the processes that are stuck there. */
  private describe(stuck: readonly StuckProcess[], order: CutOrder): void {
    const { messenger, cuts } = this.port
    const told: DescribedProcess[] = []
    let open = this.asked.length
    this.asked.forEach((member, node) => {
      const positions: number[] = []
      stuck.forEach((each, i) => {
        if (each.node === node) positions.push(i)
      })
      const processes = positions.map((i) => stuck[i]?.number ?? 0)
      let at = 0
      const part = (found: readonly DescribedProcess[]): void => {
        for (const each of found) told[positions[at++] ?? 0] = each
      }
      const done = (): void => {
        if (--open === 0) this.answer(stuck, told)
      }
      if (member.index === messenger.self.index)
        inSlices(
          messenger.engine.clock,
          described(cuts.lookAt(order), processes, part),
          () => {
            this.site.cuts.looked(order.number)
            done()
          },
          this.failed,
        )
      else messenger.request(member, 'told-look', { ...order, processes }, done, part)
    })
  }

  private answer(stuck: readonly StuckProcess[], told: readonly DescribedProcess[]): void {
    if (stuck.some((_, i) => told[i] === undefined)) {
      this.refuse('a node has just left the program')
      return
    }
    const done = (): void => {
      this.reply.done({ processes: this.search.size })
    }
    inSlices(this.port.messenger.engine.clock, this.tell(stuck, told), done, this.failed)
  }

  /** Sends the answer in parts. */
  private *tell(stuck: readonly StuckProcess[], told: readonly DescribedProcess[]): Generator<void, void, void> {
    let part: StuckStatus[] = []
    for (const [i, { node, why, others, count }] of stuck.entries()) {
      const its = told[i]
      if (its === undefined) continue
      part.push({
        ...its,
        node: this.asked[node]?.name ?? '',
        why,
        others: others.flatMap((other) => told[other]?.path ?? []).sort(byPath.compare),
        count,
      })
      if (part.length === PROCESSES || i === stuck.length - 1) {
        this.reply.part(part)
        part = []
        yield
      }
    }
  }
}
