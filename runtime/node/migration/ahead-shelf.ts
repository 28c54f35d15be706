/**
 * What has come ahead of processes that are still elsewhere: memory of their arrays, until the processes come, or it is known that they do not.
 *
 * It is a cache. What is lost of it, or refused since there is too much, makes a move slower and nothing else.
 */
import type { Member } from '../../engine/engine.ts'
import { ReceivedAhead } from '../../kernel/snapshot/ahead.ts'
import { LIMITS } from '../../limits.ts'
import type { AheadPiece, SentPieces } from '../wire/messages.ts'

interface Transfer {
  readonly memories: Map<number, ArrayBuffer>
  /** How many pieces have come, all of them in order. */
  pieces: number
  bytes: number
}

export class AheadShelf {
  private readonly transfers = new Map<string, Transfer>()
  private bytes = 0

  /** @param mostBytes more is not kept */
  constructor(private readonly mostBytes: number = LIMITS['state.ahead'].most) {}

  /**
   * Keeps a piece.
   * @returns how many pieces of the transfer are here; undefined when it is given up: a piece is missing, makes no sense, or there is too much
   */
  keep(from: Member, piece: AheadPiece, bytes: Uint8Array): number | undefined {
    const key = keyOf(from, piece.transfer)
    const transfer = this.transfers.get(key) ?? { memories: new Map<number, ArrayBuffer>(), pieces: 0, bytes: 0 }
    if (piece.piece !== transfer.pieces + 1 || !this.put(transfer, piece, bytes)) {
      this.drop(from, piece.transfer)
      return undefined
    }
    transfer.pieces++
    this.transfers.set(key, transfer)
    return transfer.pieces
  }

  private put(transfer: Transfer, { memory: number, size, stretches, same }: AheadPiece, bytes: Uint8Array): boolean {
    let memory = transfer.memories.get(number)
    if (memory === undefined) {
      if (this.bytes + size > this.mostBytes) return false
      memory = reserve(size)
      if (memory === undefined) return false
      transfer.memories.set(number, memory)
      transfer.bytes += size
      this.bytes += size
    }
    const source = same === undefined ? bytes : bytesFrom(transfer.memories.get(same.memory), same.at)
    if (source === undefined || stretches.length % 2 !== 0) return false
    const all = new Uint8Array(memory)
    let taken = 0
    for (let i = 0; i < stretches.length; i += 2) {
      const [at = 0, length = 0] = [stretches[i], stretches[i + 1]]
      if (at + length > all.length || taken + length > source.length) return false
      all.set(source.subarray(taken, taken + length), at)
      taken += length
    }
    return same !== undefined || taken === bytes.length
  }

  /** @returns what has come of a transfer, which is here no longer; undefined when not all of it is here */
  take(from: Member, { transfer, pieces }: SentPieces): ReceivedAhead | undefined {
    const found = this.transfers.get(keyOf(from, transfer))
    this.drop(from, transfer)
    return found?.pieces === pieces ? new ReceivedAhead(found.memories) : undefined
  }

  drop(from: Member, transfer: number): void {
    const key = keyOf(from, transfer)
    this.bytes -= this.transfers.get(key)?.bytes ?? 0
    this.transfers.delete(key)
  }

  memberLeft({ index }: Member): void {
    for (const [key, { bytes }] of this.transfers) {
      if (!key.startsWith(`${index}/`)) continue
      this.bytes -= bytes
      this.transfers.delete(key)
    }
  }

  clear(): void {
    this.transfers.clear()
    this.bytes = 0
  }
}

function keyOf({ index }: Member, transfer: number): string {
  return `${index}/${transfer}`
}

/** @returns the bytes of a memory from one on; undefined when there are none */
function bytesFrom(memory: ArrayBuffer | undefined, at: number): Uint8Array | undefined {
  return memory === undefined || at > memory.byteLength ? undefined : new Uint8Array(memory, at)
}

/** @returns undefined when there is not so much memory */
function reserve(bytes: number): ArrayBuffer | undefined {
  try {
    return new ArrayBuffer(bytes)
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}
