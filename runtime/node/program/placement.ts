/**
 * Where processes of a program want to be: branches of a PLACED PAR, and processes that ask to be moved.
 *
 * They say so within a slice, where nothing moves; `grant` moves them when the slice has ended.
 */
import type { Member } from '../../engine/engine.ts'
import { isTied } from '../../kernel/links/link-table.ts'
import type { CaptureMode } from '../../kernel/links/link-table.ts'
import type { Kernel } from '../../kernel/scheduler/kernel.ts'
import type { Process } from '../../kernel/scheduler/state.ts'
import type { Value } from '../../kernel/scheduler/value.ts'
import type { Moving } from '../migration/migrations.ts'
import { NodeError } from '../node-error.ts'
import { requireNode } from '../unknown-node.ts'

export interface PlacementPort {
  readonly kernel: Pick<Kernel, 'wake' | 'interrupt'>
  readonly self: Member
  /** By name, as `PROCESSOR n` counts them. */
  nodes(): readonly Member[]
  depart(roots: readonly Process[], mode: CaptureMode, to: Member, done: (moving: Moving) => void): void
}

const decoder = new TextDecoder()

export class Placement {
  /** Branches that shall begin elsewhere. */
  private placed: { readonly branch: Process; readonly to: Member }[] = []
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
    else if (!isTied(branch)) this.placed.push({ branch, to })
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
      port.depart([process], 'subtree', to, ({ takenBack }) => {
        for (const q of takenBack) q.value = false // it finds itself where it was
      })
    }
    const branches = new Map<Member, Process[]>()
    for (const { branch, to } of this.placed.splice(0)) {
      const list = branches.get(to)
      if (list === undefined) branches.set(to, [branch])
      else list.push(branch)
    }
    for (const [to, list] of branches) port.depart(list, 'only', to, () => undefined)
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
