/** Writes ZIP files, which is what a `.vsix` is. */
import { crc32, deflateRawSync } from 'node:zlib'

/** 1 January 1980, so that equal contents make equal files. */
const DATE = 0x21
const VERSION = 20
const DEFLATED = 8
/** Names are UTF-8. */
const FLAGS = 0x800

/**
 * @param files contents by name, folders with `/`
 * @returns the bytes of an archive with these files, in this order
 */
export function zip(files: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const parts: Uint8Array[] = []
  const directory: Uint8Array[] = []
  let offset = 0
  for (const [name, content] of files) {
    const path = new TextEncoder().encode(name)
    const packed = deflateRawSync(content, { level: 9 })
    const common = fields(
      [VERSION, 2],
      [FLAGS, 2],
      [DEFLATED, 2],
      [0, 2],
      [DATE, 2],
      [crc32(content), 4],
      [packed.length, 4],
      [content.length, 4],
    )
    const lengths = fields([path.length, 2], [0, 2])
    const header = [fields([0x04034b50, 4]), common, lengths, path]
    directory.push(fields([0x02014b50, 4], [VERSION, 2]), common, lengths, fields([0, 2], [0, 2], [0, 2], [0, 4], [offset, 4]), path)
    for (const part of [...header, packed]) {
      parts.push(part)
      offset += part.length
    }
  }
  const size = directory.reduce((sum, { length }) => sum + length, 0)
  const end = fields([0x06054b50, 4], [0, 2], [0, 2], [files.size, 2], [files.size, 2], [size, 4], [offset, 4], [0, 2])
  return Buffer.concat([...parts, ...directory, end])
}

/** Numbers as bytes, the lowest first. */
function fields(...values: readonly (readonly [value: number, bytes: 2 | 4])[]): Uint8Array {
  const all = Buffer.alloc(values.reduce((sum, [, bytes]) => sum + bytes, 0))
  let at = 0
  for (const [value, bytes] of values) {
    all.writeUIntLE(value, at, bytes)
    at += bytes
  }
  return all
}
