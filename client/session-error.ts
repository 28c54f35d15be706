/** What ends a session on the client's side. */

/**
 * - `SESSION_UNKNOWN`: the program has no such session any more: the client was away for too long, or the program has closed it meanwhile.
 * - `SESSION_TAKEN`: somebody else has come with the token of the session, and goes on with it.
 * - `PROGRAM_ENDED`: the program has ended.
 * - `UNREACHABLE`: none of the gateways has led to the program for as long as the client was patient.
 * - `PROTOCOL`: what a gateway has said makes no sense.
 * - `TOO_LONG`: a message is longer than one may be.
 * - `CLOSED`: something is sent on a connection that this side has closed, or that the program has.
 * - `NO_WEBSOCKET`: the platform has no WebSocket, and none was given.
 */
export type SessionErrorCode =
  'SESSION_UNKNOWN' | 'SESSION_TAKEN' | 'PROGRAM_ENDED' | 'UNREACHABLE' | 'PROTOCOL' | 'TOO_LONG' | 'CLOSED' | 'NO_WEBSOCKET'

export class SessionError extends Error {
  override readonly name = 'SessionError'

  constructor(
    readonly code: SessionErrorCode,
    message: string,
  ) {
    super(message)
  }
}
