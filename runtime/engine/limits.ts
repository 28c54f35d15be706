/** Keeping to the limits of an engine: whoever goes beyond one gets an error that names it, and nothing has happened. */
import type { Change } from './engine.ts'
import { EngineError } from './engine-error.ts'

/** What an engine may need for a change besides its texts. */
const CHANGE_BYTES = 16

/** @returns the bytes that count for `Limits.swapBytes` */
export function swapBytesOf(changes: readonly Change[]): number {
  let bytes = 0
  for (const { key, expect, value } of changes) {
    bytes += Buffer.byteLength(key)
    if (expect !== undefined) bytes += Buffer.byteLength(expect)
    if (value !== undefined) bytes += Buffer.byteLength(value)
  }
  return bytes
}

/** @returns the changes, in order, in as few parts as fit into one compare-and-set each */
export function partsOf(changes: readonly Change[], limitBytes: number): Change[][] {
  const parts: Change[][] = []
  let bytes = Infinity
  for (const change of changes) {
    const more = swapBytesOf([change]) + CHANGE_BYTES
    if (bytes + more > limitBytes) {
      parts.push([])
      bytes = 0
    }
    parts.at(-1)?.push(change)
    bytes += more
  }
  return parts
}

/** @throws EngineError `too-large` */
export function requireSwapFits(changes: readonly Change[], limitBytes: number): void {
  let units = 0
  for (const { key, expect = '', value = '' } of changes) units += key.length + expect.length + value.length
  if (units * 3 <= limitBytes) return // a code unit takes three bytes at most
  const bytes = swapBytesOf(changes)
  if (bytes > limitBytes) throw beyond('one compare-and-set', 'swapBytes', { bytes, limitBytes })
}

/** @throws EngineError `too-large` */
export function requirePacketFits(bytes: number, limitBytes: number): void {
  if (bytes > limitBytes) throw beyond('one packet', 'packetBytes', { bytes, limitBytes })
}

/** @throws EngineError `too-large` */
export function requireBlobFits(blob: Uint8Array, limitBytes: number): void {
  if (blob.length > limitBytes) throw beyond('one blob', 'blobBytes', { bytes: blob.length, limitBytes })
}

function beyond(what: string, limit: string, { bytes, limitBytes }: { readonly bytes: number; readonly limitBytes: number }): EngineError {
  return new EngineError(
    'too-large',
    `${what} of ${bytes} bytes is beyond the limit ${limit} of the cluster's engine, which is ${limitBytes} bytes`,
  )
}
