/** Kernels with link tables in one OS process, whose messages a test delivers when it likes. */
import { Kernel } from '../../runtime/kernel/scheduler/kernel.ts'
import type { World } from '../../runtime/kernel/scheduler/kernel.ts'
import { LinkTable } from '../../runtime/kernel/links/link-table.ts'
import type { CaptureMode, Loss } from '../../runtime/kernel/links/link-table.ts'
import type { Process, Unit } from '../../runtime/kernel/scheduler/state.ts'

export interface Node {
  readonly kernel: Kernel
  readonly links: LinkTable
}

export class Cluster {
  time = 0
  readonly nodes: Node[] = []
  readonly losses: Loss[] = []
  readonly mail: { readonly from: number; readonly to: number; readonly bytes: Uint8Array }[] = []
  readonly gone = new Set<number>()
  delivered = 0

  constructor(
    n: number,
    private readonly units: readonly Unit[],
    host: World['host'] = () => false,
    mostForwarders?: number,
  ) {
    for (let self = 0; self < n; self++) {
      const kernel = new Kernel({ now: () => this.time, host })
      const links = new LinkTable(kernel, self, (to, bytes) => this.mail.push({ from: self, to, bytes }), {
        lost: (loss) => this.losses.push(loss),
        ...(mostForwarders === undefined ? {} : { mostForwarders }),
        peers: () => this.nodes.map((_, i) => i).filter((i) => i !== self && !this.gone.has(i)),
      })
      this.nodes.push({ kernel, links })
    }
  }

  node(i: number): Node {
    const node = this.nodes[i]
    if (node === undefined) throw new RangeError(`no node ${i}`)
    return node
  }

  readonly unitOf = (hash: string): Unit | undefined => this.units.find((u) => u.hash === hash)

  /** Lets all kernels run until they are idle. */
  run(): void {
    for (const { kernel } of this.nodes) {
      while (kernel.run(1000) === 'more');
      if (kernel.failure !== undefined) throw kernel.failure.error
    }
  }

  /** Delivers the oldest message. @returns false when there is none */
  deliver(): boolean {
    const message = this.mail.shift()
    if (message === undefined) return false
    this.delivered++
    if (!this.gone.has(message.to) && !this.gone.has(message.from)) this.node(message.to).links.receive(message.from, message.bytes)
    return true
  }

  /** Runs and delivers until nothing happens any more. @param most messages, after which it is given up */
  settle(most = Infinity): void {
    const end = this.delivered + most
    do this.run()
    while (this.deliver() && this.delivered < end)
  }

  /** Moves processes through bytes. @returns what runs at the destination */
  move(roots: readonly Process[], from: number, to: number, mode: CaptureMode = 'subtree'): Process[] {
    const captured = this.node(from).links.capture(roots, mode)
    this.node(from).links.commit(captured, to)
    return this.node(to).links.restore(captured.bytes.slice(), this.unitOf)
  }

  /** Moves one process. */
  moveOne(p: Process, from: number, to: number, mode: CaptureMode = 'subtree'): Process {
    const [moved] = this.move([p], from, to, mode)
    if (moved === undefined) throw new Error('nothing moved')
    return moved
  }

  lose(i: number): void {
    this.gone.add(i)
    for (const [k, { links }] of this.nodes.entries()) if (!this.gone.has(k)) links.nodeGone(i)
  }
}
