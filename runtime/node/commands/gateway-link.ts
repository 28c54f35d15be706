/**
 * A gateway's way to the programs of its cluster: it learns from the directory which program serves a name, and follows that one's home when it moves or
 * the program begins anew.
 */
import type { Cancel } from '../../engine/engine.ts'
import type { Gateway, Uplink } from '../../gateway/gateway.ts'
import { openGateway } from '../../gateway/open-gateway.ts'
import type { GatewayOptions } from '../../gateway/open-gateway.ts'
import type { ListenAddress } from '../../gateway/address.ts'
import type { HomeOfStream } from '../../gateway/gateway-stream.ts'
import type { FromClient } from '../../host/gateway-talk.ts'
import { decodeName, NAME_PREFIX } from '../program/names.ts'
import type { GateEnd, GatePart, GateRequest } from '../wire/messages.ts'
import type { Messenger } from '../wire/messenger.ts'
import { HomeFollower } from './home-follower.ts'
import type { FollowerEvents } from './home-follower.ts'

/** The home of one program, wherever it is. */
class ProgramLink implements HomeOfStream, FollowerEvents<'gate'> {
  private readonly follower: HomeFollower<'gate'>
  private attached = false

  /** @param ended is called when there is no such program any more */
  constructor(
    messenger: Messenger,
    private readonly gateway: () => Gateway,
    private readonly program: number,
    private readonly ended: () => void,
  ) {
    this.follower = new HomeFollower(messenger, program, 'gate', this)
    this.follower.look()
  }

  get isAttached(): boolean {
    return this.attached
  }

  say(message: FromClient, bytes: Uint8Array): void {
    if (this.attached) this.follower.note('from-client', { ...message, program: this.program }, bytes)
  }

  close(): void {
    this.follower.close()
    this.attached = false
  }

  question(): GateRequest {
    return { program: this.program, ...this.gateway().connectionsAt(this) }
  }

  part(part: GatePart): void {
    switch (part.kind) {
      case 'begin':
        this.attached = true
        this.gateway().attached(this, part.known)
        return
      case 'stream':
        this.gateway().heard(this, part.message, part.bytes)
    }
  }

  lost(): void {
    this.attached = false
  }

  answered({ kind }: GateEnd): boolean {
    if (kind === 'ended') this.absent()
    return kind === 'ended'
  }

  absent(): void {
    this.close()
    this.ended()
    this.gateway().lost(this)
  }
}

/** The names of a cluster, and the programs that serve them. */
class ClusterUplink implements Uplink {
  private readonly names = new Map<string, number>()
  private readonly programs = new Map<number, ProgramLink>()
  /** Names to which the ports here lead, once these are open. */
  private led: ReadonlySet<string> = new Set()
  private readonly unwatch: Cancel
  gateway: Gateway | undefined

  constructor(private readonly messenger: Messenger) {
    this.unwatch = messenger.engine.directory.watch(NAME_PREFIX, (entries) => {
      for (const [key, text] of entries) {
        const name = key.slice(NAME_PREFIX.length)
        if (text === undefined) this.names.delete(name)
        else {
          this.names.set(name, decodeName(text).program)
          this.gateway?.served(name)
          if (this.led.has(name)) this.find(name)
        }
      }
    })
  }

  /** All ports are open: programs that serve their names hear of them, also before a client has come. */
  opened(addresses: readonly ListenAddress[]): void {
    this.led = new Set(addresses.map(({ name }) => name))
    for (const name of this.led) this.find(name)
  }

  find(name: string): HomeOfStream | undefined {
    const program = this.names.get(name)
    if (program === undefined) return undefined
    const known = this.programs.get(program)
    if (known !== undefined) return known
    const link = new ProgramLink(
      this.messenger,
      () => this.gateway as Gateway, // nobody is led anywhere before there is one
      program,
      () => {
        this.programs.delete(program)
        for (const [served, by] of this.names) if (by === program) this.names.delete(served) // whoever takes the name over is heard of
      },
    )
    this.programs.set(program, link)
    return link
  }

  close(): void {
    this.unwatch()
    for (const link of this.programs.values()) link.close()
  }
}

/** Accepts nobody any more. @returns when those that are connected have gone. @param lingerMs as of `Listener.close` */
export type CloseGateway = (lingerMs?: number) => Promise<void>

/**
 * Opens a gateway at this member of a cluster.
 * @returns what closes it, when its clients have gone; with the milliseconds that they may stay, as of `Listener.close`
 * @throws NodeError R0451
 */
export async function openClusterGateway(
  messenger: Messenger,
  addresses: readonly ListenAddress[],
  options: Pick<GatewayOptions, 'notice' | 'tracer'> = {},
): Promise<CloseGateway> {
  const uplink = new ClusterUplink(messenger)
  try {
    const made = (opened: Gateway): void => {
      uplink.gateway = opened
    }
    const gateway = await openGateway(uplink, addresses, { ...options, made })
    uplink.opened(addresses)
    return async (lingerMs) => {
      await gateway.close(lingerMs)
      uplink.close()
    }
  } catch (error) {
    uplink.close()
    throw error
  }
}
