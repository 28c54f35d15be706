/**
 * What gateways and the home of a program say to each other of connections. Both streams of a connection have numbered bytes; the end of what a client
 * sends counts as one byte more, so that it is acknowledged as bytes are.
 */

/** What a name may consist of: it stands in addresses and in keys of the directory. */
export const NAME_FORM = /^[A-Za-z0-9][A-Za-z0-9._-]*$/

/** How a client has come: 0, 1 and 2 in programs. */
export const CONNECTION_KINDS = ['tcp', 'http', 'websocket'] as const
export type ConnectionKind = (typeof CONNECTION_KINDS)[number]

export interface Opening {
  /** What the client wants to talk to. */
  readonly name: string
  readonly kind: ConnectionKind
  /** Where it comes from, for people: `127.0.0.1:40312`. */
  readonly peer: string
  /** It comes with the client library, and may lose its socket. */
  readonly session?: SessionOpening
}

/** A client of the client library comes, or comes back. Tokens are hashes here, as `tokenHash` makes them. */
export interface SessionOpening {
  readonly id: string
  /** The token that the client has shown. */
  readonly shown: string
  /** The one that it will show the next time. */
  readonly next: string
  /** How many times the client has come. */
  readonly attempt: number
  /** The home has had the session for good: it is not to be begun again. */
  readonly resumed: boolean
  /** How many bytes of what the program has written have come to the client. */
  readonly received: number
  /** The head of the request with which it has come, as a frame for the program; in base64. */
  readonly head: string
}

/** How a client's stream has ended: it sends no more, or it has gone. */
export type ClientEnd = 'end' | 'reset'

/** From a gateway; with bytes of the client. */
export interface FromClient {
  /** The gateway's number of the connection. */
  readonly connection: number
  /** Said until the home has the connection for good. */
  readonly opening?: Opening
  /** Number of the first byte. */
  readonly at: number
  /** What follows the bytes. */
  readonly end?: ClientEnd
  /** How much of what the program has written the client's socket has taken. */
  readonly written: number
  /** The gateway has forgotten the connection: nothing more can be written, and nothing more will come. */
  readonly over?: true
  /** The client of a session has lost its socket, and may come back. */
  readonly away?: true
  /** The client of a session has kept its next token. */
  readonly confirmed?: true
  /** Of a session: the number of the byte at which the message ends in which these bytes end. */
  readonly messageEnd?: number
}

/** To a gateway; with bytes of the program. */
export interface ToClient {
  readonly connection: number
  /** Number of the first byte. */
  readonly at: number
  /**
   * What follows the bytes: nothing more is written, or the connection is closed; or it was never taken, or the name is not served, or not yet; or there is
   * no such session, or it goes on elsewhere.
   */
  readonly end?: ProgramEnd | 'refused' | 'unserved' | 'unknown' | 'taken'
  /** The home has the connection for good. */
  readonly opened: boolean
  /** So much of what the client sends the home has for good. */
  readonly kept: number
  /** So much the client may send. */
  readonly room: number
  /** The answer to the opening of a session. */
  readonly welcome?: SessionWelcome
}

/** How the program has ended its stream: it writes no more, or it has closed the connection. */
export type ProgramEnd = 'shut' | 'close'

/** How far a session is whose client has come. */
export interface SessionWelcome {
  /** So much of what the client sends has come. */
  readonly come: number
  /** The number of the byte at which the message ends that has begun to come. */
  readonly messageEnd: number
}

/** How far a connection is, as a home tells a gateway that has just found it. */
export interface KnownConnection {
  readonly connection: number
  /** So much of what the client sends has come. */
  readonly come: number
  readonly room: number
}

/** What a gateway has of a program when it finds its home. */
export interface GatewayConnections {
  /** Where it listens, for people: `tcp://127.0.0.1:8080=orders`. */
  readonly addresses: readonly string[]
  readonly connections: readonly { readonly connection: number; readonly written: number }[]
}
