/** Of `node:crypto`: hashes, and what is drawn at random. */
import { sha256 } from './sha256.ts'

interface Hash {
  update(data: string | Uint8Array): Hash
  digest(encoding: 'hex'): string
}

/** @throws Error for any algorithm but SHA-256 */
export function createHash(algorithm: string): Hash {
  if (algorithm !== 'sha256') throw new Error(`this page has no ${algorithm}`)
  const parts: Uint8Array[] = []
  const hash: Hash = {
    update(data) {
      parts.push(typeof data === 'string' ? new TextEncoder().encode(data) : data)
      return hash
    },
    digest: () => sha256(parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts)),
  }
  return hash
}

export function randomUUID(): string {
  return crypto.randomUUID()
}

export function randomBytes(count: number): Buffer {
  const bytes = Buffer.alloc(count)
  crypto.getRandomValues(bytes)
  return bytes
}
