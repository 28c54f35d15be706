/** Bytes that are written one after the other, and taken in portions. */
import { ByteWriter } from '../../kernel/snapshot/codec.ts'

export class GatheredBytes {
  protected bytes = new ByteWriter()

  /** How many bytes wait to be taken. */
  get length(): number {
    return this.bytes.length
  }

  /** @returns what was written since this was asked last */
  take(): Uint8Array {
    const taken = this.bytes.finish()
    this.bytes = new ByteWriter()
    return taken
  }
}
