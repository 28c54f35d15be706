/**
 * Packets on a byte stream: a 32-bit length, then that many bytes.
 *
 * Writing gathers what is sent within one turn of the event loop into few writes. Reading gives views into what the socket delivered
 * wherever a packet lies in one piece.
 */

/** No packet is longer; a greater length is garbage. */
export const MAX_PACKET_BYTES = 1 << 30
const HEADER_BYTES = 4
/** Longer packets are written by themselves instead of being copied together. */
const LARGE_BYTES = 1 << 14
const BLOCK_BYTES = 1 << 16

export class PacketWriter {
  private block = Buffer.allocUnsafe(BLOCK_BYTES)
  private start = 0
  private end = 0
  private scheduled = false

  /** @param write puts bytes on the stream; they are not touched afterwards */
  constructor(private readonly write: (bytes: Buffer) => void) {}

  /** Takes a copy of `packet`. */
  push(packet: Uint8Array): void {
    const size = HEADER_BYTES + packet.length
    if (size > LARGE_BYTES) {
      this.flush()
      const own = Buffer.allocUnsafe(size)
      own.writeUInt32LE(packet.length, 0)
      own.set(packet, HEADER_BYTES)
      this.write(own)
      return
    }
    if (this.end + size > BLOCK_BYTES) this.renew()
    this.block.writeUInt32LE(packet.length, this.end)
    this.block.set(packet, this.end + HEADER_BYTES)
    this.end += size
    if (this.scheduled) return
    this.scheduled = true
    queueMicrotask(() => {
      this.scheduled = false
      this.flush()
    })
  }

  flush(): void {
    if (this.end === this.start) return
    const bytes = this.block.subarray(this.start, this.end)
    this.start = this.end // the stream owns what was written: go on behind it
    this.write(bytes)
  }

  private renew(): void {
    this.flush()
    this.block = Buffer.allocUnsafe(BLOCK_BYTES)
    this.start = 0
    this.end = 0
  }
}

export class PacketReader {
  private readonly pieces: Buffer[] = []
  private held = 0

  /**
   * @param packet gets each packet, a view that is only good during the call
   * @param limitBytes no packet may be longer, nor is more of one kept
   */
  constructor(
    private readonly packet: (packet: Uint8Array) => void,
    public limitBytes = MAX_PACKET_BYTES,
  ) {}

  /**
   * Takes what the stream delivered.
   * @returns false when it is no sequence of packets: nothing more can be read
   */
  push(chunk: Buffer): boolean {
    let rest = chunk
    if (this.held > 0) {
      this.pieces.push(chunk)
      this.held += chunk.length
      if (this.held < this.wanted()) return true
      rest = this.pieces.length === 1 ? chunk : Buffer.concat(this.pieces)
      this.pieces.length = 0
      this.held = 0
    }
    let at = 0
    while (rest.length - at >= HEADER_BYTES) {
      const length = rest.readUInt32LE(at)
      if (length > this.limitBytes) return false
      if (rest.length - at - HEADER_BYTES < length) break
      this.packet(rest.subarray(at + HEADER_BYTES, at + HEADER_BYTES + length))
      at += HEADER_BYTES + length
    }
    if (at < rest.length) {
      this.pieces.push(rest.subarray(at))
      this.held = rest.length - at
    }
    return true
  }

  /** @returns how many bytes must be held before a packet is whole; a guess from below while its length is not known */
  private wanted(): number {
    const first = this.pieces[0]
    if (first === undefined || first.length < HEADER_BYTES) return HEADER_BYTES
    return HEADER_BYTES + Math.min(first.readUInt32LE(0), this.limitBytes)
  }
}
