/** Packets with a checksum, for transports that do not promise that a packet arrives as it was sent: a damaged one counts as lost. */
import { crc32 } from 'node:zlib'

/** Bytes that a seal adds. */
export const SEAL_BYTES = 4

/** @returns a copy with its checksum */
export function sealPacket(packet: Uint8Array): Buffer {
  const sealed = Buffer.allocUnsafe(SEAL_BYTES + packet.length)
  sealed.writeUInt32LE(crc32(packet), 0)
  sealed.set(packet, SEAL_BYTES)
  return sealed
}

/** @returns a view of the packet; undefined when it is not what was sealed */
export function openPacket(sealed: Uint8Array): Uint8Array | undefined {
  if (sealed.length < SEAL_BYTES) return undefined
  const view = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.length)
  const packet = view.subarray(SEAL_BYTES)
  return crc32(packet) === view.readUInt32LE(0) ? packet : undefined
}
