/**
 * The names that states have for processes, channels and monitors: the same wherever and however often a state is reached.
 *
 * Invariants
 * - A process is named by its place in the tree of PARs. A place is one component of a state, whichever process is there.
 * - A channel or monitor is named by the place of the process that made it and the least number which no other one has that this process can still
 *   reach. So one that is made anew in each round of a loop has the same name in each.
 * - What any process may get, the channels of ends, their claims, and mobile barriers, has a name that each state gives it anew; see renaming.ts.
 */
import { NO_CHANNEL } from '../kernel/scheduler/state.ts'
import type { Channel, Monitor } from '../kernel/scheduler/state.ts'
import { NO_MONITOR } from '../kernel/scheduler/monitor.ts'
import type { ConsoleEnd } from '../code/program.ts'
import type { OutsideChannel } from './outside.ts'

/** Where a process is in the tree of PARs. */
export class Place {
  private readonly branches: Place[] = []

  /**
   * @param component of states that tells what the process here does
   * @param branch which branch of its parent's PAR it is
   */
  constructor(
    private readonly places: { add(parent: Place, branch: number): Place },
    readonly component: number,
    readonly parent: Place | null,
    readonly branch: number,
  ) {}

  /** @returns the place of a branch of the PAR that the process here waits for */
  at(branch: number): Place {
    return (this.branches[branch] ??= this.places.add(this, branch))
  }

  /** The places of branches that there ever were. */
  get all(): readonly Place[] {
    return this.branches
  }

  /** Whether this is the place of a process, or of one above it. */
  isAround(place: Place): boolean {
    return place === this || (place.parent !== null && this.isAround(place.parent))
  }

  /** @returns the branches from the root of the program to here */
  path(): number[] {
    return this.parent === null ? [] : [...this.parent.path(), this.branch]
  }
}

/** What the other end of a channel is that leads out of the program. */
export type Beyond = ConsoleEnd | OutsideChannel

/** What a channel or monitor is that any process may get. */
export interface Traveller {
  /** Among those of a state, or of a step; see renaming.ts. */
  readonly rank: number
  /** Whether it was made in a step and has no number in the state yet. */
  readonly isFresh: boolean
}

/** What the link of a channel is that the explorer has named. */
export class ChannelName {
  /**
   * @param end of one that leads out of the program: what is there
   * @param component of states that tells where in a message an outside channel is; -1 when every message is one communication
   */
  constructor(
    readonly number: number,
    readonly maker: Place,
    readonly ordinal: number,
    readonly end: Beyond | undefined,
    readonly component = -1,
    readonly travels?: Traveller,
  ) {}
}

export interface MonitorName {
  readonly number: number
  readonly maker: Place
  readonly ordinal: number
  /** Of states: tells what the monitor is. -1 for one that is fresh. */
  readonly component: number
  readonly travels?: Traveller
}

/** The ordinal of what is named otherwise. */
const NO_ORDINAL = -1

const TYPED: readonly ConsoleEnd[] = ['keyboard', 'screen', 'error']

/** All names of one program. */
export class Names {
  /** How many components states have. */
  components = 0
  readonly places: (Place | undefined)[] = []
  readonly root: Place
  /** By their numbers. */
  readonly channels: ChannelName[] = []
  readonly monitors: MonitorName[] = []
  /** By component. */
  readonly monitorAt: (MonitorName | undefined)[] = []
  private readonly byMaker = new Map<Place, ChannelName[]>()
  private readonly monitorsByMaker = new Map<Place, MonitorName[]>()
  private readonly namesOf = new WeakMap<Monitor, MonitorName>()
  private readonly travellingChannels = { fresh: [] as ChannelName[], known: [] as ChannelName[] }
  private readonly travellingMonitors = { fresh: [] as MonitorName[], known: [] as MonitorName[] }
  private readonly beyond: Map<Beyond, ChannelName>

