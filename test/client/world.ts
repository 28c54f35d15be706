/**
 * Clients of the client library, gateways and the home of a program in one OS process, with sockets that can be cut anywhere, gateways that can be killed, and
 * a home that moves, or begins anew from its last cut. The program gives back what clients send.
 */
import { setImmediate as breath } from 'node:timers/promises'
import type { Platform, WebSocketLike } from '../../client/platform.ts'
import { decodeGatewayMessage, encodeClientMessage } from '../../client/wire.ts'
import type { ClientMessage, GatewayMessage } from '../../client/wire.ts'
import { Connections } from '../../runtime/host/connections.ts'
import type { ConnectionsState } from '../../runtime/host/connections.ts'
import type { FromClient } from '../../runtime/host/gateway-talk.ts'
import { Gateway } from '../../runtime/gateway/gateway.ts'
import type { HomeOfStream } from '../../runtime/gateway/gateway-stream.ts'
import { SessionWatch } from '../../runtime/gateway/session-socket.ts'
import { HEAD, Wire } from './wire.ts'

export const NAME = 'echo'
/** Clients that are to wait before they try again do so for a shorter time; what they do when nothing happens for long is left to them. */
const HASTE = 50
const LONG_MS = 10_000

class GatewayHere {
  readonly gateway: Gateway
  readonly watch = new SessionWatch()
  readonly wires = new Set<Wire>()
  readonly link: HomeOfStream & { isAttached: boolean }
  isAlive = true

  constructor(
    world: World,
    readonly member: number,
    readonly name: string,
  ) {
    this.link = {
      isAttached: false,
      say: (message: FromClient, bytes: Uint8Array) => {
        const { home } = world
        const copy = bytes.slice()
        void world.moments(1).then(() => {
          if (this.isAlive && world.home === home && this.link.isAttached) home.heard(this.member, message, copy)
        })
      },
    }
    this.gateway = new Gateway({ find: () => this.link })
  }
}

// ------------------------------------------------------------------------------------------------ the program

/** Plain data: what a cut holds of the program. */
interface Served {
  readonly number: number
  /** Bytes of the head that are still to come, and what was read and is to be written. */
  headLeft: number
  unwritten: Uint8Array | undefined
  ended: 'end' | 'reset' | undefined
}

interface Cut {
  readonly listener: number
  readonly served: readonly Served[]
  readonly net: ConnectionsState
}

export class World {
  home: Connections
  readonly gateways: GatewayHere[] = []
  private members = 0
  private listener = 0
  private served: Served[] = []
  private saved: Cut | undefined
  /** Who waits for a home that has been left does not count any more. */
  private life = 0
  private polling = false
  private isOver = false
  private readonly timers = new Set<NodeJS.Timeout>()
  /** What the home does when its time has come. */
  private readonly alarms = new Set<() => void>()

  constructor(
    readonly random: () => number,
    readonly strict: boolean,
  ) {
    this.home = this.makeHome()
    const listener = this.home.serve(Buffer.from(NAME), (number) => {
      this.listener = number
      this.accept()
    })
    if (listener !== undefined) throw new Error(`it cannot be served: ${listener}`)
    this.home.poll()
  }

  /** How the connections that the program has had have ended. */
  get ends(): readonly (Served['ended'] | 'open')[] {
    return this.served.map(({ ended }) => ended ?? 'open')
  }

  /** Waits for some turns of the event loop, `most` at most. */
  async moments(most: number): Promise<void> {
    for (let n = Math.floor(this.random() * most) + 1; n > 0; n--) await breath()
  }

  private makeHome(state?: ConnectionsState): Connections {
    const { life } = this
    const home: Connections = new Connections(
      {
        claim: (_, done) => {
          done(0)
        },
        giveUp: () => undefined,
        served: () => undefined,
        tell: (member, message, bytes) => {
          const gateway = this.gateways.find((each) => each.member === member)
          const copy = bytes.slice()
          void this.moments(1).then(() => {
            if (gateway?.isAlive === true && gateway.link.isAttached && this.life === life)
              gateway.gateway.heard(gateway.link, message, copy)
          })
        },
        waits: () => undefined,
        poke: () => {
          if (this.polling) return
          this.polling = true
          setImmediate(() => {
            this.polling = false
            this.home.poll()
          })
        },
        after: (_, work) => {
          this.alarms.add(work)
          return () => {
            this.alarms.delete(work)
          }
        },
      },
      this.strict,
      state,
    )
    return home
  }

  /** @returns work that is not done any more when the program has begun anew */
  private now<T>(work: (value: T) => void): (value: T) => void {
    const { life } = this
    return (value) => {
      if (life === this.life) work(value)
    }
  }

  private accept(): void {
    const accepted = this.now((number: number) => {
      const served: Served = { number, headLeft: HEAD.length, unwritten: undefined, ended: undefined }
      this.served.push(served)
      this.go(served)
      this.accept()
    })
    const number = this.home.accept(this.listener, accepted)
    if (number !== undefined) accepted(number)
  }

