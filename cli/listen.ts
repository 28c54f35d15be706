/** What `--listen` says. It is read when it is given, so that a command without it loads nothing of gateways. */
import { parseListenAddress } from '../runtime/gateway/address.ts'
import type { ListenAddress } from '../runtime/gateway/address.ts'
import { UsageError } from './errors.ts'

/**
 * @param texts each `tcp://HOST:PORT=NAME` or `http://HOST:PORT=NAME`
 * @throws UsageError
 */
export function listenAddresses(texts: readonly string[]): readonly ListenAddress[] {
  return texts.map((text) => {
    const address = parseListenAddress(text)
    if (address !== undefined) return address
    throw new UsageError(
      `\`--listen ${text}\` makes no sense`,
      'it is tcp://HOST:PORT=NAME or http://HOST:PORT=NAME, for instance tcp://127.0.0.1:8080=orders',
    )
  })
}
