/** Opens the ports of a gateway. */
import { NodeError } from '../node/node-error.ts'
import { spellListenAddress } from './address.ts'
import type { ListenAddress } from './address.ts'
import { Gateway } from './gateway.ts'
import type { Uplink } from './gateway.ts'

/**
 * @param notice hears where it listens
 * @param made gets the gateway before a client can come
 * @throws NodeError R0451, when it has closed what it had opened
 */
export async function openGateway(
  uplink: Uplink,
  addresses: readonly ListenAddress[],
  notice: (text: string) => void = () => undefined,
  made: (gateway: Gateway) => void = () => undefined,
): Promise<Gateway> {
  const gateway = new Gateway(uplink)
  made(gateway)
  for (const address of addresses) {
    try {
      notice(`listening at ${spellListenAddress(await gateway.listen(address))}`)
    } catch (error) {
      await gateway.close()
      const why = error instanceof Error ? error.message : String(error)
      throw new NodeError('R0451', `cannot listen at ${spellListenAddress(address)}: ${why}`, helpFor(address, error))
    }
  }
  return gateway
}

/** @returns what to do when an address cannot be listened at */
function helpFor({ host, port }: ListenAddress, error: unknown): string {
  if (host === 'fd') return `whoever starts the gateway opens a socket that listens, and gives it as descriptor ${port}`
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  switch (code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EADDRNOTAVAIL':
      return 'the host is an address of this machine: 127.0.0.1 for clients that are on it, 0.0.0.0 for all'
    default:
      return 'choose another port; port 0 is one that is free'
  }
}
