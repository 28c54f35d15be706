/** Who may see the page, and who may change something: checks of requests, and the headers that tell browsers what the page may do. */
import { timingSafeEqual, createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'

/** The page loads nothing from elsewhere, runs only its own files, and stands in no frame. */
export const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
}

/**
 * A browser that was told by somebody's name server that his name means this machine sends that name as the host. Addresses, and the names that this
 * server was told to have, cannot be used so.
 * @param names those by which the server may be called besides addresses and `localhost`
 */
export function isCalledByItsName({ headers }: Pick<IncomingMessage, 'headers'>, names: readonly string[]): boolean {
  const name = (headers.host ?? '')
    .replace(/:\d+$/, '')
    .replace(/^\[|\]$/g, '')
    .toLowerCase()
  return isIP(name) !== 0 || name === 'localhost' || names.includes(name)
}

/** @returns whether a WebSocket was opened by a page of this server */
export function isOfOurPage({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  return (
    headers.origin !== undefined && headers.host !== undefined && headers.origin.toLowerCase() === `http://${headers.host.toLowerCase()}`
  )
}

/** @returns whether two tokens are equal, in a time that tells nothing of where they differ */
export function isToken(given: string, token: string): boolean {
  const hash = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(hash(given), hash(token))
}
