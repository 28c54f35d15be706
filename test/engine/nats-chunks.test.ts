/** What is read of large values on NATS when their heads make no sense. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { BlobAnswer } from '../../runtime/engine/engine.ts'
import { Chunks } from '../../runtime/engine/nats-chunks.ts'
import type { ServerConnection } from '../../runtime/engine/nats-connection.ts'
import { deadlineTest } from '../harness/deadline.ts'

/** @returns what is read when every head that a server gives is this text */
function read(head: string): Promise<BlobAnswer> {
  const reply = { string: () => head, data: Buffer.from(head), headers: undefined }
  const leader = { string: () => JSON.stringify({ message: { data: Buffer.from(head).toString('base64') } }) }
  const connection = {
    maxPayload: 1 << 20,
    read: (_stream: string, _which: unknown, _timeoutMs: number, done: (message: unknown) => void) => {
      setImmediate(done, reply)
    },
    request: (_subject: string, _payload: unknown, _timeoutMs: number, done: (message: unknown) => void) => {
      setImmediate(done, leader)
    },
  } as unknown as ServerConnection // nothing else of it is used
  return new Promise((resolve) => {
    new Chunks(connection, 'stream', 'subject').get('0'.repeat(64), resolve)
  })
}

for (const head of [
  '',
  'null',
  '7',
  '{}',
  '{"bytes":-1,"chunks":1}',
  '{"bytes":1e15,"chunks":1}',
  '{"bytes":1,"chunks":-1}',
  '{"bytes":1,"chunks":1e15}',
])
  deadlineTest(`a value with the head ${head === '' ? 'of no characters' : head} is not read`, 10_000, async () => {
    assert.is(await read(head), 'unanswered')
  })

test.run()
