/** WebSockets between clients and gateways of one OS process, which can be cut anywhere. */
import { EventEmitter } from 'node:events'
import { setImmediate as breath } from 'node:timers/promises'
import type { WebSocket } from 'ws'
import type { WebSocketLike } from '../../client/platform.ts'
import type { Gateway } from '../../runtime/gateway/gateway.ts'
import type { SessionWatch } from '../../runtime/gateway/session-socket.ts'
import { frame } from '../../runtime/gateway/websocket.ts'

/** The head of the request with which each client comes, as the program sees it. */
export const HEAD = frame('head', Buffer.from('GET / HTTP/1.1\nhost: a\n\n'))

interface Pace {
  /** Waits for some turns of the event loop, `most` at most. */
  moments(most: number): Promise<void>
}

/** A gateway, and the wires that lead to it. */
interface GatewayOfWires {
  readonly isAlive: boolean
  readonly name: string
  readonly gateway: Gateway
  readonly watch: SessionWatch
  readonly wires: Set<Wire>
}

/** Both ends of a WebSocket. What is sent arrives in order, or not at all. */
export class Wire {
  readonly client: WebSocketLike & { open: boolean }
  readonly server = new EventEmitter()
  isCut = false
  private closed = false
  private toClient: Uint8Array[] = []
  private toServer: Uint8Array[] = []

  constructor(
    private readonly pace: Pace,
    gateway: GatewayOfWires | undefined,
  ) {
    const end = (): void => {
      this.end()
    }
    this.client = {
      binaryType: '',
      open: false,
      onopen: null,
      onmessage: null,
      onerror: null,
      onclose: null,
      send: (bytes) => {
        this.toServer.push(bytes)
        void this.carry(this.toServer, (each) => this.server.emit('message', Buffer.from(each), true))
      },
      close: end,
    }
    Object.assign(this.server, {
      send: (bytes: Uint8Array) => {
        this.toClient.push(bytes)
        void this.carry(this.toClient, (each) => this.client.onmessage?.({ data: Uint8Array.from(each).buffer }))
      },
      close: end,
      terminate: end,
    })
    void this.connect(gateway)
  }

  private async connect(gateway: GatewayOfWires | undefined): Promise<void> {
    await this.pace.moments(3)
    if (gateway?.isAlive !== true || this.isCut) {
      this.client.onclose?.(undefined as never)
      return
    }
    gateway.wires.add(this)
    gateway.watch.accept(this.server as unknown as WebSocket, gateway.gateway, { name: gateway.name, peer: 'test', head: HEAD }) // what it uses of one is there
    this.client.onopen?.(undefined as never)
  }

  private async carry(queue: Uint8Array[], deliver: (bytes: Uint8Array) => void): Promise<void> {
    if (queue.length > 1) return
    while (queue.length > 0 && !this.isCut) {
      await this.pace.moments(2)
      const [first] = queue
      if (first === undefined || this.wasCut()) return
      deliver(first)
      queue.shift()
    }
  }

  private wasCut(): boolean {
    return this.isCut
  }

  /** One side closes: what was sent before arrives. */
  private end(): void {
    if (this.closed) return
    this.closed = true
    void (async () => {
      while (!this.isCut && this.toClient.length + this.toServer.length > 0) await breath()
      await this.cut()
    })()
  }

  /** The socket breaks: what is on its way is lost, and each side learns of it at a time of its own. */
  async cut(): Promise<void> {
    if (this.isCut) return
    this.isCut = true
    const client = async (): Promise<void> => {
      await this.pace.moments(10)
      this.client.onclose?.(undefined as never)
    }
    const server = async (): Promise<void> => {
      await this.pace.moments(60)
      this.server.emit('close')
    }
    await Promise.all([client(), server()])
  }
}
