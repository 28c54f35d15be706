/** Opens the ports of a gateway. */
import { NodeError } from '../node/node-error.ts'
import { spellListenAddress } from './address.ts'
import type { ListenAddress } from './address.ts'
import { Gateway } from './gateway.ts'
import type { Uplink } from './gateway.ts'
import { helpToListen } from './listener.ts'
import type { Tracer } from '../node/telemetry/tracer.ts'

export interface GatewayOptions {
  /** Hears where it listens. */
  readonly notice?: ((text: string) => void) | undefined
  /** Gets the gateway before a client can come. */
  readonly made?: (gateway: Gateway) => void
  /** Makes spans of requests. */
  readonly tracer?: Tracer | undefined
}

/** @throws NodeError R0451, when it has closed what it had opened */
export async function openGateway(
  uplink: Uplink,
  addresses: readonly ListenAddress[],
  { notice = () => undefined, made, tracer }: GatewayOptions = {},
): Promise<Gateway> {
  const gateway = new Gateway(uplink, tracer)
  made?.(gateway)
  for (const address of addresses) {
    try {
      notice(`listening at ${spellListenAddress(await gateway.listen(address))}`)
    } catch (error) {
      await gateway.close()
      const why = error instanceof Error ? error.message : String(error)
      throw new NodeError('R0451', `cannot listen at ${spellListenAddress(address)}: ${why}`, helpToListen(address, error))
    }
  }
  return gateway
}
