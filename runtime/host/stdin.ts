/** Standard input, such that nothing is on its way when nobody reads. */
import { fstatSync, readSync } from 'node:fs'
import { Readable } from 'node:stream'
import type { InputStream } from './typed.ts'

const STDIN = 0
const CHUNK = 65536

/**
 * @returns the standard input of this OS process; undefined when it has none. A file is read at once when it is asked for, since a read in the
 *   background would move the file's position past bytes that a checkpoint does not see; a pipe or a terminal stops when it is paused.
 */
export function standardInput(): InputStream | undefined {
  try {
    return fstatSync(STDIN).isFile() ? fileInput(STDIN) : process.stdin
  } catch {
    return undefined // closed
  }
}

function fileInput(descriptor: number): Readable {
  return new Readable({
    highWaterMark: CHUNK,
    read(): void {
      const buffer = Buffer.allocUnsafe(CHUNK)
      try {
        const n = readSync(descriptor, buffer)
        this.push(n === 0 ? null : buffer.subarray(0, n))
      } catch (error) {
        this.destroy(error instanceof Error ? error : new Error(String(error)))
      }
    },
  })
}