  /** A connection goes on: it is read, and what was read is written. The state is whole after each step, so that a cut may come between two. */
  private go(served: Served): void {
    if (served.ended !== undefined) return
    const next = this.now(() => {
      this.go(served)
    })
    if (served.unwritten !== undefined) {
      const written = this.now(() => {
        served.unwritten = undefined
        setImmediate(next, undefined)
      })
      const result = this.home.write(served.number, served.unwritten, written)
      if (result !== undefined) written(result)
      return
    }
    const read = this.now((bytes: Uint8Array) => {
      if (bytes.length === 0) {
        served.ended = this.home.status(served.number) === 0 ? 'end' : 'reset'
        this.home.close(served.number)
        return
      }
      const rest = bytes.subarray(Math.min(bytes.length, served.headLeft))
      served.headLeft -= bytes.length - rest.length
      served.unwritten = rest.length === 0 ? undefined : rest
      setImmediate(next, undefined)
    })
    const bytes = this.home.read(served.number, 1 + Math.floor(this.random() * 20_000), read)
    if (bytes !== undefined) read(bytes)
  }

  // ---------------------------------------------------------------------------------------------- gateways

  /** A gateway comes, and attaches to the home. @param name of the name to which it leads */
  gatewayComes(name = NAME): GatewayHere {
    const gateway = new GatewayHere(this, ++this.members, name)
    this.gateways.push(gateway)
    void this.attach(gateway)
    return gateway
  }

  /** A gateway is killed, with its sockets. */
  async gatewayGoes(gateway: GatewayHere): Promise<void> {
    gateway.isAlive = false
    this.gateways.splice(this.gateways.indexOf(gateway), 1)
    await Promise.all([...gateway.wires].map((wire) => wire.cut()))
    await this.moments(30)
    this.home.leave((member) => this.gateways.some((each) => each.member === member))
  }

  private async attach(gateway: GatewayHere): Promise<void> {
    const { home } = this
    await this.moments(5)
    if (this.home !== home || !gateway.isAlive) return
    const known = home.attach(gateway.member, gateway.gateway.connectionsAt(gateway.link))
    gateway.link.isAttached = true
    gateway.gateway.attached(gateway.link, known)
    home.flush()
    this.poll()
  }

  private poll(): void {
    setImmediate(() => {
      this.home.poll()
    })
  }

  /** Gateways lose the home, and find it again. */
  private attachAll(): void {
    for (const gateway of this.gateways) {
      gateway.link.isAttached = false
      void this.attach(gateway)
    }
  }

  /** Any socket of any gateway; undefined when there is none. */
  someWire(): Wire | undefined {
    const wires = this.gateways.flatMap((gateway) => [...gateway.wires].filter((wire) => !wire.isCut))
    return wires[Math.floor(this.random() * wires.length)]
  }

  // ---------------------------------------------------------------------------------------------- the home

  private cut(): Cut {
    return structuredClone({ listener: this.listener, served: this.served, net: this.home.state() })
  }

  private beginFrom({ listener, served, net }: Cut): void {
    this.home.rest()
    this.life++
    this.home = this.makeHome(net)
    this.listener = listener
    this.served = structuredClone(served) as Served[] // it is a copy of its own
    this.home.leave((member) => this.gateways.some((each) => each.member === member))
    this.attachAll()
    for (const each of this.served) this.go(each)
    this.accept()
    this.poll()
  }

  /** The home moves, with all that it has. */
  homeMoves(): void {
    if (this.strict) this.homeDies()
    else this.beginFrom(this.cut())
  }

  /** The program begins anew from its last cut. */
  private homeDies(): void {
    if (this.saved !== undefined) this.beginFrom(this.saved)
  }

  /** All that the home waits for has taken too long. */
  timePasses(): void {
    for (const work of [...this.alarms]) work()
  }

  /** Makes cuts all the time, each committed a moment later. */
  async makeCuts(): Promise<void> {
    while (this.strict && !this.isOver) {
      await this.moments(10)
      const { life } = this
      const saved = this.cut()
      const mark = this.home.mark()
      await this.moments(10)
      if (life !== this.life) continue
      this.saved = saved
      this.home.committed(mark)
      this.home.poll()
    }
  }

  end(): void {
    this.isOver = true
    this.life++
    for (const { watch, wires } of this.gateways) {
      watch.leave()
      for (const wire of wires) void wire.cut()
    }
    this.home.rest()
    for (const timer of this.timers) clearTimeout(timer)
  }

  // ---------------------------------------------------------------------------------------------- clients

  /** Somebody comes to a gateway, who says what is said here. @returns what is answered first */
  knock(gateway: GatewayHere, message: ClientMessage): Promise<GatewayMessage | undefined> {
    const { client } = new Wire(this, gateway)
    return new Promise((resolve) => {
      client.onopen = () => {
        client.send(encodeClientMessage(message))
      }
      client.onmessage = ({ data }) => {
        resolve(decodeGatewayMessage(new Uint8Array(data as ArrayBuffer))) // the wire brings nothing else
      }
      client.onclose = () => {
        resolve(undefined)
      }
    })
  }

  /** @returns the place where clients run; `gateway N` is the address of a gateway, modulo their number */
  platform(): Platform {
    const connectTo = (url: string): WebSocketLike => {
      const at = Number(url.split(' ')[1]) % Math.max(1, this.gateways.length)
      return new Wire(this, this.gateways[at]).client
    }
    const Socket = function (url: string) {
      return connectTo(url)
    }
    return {
      sockets: () => Socket as unknown as new (url: string) => WebSocketLike, // `new` gives what a function returns
      after: (milliseconds, work) => {
        const timer = setTimeout(work, milliseconds < LONG_MS ? milliseconds / HASTE : milliseconds)
        this.timers.add(timer)
        return () => {
          clearTimeout(timer)
          this.timers.delete(timer)
        }
      },
      now: () => performance.now(),
      random: (length) => Uint8Array.from({ length }, () => Math.floor(this.random() * 256)),
      chance: this.random,
    }
  }
}
