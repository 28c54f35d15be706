/**
 * What those who look at the page are told of a cluster. It is asked only while somebody looks, and no more often than costs a small part of the time
 * that an answer takes: a page of a hundred thousand processes is a little older than one of a hundred.
 */
import type { ClusterClient } from '../node/commands/client.ts'
import type { ProcessGroup } from '../node/wire/observations.ts'
import type { FromServer } from './talk.ts'

/** The least time between two looks of each kind, in milliseconds. */
export interface Pace {
  readonly numbers: number
  readonly processes: number
  readonly wiring: number
}
const CLUSTER_PACE: Pace = { numbers: 1_000, processes: 700, wiring: 3_000 }
/** A look that took this long is followed by a pause of so many times that. */
const PAUSE_FACTOR = 10
/** But who looks shall see what is new: no pause is longer than this. Channels change seldom. */
const LONGEST_MS = 4_000
const LONGEST_WIRING_MS = 40_000
/** When the cluster cannot be asked. */
const AGAIN_MS = 1_500

type Said = (message: FromServer) => void

const keyOf = ({ program, path }: Pick<ProcessGroup, 'program' | 'path'>): string => `${program} ${path}`

export class Feed {
  private readonly viewers = new Set<Said>()
  /** What is known of each node, so that only what has changed is said. */
  private readonly known = new Map<string, ReadonlyMap<string, ProcessGroup>>()
  private numbers: FromServer | undefined
  private wiring: FromServer | undefined
  /** A timer for each kind of look; the loops that look go on for as long as these are theirs. */
  private timers: NodeJS.Timeout[] = []

  /** @param pace how often it looks at most; absent: as suits a cluster of other OS processes */
  constructor(
    private readonly client: Pick<ClusterClient, 'measures' | 'survey' | 'wiring' | 'programs'>,
    private readonly pace: Pace = CLUSTER_PACE,
  ) {}

  /** @returns how to stop telling */
  tell(say: Said): () => void {
    this.viewers.add(say)
    if (this.numbers !== undefined) say(this.numbers)
    for (const [node, groups] of this.known) say({ kind: 'processes', node, changed: [...groups.values()], gone: [] })
    if (this.wiring !== undefined) say(this.wiring)
    if (this.viewers.size === 1) this.start()
    return () => {
      this.viewers.delete(say)
    }
  }

  close(): void {
    this.viewers.clear()
    this.rest()
  }

  private say(message: FromServer): void {
    for (const viewer of this.viewers) viewer(message)
  }

  private start(): void {
    if (this.timers.length > 0) return
    const { numbers, processes, wiring } = this.pace
    this.repeat(numbers, LONGEST_MS, () => this.lookAtNumbers())
    this.repeat(processes, LONGEST_MS, () => this.lookAtProcesses())
    this.repeat(wiring, LONGEST_WIRING_MS, () => this.lookAtWiring())
  }

  /** Looks at once, and then again and again while somebody wants to know. */
  private repeat(least: number, most: number, look: () => Promise<void>): void {
    const { timers } = this
    const slot = timers.length
    const again = async (): Promise<void> => {
      const begun = performance.now()
      let pause = least
      try {
        await look()
        pause = Math.min(most, Math.max(least, PAUSE_FACTOR * (performance.now() - begun)))
      } catch (error) {
        this.say({ kind: 'trouble', text: error instanceof Error ? error.message : String(error) })
        pause = AGAIN_MS
      }
      if (this.timers !== timers) return // it has rested, and others look since
      if (this.viewers.size === 0) this.rest()
      else timers[slot] = setTimeout(() => void again(), pause)
    }
    timers[slot] = setTimeout(() => void again(), 0)
  }

  private rest(): void {
    for (const timer of this.timers) clearTimeout(timer)
    this.timers = []
    this.known.clear()
    this.numbers = this.wiring = undefined
  }

  private async lookAtNumbers(): Promise<void> {
    const [nodes, programs] = await Promise.all([this.client.measures(), this.client.programs.all()])
    this.numbers = { kind: 'numbers', at: Date.now(), nodes, programs }
    this.say(this.numbers)
  }

  private async lookAtProcesses(): Promise<void> {
    const survey = await this.client.survey()
    for (const [node, groups] of survey) {
      const before = this.known.get(node) ?? new Map<string, ProcessGroup>()
      const now = new Map<string, ProcessGroup>()
      for (const group of groups) {
        const known = before.get(keyOf(group))
        const same = known !== undefined && known.states === group.states && known.indices === group.indices
        now.set(keyOf(group), same ? known : group)
      }
      const changed = [...now].filter(([key, group]) => before.get(key) !== group).map(([, group]) => group)
      const gone = [...before].filter(([key]) => !now.has(key)).map(([, { program, path }]) => [program, path] as const)
      this.known.set(node, now)
      if (changed.length + gone.length > 0) this.say({ kind: 'processes', node, changed, gone })
    }
    for (const node of [...this.known.keys()]) {
      if (survey.has(node)) continue
      this.known.delete(node)
      this.say({ kind: 'gone', node })
    }
  }

  private async lookAtWiring(): Promise<void> {
    this.wiring = { kind: 'wiring', wiring: await this.client.wiring() }
    this.say(this.wiring)
  }
}
