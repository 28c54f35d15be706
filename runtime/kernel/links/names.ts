/**
 * Names of processes: global ids, stable for the life of a process wherever it is.
 *
 * A process gets one when another node has to know it: as the root of a capture, or since the host will answer it. What is left of a captured
 * process keeps the name, so that the host's answer to it finds the process.
 */
import type { History } from './history.ts'
import { HERE, ProcessLink } from './objects.ts'
import type { Router } from './router.ts'
import type { Process } from '../scheduler/state.ts'
import type { Value } from '../scheduler/value.ts'

export class ProcessNames {
  private readonly links = new WeakMap<Process, ProcessLink>()

  constructor(
    private readonly router: Router,
    private readonly history: History | undefined,
  ) {}

  /** @returns the link of a process, if it has one */
  known(p: Process): ProcessLink | undefined {
    return this.links.get(p)
  }

  /** @returns the link of a process here; it gets a name if it has none */
  of(p: Process): ProcessLink {
    const known = this.links.get(p)
    if (known !== undefined) return known
    const link = new ProcessLink(this.router.freshId())
    this.router.enter(link)
    this.put(link, p)
    return link
  }

  /** A process with a name has come to this node. @param moves how often it has moved */
  adopt(p: Process, id: number, moves: number): void {
    const known = this.router.links.get(id)
    const link = known instanceof ProcessLink ? known : new ProcessLink(id)
    if (known !== link) this.router.enter(link)
    link.version = moves
    link.sought = undefined
    this.put(link, p)
  }

  private put(link: ProcessLink, p: Process): void {
    link.settleHere(this.router.self)
    link.process = p
    this.links.set(p, link)
    if (p.join !== null) p.join.known = true
    this.history?.came(link.id, link.version)
  }

  /** @returns the process of an id, when it is here */
  processOf(id: number): Process | undefined {
    const link = this.router.links.get(id)
    return link instanceof ProcessLink && link.place === HERE ? link.process : undefined
  }

  /** A process has ended. */
  forget(p: Process): void {
    const link = this.links.get(p)
    if (link === undefined) return
    this.router.links.delete(link.id)
    this.history?.went(link.id)
  }

  /** A process was captured. */
  left(p: Process): void {
    const link = this.history === undefined ? undefined : this.links.get(p)
    if (link !== undefined) this.history?.went(link.id)
  }

  /** Sends the host's answer after a process that has left. */
  answer(p: Process, value: Value): void {
    const link = this.links.get(p)
    if (link === undefined) return
    this.router.route({ type: 'answer', id: link.id, version: link.version, value })
  }
}
