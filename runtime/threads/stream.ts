/** A connection between two threads of one OS process: a stream of bytes each way, as a socket is. */
import { Duplex } from 'node:stream'
import type { Ring } from './ring.ts'

export class ThreadStream extends Duplex {
  /** What did not fit into the ring, and who wants to hear when it has. */
  private unwritten: Uint8Array | undefined
  private written: (error?: Error) => void = () => undefined
  private wanted = false

  /**
   * @param incoming what the other thread writes
   * @param outgoing what it reads
   * @param tell makes the other thread look
   * @param over is called once, when nothing more is read or written here
   */
  constructor(
    private readonly incoming: Ring,
    private readonly outgoing: Ring,
    private readonly tell: () => void,
    private readonly over: () => void,
  ) {
    super({ allowHalfOpen: false, emitClose: true })
  }

  /** The other side may have written, read or closed. */
  look(): void {
    if (this.unwritten !== undefined) this.put(this.unwritten)
    if (!this.wanted) return
    const isLast = this.incoming.isWriterClosed
    const bytes = this.incoming.read()
    if (bytes !== undefined) {
      this.wanted = this.push(bytes)
      if (this.incoming.tellWriter()) this.tell()
    }
    if (isLast) {
      this.wanted = false
      this.push(null)
    }
  }

  /** The other thread has ended: what it has written can be read, and nothing will be read there. */
  peerEnded(): void {
    this.incoming.closeWriter()
    this.outgoing.closeReader()
    this.look()
  }

  override _read(): void {
    if (this.wanted) return
    this.wanted = true
    this.look()
  }

  override _write(chunk: Buffer, _: BufferEncoding, done: (error?: Error) => void): void {
    this.written = done
    this.put(chunk)
  }

  private put(bytes: Uint8Array): void {
    if (this.outgoing.isReaderClosed) {
      this.unwritten = undefined
      this.written() // as with a socket, nobody knows how much was read; that it is closed is told by the reading side
      return
    }
    const n = this.outgoing.write(bytes)
    this.unwritten = n < bytes.length ? bytes.subarray(n) : undefined
    if (n > 0) this.tell()
    if (this.unwritten === undefined) this.written()
  }

  override _final(done: (error?: Error) => void): void {
    this.outgoing.closeWriter()
    this.tell()
    done()
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.outgoing.closeWriter()
    this.incoming.closeReader()
    this.tell()
    this.over()
    done(error)
  }
}
