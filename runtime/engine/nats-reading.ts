/**
 * Reading the log: from the server that leads its stream, where there are several.
 *
 * A direct read is answered by any server that has the stream, which is quicker and spares the leader. But the replicas of a stream can hold different
 * messages under one number for good: seen with version 2.9.10 after each of three servers had stood still for eight seconds in turn, all of them "current".
 * Members that read from different servers would fold different logs. With one replica a direct read is as good.
 */
import type { ServerConnection, StoredMessage } from './nats-connection.ts'
import { contentOf, sequenceOf } from './nats-streams.ts'
import type { ClusterNames } from './nats-streams.ts'

const NOT_FOUND = 404

/** A message of a stream with its number; or that there is none; or that nobody has answered in time. */
export type ReadAnswer = { readonly at: number; readonly text: string } | 'absent' | 'unanswered'

interface LeaderAnswer {
  readonly error: { readonly code?: number }
  readonly message: { readonly seq?: number; readonly data?: string }
}

/**
 * Reads a message of the log.
 * @param found is called once, never before this has returned
 */
export function readLog(
  connection: ServerConnection,
  { log, replicas }: ClusterNames,
  which: StoredMessage,
  timeoutMs: number,
  found: (answer: ReadAnswer) => void,
): void {
  if (replicas > 1) {
    readFromLeader(connection, log.stream, which, timeoutMs, found)
    return
  }
  connection.read(log.stream, which, timeoutMs, (reply) => {
    if (typeof reply === 'string') found('unanswered')
    else {
      const at = sequenceOf(reply)
      found(at > 0 ? { at, text: reply.string() } : reply.headers?.code === NOT_FOUND ? 'absent' : 'unanswered')
    }
  })
}

/** Reads a message of any stream from the server that leads it: nobody is ahead of it, so that what it does not know is not there. Parameters as of `readLog`. */
export function readFromLeader(
  connection: ServerConnection,
  stream: string,
  which: StoredMessage,
  timeoutMs: number,
  found: (answer: ReadAnswer) => void,
): void {
  connection.request(`$JS.API.STREAM.MSG.GET.${stream}`, JSON.stringify(which), timeoutMs, (reply) => {
    const { error, message } = contentOf<LeaderAnswer>(reply) ?? {}
    if (error?.code === NOT_FOUND) found('absent')
    else if (typeof message?.seq !== 'number' || message.seq < 1) found('unanswered')
    else found({ at: message.seq, text: Buffer.from(message.data ?? '', 'base64').toString() })
  })
}
