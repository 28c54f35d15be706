/**
 * Where the processes of a program are, as its terminal hears it from the nodes.
 *
 * What one node says comes in order, but what two nodes say may overtake each other. The epoch of a process tells which of two moves is the later
 * one: the earlier, when it is heard after it, is no news any more. So the moves that are told are a way without gaps for each process.
 */
import type { ArrivedProcess } from '../wire/messages.ts'

/** A process has moved from one node to another. */
export interface ProcessMove {
  readonly path: string
  /** Names of nodes. */
  readonly from: string
  readonly to: string
}

export class Whereabouts {
  private readonly places = new Map<number, { readonly epoch: number; readonly node: string }>()

  /** Processes have come to node `to`. @returns the moves that are news, of those that did not merely come along with others */
  arrived(processes: readonly ArrivedProcess[], from: string, to: string): ProcessMove[] {
    const moves: ProcessMove[] = []
    for (const { id, path, epoch, carried } of processes) {
      const known = this.places.get(id)
      if (known !== undefined && known.epoch >= epoch) continue
      this.places.set(id, { epoch, node: to })
      const before = known?.node ?? from
      if (!carried && before !== to) moves.push({ path, from: before, to })
    }
    return moves
  }
}
