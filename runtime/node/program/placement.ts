/**
 * Where processes of a program shall be: branches of a PLACED PAR, processes that ask to be moved, and with `--place spread` branches of replicated PARs.
 *
 * They say so within a slice, where nothing moves; `grant` moves them when the slice has ended.
 */
import type { Member } from '../../engine/engine.ts'
import { isTied } from '../../kernel/links/link-table.ts'
import type { CaptureMode } from '../../kernel/links/link-table.ts'
import type { Kernel } from '../../kernel/scheduler/kernel.ts'
import { parentOf } from '../../kernel/inspect/paths.ts'
import type { Join, Process } from '../../kernel/scheduler/state.ts'
import type { Value } from '../../kernel/scheduler/value.ts'
import { BATCH } from '../migration/batches.ts'
import type { Moving } from '../migration/migrations.ts'
import { NodeError } from '../node-error.ts'
import { requireNode } from '../unknown-node.ts'

export interface PlacementPort {
  readonly kernel: Pick<Kernel, 'wake' | 'interrupt'>
  readonly self: Member
  /** Whether a process has come here because it was dealt out. */
  isDealt(p: Process): boolean
  /** By name, as `PROCESSOR n` counts them. */
  nodes(): readonly Member[]
  depart(roots: readonly Process[], mode: CaptureMode, to: Member, cause: 'placement' | 'spread', done: (moving: Moving) => void): void
}

/** A branch that shall begin elsewhere. */
interface Placed {
  readonly branch: Process
  readonly to: Member
  readonly cause: 'placement' | 'spread'
}

const decoder = new TextDecoder()

export class Placement {
  /** Branches that shall begin elsewhere. */
  private placed: Placed[] = []
  /** Branches that were dealt out, to this node or another: what is below them is not. */
  private readonly dealt = new WeakSet<Process>()
  /** Processes that have asked to be moved. */
  private moving: { readonly process: Process; readonly to: Member }[] = []
  /** Processes that want to be here, where they are. */
  private readonly staying = new WeakSet<Process>()
  /** How many branches were placed by no name: one after the other. */
  private turns = 0

  constructor(private readonly port: PlacementPort) {}

  /** Whether somebody waits for the end of the slice. */
  get waits(): boolean {
    return this.placed.length > 0 || this.moving.length > 0
  }

  /** A branch is placed; as `World.place`. @throws NodeError R0402, R0413 */
  place(branch: Process, where: Value): void {
    const to = this.nodeOf(where)
    this.port.kernel.interrupt() // the branch shall not begin here
    if (to.index === this.port.self.index) this.staying.add(branch)
    else if (!isTied(branch)) this.placed.push({ branch, to, cause: 'placement' })
  }

  /**
   * A replicated PAR begins: its branches go to the nodes by turns, the first of them here. What is within a branch that was dealt out is not dealt out again.
   * A branch that a node does not take begins here.
   */
  deal(j: Join): void {
    if (j.plan === null || Number.isNaN(j.base) || this.isWithinDealt(j.parent)) return
    const nodes = this.port.nodes()
    const here = nodes.findIndex(({ index }) => index === this.port.self.index)
    if (nodes.length < 2 || here < 0) return
    this.port.kernel.interrupt() // they shall not begin here
    j.branches.forEach((branch, i) => {
      const to = nodes[(here + i) % nodes.length]
      this.dealt.add(branch)
      if (to !== undefined && to.index !== this.port.self.index && !isTied(branch)) this.placed.push({ branch, to, cause: 'spread' })
    })
  }

  private isWithinDealt(p: Process): boolean {
    for (let at: Process | undefined = p; at !== undefined; at = parentOf(at)) if (this.dealt.has(at) || this.port.isDealt(at)) return true
    return false
  }

  /** A process asks to be moved, with its branches; as `World.host`. Its value becomes whether it is there. */
  migrateTo(p: Process, node: Value | undefined): boolean {
    const name = node instanceof Uint8Array ? decoder.decode(node) : ''
    const to = this.port.nodes().find((m) => m.name === name)
    if (to === undefined || to.index === this.port.self.index) {
      if (to !== undefined) this.staying.add(p)
      p.value = to !== undefined
      return true
    }
    this.port.kernel.interrupt()
    this.moving.push({ process: p, to })
    return false
  }

  /** @returns whether a process has said that it wants to be where it is, and was there already */
  stays(p: Process): boolean {
    return this.staying.has(p)
  }

  /** A slice has ended. */
  grant(): void {
    const { port } = this
    for (const { process, to } of this.moving.splice(0)) {
      port.kernel.wake(process, true) // what it finds when it is there
      port.depart([process], 'subtree', to, 'placement', ({ takenBack }) => {
        for (const q of takenBack) q.value = false // it finds itself where it was
      })
    }
    const batches: { readonly to: Member; readonly cause: Placed['cause']; readonly list: Process[] }[] = []
    for (const { branch, to, cause } of this.placed.splice(0)) {
      const batch = batches.find((each) => each.to === to && each.cause === cause && each.list.length < BATCH)
      if (batch === undefined) batches.push({ to, cause, list: [branch] })
      else batch.list.push(branch)
    }
    for (const { to, cause, list } of batches) port.depart(list, 'only', to, cause, () => undefined)
  }

  private nodeOf(where: Value): Member {
    const nodes = this.port.nodes()
    if (where instanceof Uint8Array && where.length > 0) return requireNode(nodes, decoder.decode(where))
    const n = typeof where === 'number' ? where : this.turns++
    const chosen = nodes[((n % nodes.length) + nodes.length) % nodes.length]
    if (chosen === undefined) throw new NodeError('R0413', 'the cluster has no node to run on')
    return chosen
  }
}
