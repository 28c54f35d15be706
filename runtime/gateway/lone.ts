/** Connections of a program that runs by itself, in one OS process: its home and its gateway are here. */
import { Connections } from '../host/connections.ts'
import { ERROR } from '../host/files.ts'
import type { FromClient } from '../host/gateway-talk.ts'
import type { ListenAddress } from './address.ts'
import type { HomeOfStream } from './gateway-stream.ts'
import type { Gateway, Uplink } from './gateway.ts'
import { openGateway } from './open-gateway.ts'

/** What the home calls its only gateway. */
const HERE = 0

/** Home and gateway, as the run of the program sees them. */
export class LoneGateway {
  readonly connections: Connections
  private gateway: Gateway | undefined
  private readonly home: HomeOfStream
  private readonly uplink: Uplink

  /**
   * @param poke `poll` has something to do
   * @param most connections at a time
   */
  constructor(poke: () => void, most = Infinity) {
    this.connections = new Connections(
      {
        claim: (name, done) => {
          done(this.gateway?.addresses.some((address) => address.name === name) === true ? 0 : -ERROR.EADDRNOTAVAIL)
        },
        giveUp: () => undefined,
        served: (name) => {
          this.gateway?.served(name)
        },
        tell: (_, message, bytes) => {
          this.gateway?.heard(this.home, message, bytes)
        },
        waits: () => undefined,
        poke,
        after: (milliseconds, work) => {
          const timer = setTimeout(work, milliseconds)
          timer.unref()
          return () => {
            clearTimeout(timer)
          }
        },
      },
      false,
      undefined,
      most,
    )
    this.home = {
      isAttached: true,
      say: (message: FromClient, bytes: Uint8Array) => {
        this.connections.heard(HERE, message, bytes)
      },
    }
    this.uplink = { find: (name) => (this.connections.served.includes(name) ? this.home : undefined) }
  }

  /** @throws NodeError R0451 */
  async open(addresses: readonly ListenAddress[], notice: (text: string) => void): Promise<void> {
    this.gateway = await openGateway(this.uplink, addresses, { notice })
    this.connections.attach(HERE, this.gateway.connectionsAt(this.home))
  }

  /** The program is over. @returns when its clients have what it has written */
  async finish(): Promise<void> {
    this.connections.conclude()
    await this.gateway?.close()
  }
}
