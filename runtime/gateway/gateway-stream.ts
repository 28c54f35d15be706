/** What a gateway has of each client, whether the connection ends with the client's socket or not. */
import type { FromClient, KnownConnection, Opening, ToClient } from '../host/gateway-talk.ts'

/** The home of the program that a connection leads to. */
export interface HomeOfStream {
  /** Whether it can be talked to now; `attached` says when it can again. */
  readonly isAttached: boolean
  say(message: FromClient, bytes: Uint8Array): void
}

/** Why there is no home: nobody serves the name, or the program has not taken the client, or it has gone. */
export type Dropped = 'unserved' | 'refused' | 'lost'

export interface GatewayStream {
  /** The gateway's number of it. */
  readonly connection: number
  readonly opening: Opening
  /** When the client has come, in milliseconds of `performance.now ()`. */
  readonly since: number
  /** Whether no home has heard of it. */
  readonly isFresh: boolean
  /** Whether the program has closed it, and the client has not taken everything yet. */
  readonly isClosing: boolean
  /** How much of what the program has written the client has taken. */
  readonly written: number
  /** The program that serves the name has been found. */
  bind(home: HomeOfStream): void
  /** The home says something. */
  heard(message: ToClient, bytes: Uint8Array): void
  /** A home has been found. @param known how far it is; undefined when it does not know the connection */
  attached(known: KnownConnection | undefined): void
  /** There is no home any more, or nobody serves the name. */
  drop(why: Dropped): void
  /** Tells the home what the client has taken. */
  sayWritten(): void
}

export interface StreamEvents {
  /** The stream is over. */
  forget(stream: GatewayStream): void
  /** The program does not serve the name, or not yet: the stream is to be bound again. */
  unserved(stream: GatewayStream): void
  /** The socket has taken something, which the home may be told now or soon. */
  written(stream: GatewayStream): void
}
