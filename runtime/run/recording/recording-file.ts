/** The file of a recording while it is written. */
import { closeSync, openSync, writeSync } from 'node:fs'
import { RunError } from '../run-error.ts'

export class RecordingFile {
  private readonly file: number
  private isClosed = false

  /** @throws RunError R0515 when the file cannot be written */
  constructor(private readonly path: string) {
    try {
      this.file = openSync(path, 'w')
    } catch (error) {
      throw this.refusal(error)
    }
  }

  /** @throws RunError R0515; then the file is closed */
  write(bytes: Uint8Array): void {
    try {
      for (let at = 0; at < bytes.length;) at += writeSync(this.file, bytes, at)
    } catch (error) {
      this.close()
      throw this.refusal(error)
    }
  }

  close(): void {
    if (this.isClosed) return
    this.isClosed = true
    closeSync(this.file)
  }

  private refusal(error: unknown): RunError {
    const why = error instanceof Error ? error.message : String(error)
    return new RunError('R0515', `cannot write the recording ${this.path}: ${why}`, 'name a file that can be written, on a disk with room')
  }
}