  constructor() {
    this.root = this.add(null, 0)
    this.channels.push(new ChannelName(0, this.root, -1, undefined)) // 0 stands for no channel
    this.monitors.push({ number: 0, maker: this.root, ordinal: -1, component: -1 })
    this.beyond = new Map<Beyond, ChannelName>(
      TYPED.map((end, i) => {
        const name = new ChannelName(this.channels.length, this.root, -1 - i, end)
        this.channels.push(name)
        return [end, name]
      }),
    )
  }

  add(parent: Place | null, branch: number): Place {
    const place = new Place(this, this.components++, parent, branch)
    this.places[place.component] = place
    return place
  }

  /** @returns the name of a channel that leads out of the program */
  ofEnd(end: Beyond): ChannelName {
    let found = this.beyond.get(end)
    if (found === undefined) {
      const component = typeof end === 'object' && end.positions.length > 1 ? this.components++ : -1
      found = new ChannelName(this.channels.length, this.root, -1 - this.beyond.size, end, component)
      this.channels.push(found)
      this.beyond.set(end, found)
    }
    return found
  }

  /** @returns the name of the `ordinal`-th channel that a process at a place has made */
  channel(maker: Place, ordinal: number): ChannelName {
    let all = this.byMaker.get(maker)
    if (all === undefined) this.byMaker.set(maker, (all = []))
    let found = all[ordinal]
    if (found === undefined) {
      all[ordinal] = found = new ChannelName(this.channels.length, maker, ordinal, undefined)
      this.channels.push(found)
    }
    return found
  }

  monitor(maker: Place, ordinal: number): MonitorName {
    let all = this.monitorsByMaker.get(maker)
    if (all === undefined) this.monitorsByMaker.set(maker, (all = []))
    let found = all[ordinal]
    if (found === undefined) {
      const component = this.components++
      all[ordinal] = found = { number: this.monitors.length, maker, ordinal, component }
      this.monitors.push(found)
      this.monitorAt[component] = found
    }
    return found
  }

  /** Whether there is anything that travels. */
  get haveTravellers(): boolean {
    return this.travellingChannels.fresh.length + this.travellingMonitors.fresh.length > 0
  }

  /** The monitors that states may have and that travel, by rank. */
  get travelling(): readonly MonitorName[] {
    return this.travellingMonitors.known
  }

  /** @returns the name of a channel that travels */
  travellingChannel(travels: Traveller): ChannelName {
    const all = travels.isFresh ? this.travellingChannels.fresh : this.travellingChannels.known
    let found = all[travels.rank]
    if (found === undefined) {
      all[travels.rank] = found = new ChannelName(this.channels.length, this.root, NO_ORDINAL, undefined, -1, travels)
      this.channels.push(found)
    }
    return found
  }

  /** @returns the name of a monitor that travels */
  travellingMonitor(travels: Traveller): MonitorName {
    const all = travels.isFresh ? this.travellingMonitors.fresh : this.travellingMonitors.known
    let found = all[travels.rank]
    if (found === undefined) {
      const component = travels.isFresh ? -1 : this.components++
      all[travels.rank] = found = { number: this.monitors.length, maker: this.root, ordinal: NO_ORDINAL, component, travels }
      this.monitors.push(found)
      if (component >= 0) this.monitorAt[component] = found
    }
    return found
  }

  nameOf(m: Monitor): MonitorName | undefined {
    return this.namesOf.get(m)
  }

  give(m: Monitor, name: MonitorName): void {
    this.namesOf.set(m, name)
  }
}

/** @returns the name of a channel; undefined for one that has none yet */
export function nameOfChannel(c: Channel): ChannelName | undefined {
  return c.link instanceof ChannelName ? c.link : undefined
}

/** Whether it stands for nothing. */
export const isNone = (x: Channel | Monitor | undefined): boolean => x === undefined || x === NO_CHANNEL || x === NO_MONITOR
