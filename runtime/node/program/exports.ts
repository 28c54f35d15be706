/**
 * What a program exports from its home in a cluster: the names that it serves, which the directory knows, and its connections, about which it talks to
 * gateways at any member.
 *
 * A gateway asks for the connections of a program once (`gate`), and gets what there is to say of them until the home moves or the program ends; what it
 * has to say itself it sends as notes.
 */
import type { Engine, Member } from '../../engine/engine.ts'
import { Connections } from '../../host/connections.ts'
import type { ConnectionsState } from '../../host/connections.ts'
import type { ExportedNames, FromGateway, GateRequest, Reply } from '../wire/messages.ts'
import { claimName, giveUpName } from './names.ts'
import type { Claimant } from './names.ts'
import { programKey } from './program.ts'

export interface ExportsPort {
  readonly engine: Pick<Engine, 'clock' | 'directory' | 'membership'>
  /** The program as it is now; undefined when this home does nothing any more. */
  claimant(): Claimant | undefined
  /** Something waits for a cut. */
  waits(): void
  /** `poll` has something to do. */
  poke(): void
}

export class Exports {
  readonly connections: Connections
  /** By the member index of the gateway. */
  private readonly gateways = new Map<number, Reply<'gate'>>()
  private state: 'here' | 'leaving' | 'moved' | 'ended' = 'here'

  /** @param strict what leaves waits for cuts. @param most clients that are connected at a time */
  constructor(
    private readonly port: ExportsPort,
    strict: boolean,
    state?: ConnectionsState,
    most = Infinity,
  ) {
    const { engine } = port
    this.connections = new Connections(
      {
        claim: (name, done) => {
          claimName(engine, name, () => this.claimant(), programKey, done)
        },
        giveUp: (name) => {
          const program = port.claimant()?.id
          if (program !== undefined) giveUpName(engine, name, program)
        },
        served: () => undefined,
        tell: (gateway, message, bytes) => {
          this.gateways.get(gateway)?.part({ kind: 'stream', message, bytes })
        },
        waits: () => {
          port.waits()
        },
        poke: () => {
          port.poke()
        },
        after: (milliseconds, work) => engine.clock.after(milliseconds, work),
      },
      strict,
      state,
      most,
    )
  }

  private claimant(): Claimant | undefined {
    return this.state === 'here' || this.state === 'leaving' ? this.port.claimant() : undefined
  }

  /** The home goes on here, with what it had: its names are its own again, and connections of gateways that have left meanwhile are over. */
  begin(): void {
    for (const name of this.connections.served)
      claimName(
        this.port.engine,
        name,
        () => this.claimant(),
        programKey,
        () => undefined,
      )
    this.examine()
  }

  /** A gateway asks for the connections of the program. */
  gate({ index }: Member, { addresses, connections }: GateRequest, reply: Reply<'gate'>): void {
    if (this.state !== 'here') {
      reply.done({ kind: this.state === 'ended' ? 'ended' : 'moved' })
      return
    }
    this.gateways.get(index)?.done({ kind: 'moved' }) // it asks anew
    this.gateways.set(index, reply)
    reply.part({ kind: 'begin', known: this.connections.attach(index, { addresses, connections }) })
    this.connections.flush()
  }

  /** A gateway says something of a connection. */
  heard({ index }: Member, { program: _, ...message }: FromGateway, body: Uint8Array): void {
    if (this.state === 'here' && this.gateways.has(index)) this.connections.heard(index, message, body)
  }

  /** A member has left: its connections are over. */
  left(index: number): void {
    this.gateways.delete(index)
    if (this.state === 'here') this.examine()
  }

  private examine(): void {
    this.connections.leave((gateway) => this.port.engine.membership.get(gateway) !== undefined)
  }

  /** @returns what `godwit names` shows */
  names(): ExportedNames {
    return this.connections.names()
  }

  /** The home is about to leave. */
  rest(): void {
    this.state = 'leaving'
    this.connections.rest()
  }

  /** The home has not left: the gateways ask anew, since what they have said meanwhile was not heard. */
  stay(): void {
    this.state = 'here'
    this.connections.stay()
    this.dismiss('moved')
    this.examine()
  }

  /** The home is elsewhere now, or the program begins anew. */
  abandon(): void {
    if (this.state === 'ended') return
    this.connections.rest()
    this.state = 'moved'
    this.dismiss('moved')
  }

  /** The program is over, and everything that it has written may leave. */
  conclude(): void {
    if (this.state === 'moved' || this.state === 'ended') return
    this.connections.conclude()
    this.state = 'ended'
    this.dismiss('ended')
  }

  private dismiss(kind: 'moved' | 'ended'): void {
    for (const [gateway, reply] of this.gateways) {
      this.connections.detach(gateway)
      reply.done({ kind })
    }
    this.gateways.clear()
  }
}
