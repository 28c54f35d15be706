/** Clients that come by TCP to a program that runs by itself. */
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { godwit, program } from '../cli/godwit.ts'
import { deadlineTest } from '../harness/deadline.ts'
import { connected, echoed, hashOf, listening, numbered, received, send } from './clients.ts'
import { echo } from './programs.ts'

const DEADLINE = 120_000
const FREE = 'tcp://127.0.0.1:0=echo'

deadlineTest('clients get back what they send, each its own, and the program ends when it has served them', DEADLINE, async () => {
  const { file } = program(echo(5))
  const { ports, finished } = await listening(['run', '--listen', FREE, file])
  const [port = 0] = ports
  const sent = [0, 1, 70_000, 300_000, 1_000_000].map((length, i) => numbered(length, i))
  const back = await Promise.all(sent.map((bytes) => echoed(port, bytes)))
  assert.equal(back.map(hashOf), sent.map(hashOf))
  const { status, stdout, stderr } = await finished
  assert.is(status, 0, stderr)
  assert.is(stdout, 'served\n')
})

deadlineTest('a client that does not read makes the program wait, and gets everything when it does', DEADLINE, async () => {
  const { file } = program(`#USE "net"

PROC main ()
  [1000]BYTE block:
  INT listener, connection, n:
  SEQ
    net.open ("echo", listener)
    net.accept (listener, connection)
    SEQ i = 0 FOR SIZE block
      block[i] := BYTE (i /\\ 255)
    SEQ i = 0 FOR 4000
      SEQ
        net.write (connection, block, n)
        ASSERT (n = (SIZE block))
    net.close (connection, n)
:
`)
  const { ports, finished } = await listening(['run', '--listen', FREE, file])
  const socket = await connected(ports[0] ?? 0)
  socket.pause()
  await delay(300)
  const reading = received(socket)
  socket.resume()
  const all = await reading
  assert.is(all.length, 4_000_000)
  for (let at = 0; at < all.length; at += 12_345) assert.is(all[at], (at % 1000) & 255)
  socket.destroy()
  assert.is((await finished).status, 0)
})

deadlineTest('a client that ends its side first still gets the answer; one that goes is told to the program', DEADLINE, async () => {
  const { file } = program(`#USE "course"
#USE "net"

PROC main (CHAN BYTE screen!)
  [16]BYTE buffer:
  INT listener, connection, n, status, kind:
  SEQ
    net.open ("echo", listener)
    SEQ i = 0 FOR 2
      SEQ
        net.accept (listener, connection)
        net.kind (connection, kind)
        ASSERT (kind = NET.TCP)
        net.fill (connection, buffer, n)
        net.status (connection, status)
        out.int (n, 0, screen!)
        out.int (status, 5, screen!)
        net.write (connection, "answer", n)
        out.int (n, 5, screen!)
        net.shut (connection, n)
        net.write (connection, "more", n)
        out.int (n, 5, screen!)
        net.close (connection, n)
        net.read (connection, 1, buffer, n)
        net.status (connection, status)
        out.int (status, 5, screen!)
        out.string ("*n", 0, screen!)
:
`)
  const { ports, finished } = await listening(['run', '--listen', FREE, file])
  const [port = 0] = ports
  const first = await connected(port)
  const answer = received(first)
  await send(first, Buffer.from('question'))
  assert.is((await answer).toString(), 'answer')
  first.destroy()
  const second = await connected(port)
  second.write('quest')
  await delay(200)
  second.resetAndDestroy()
  const { status, stdout, stderr } = await finished
  assert.is(status, 0, stderr)
  assert.is(stdout, '8    0    6  -32   -9\n5 -104  -32  -32   -9\n')
})

deadlineTest('many connections that a program accepts late are all served', DEADLINE, async () => {
  const { file } = program(`#USE "net"

PROC main ()
  TIMER tim:
  INT listener, connection, now:
  SEQ
    net.open ("echo", listener)
    tim ? now
    tim ? AFTER now PLUS 500000
    SEQ i = 0 FOR 100
      SEQ
        net.accept (listener, connection)
        net.echo (connection)
:
`)
  const { ports, finished } = await listening(['run', '--listen', FREE, file])
  const sent = Array.from({ length: 100 }, (_, i) => numbered(i * 50, i))
  const back = await Promise.all(sent.map((bytes) => echoed(ports[0] ?? 0, bytes)))
  assert.equal(back.map(hashOf), sent.map(hashOf))
  assert.is((await finished).status, 0)
})

deadlineTest('a client that comes before the name is served waits for it; one that nobody ever serves is closed', DEADLINE, async () => {
  const { file } = program(`#USE "net"

PROC main ()
  TIMER tim:
  INT listener, connection, now:
  SEQ
    tim ? now
    tim ? AFTER now PLUS 1000000
    net.open ("echo", listener)
    net.accept (listener, connection)
    net.echo (connection)
    net.accept (listener, connection) -- for ever
:
`)
  const { ports, child, finished } = await listening(['run', '--listen', FREE, '--listen', 'tcp://127.0.0.1:0=other', file], 2)
  const bytes = numbered(5000, 7)
  const [back, none] = await Promise.all([echoed(ports[0] ?? 0, bytes), echoed(ports[1] ?? 0, bytes)])
  assert.is(hashOf(back), hashOf(bytes))
  assert.is(none.length, 0)
  child.kill('SIGTERM')
  await finished
})

deadlineTest('names: which may be served, how often, and what becomes of one that no client can come to', DEADLINE, async () => {
  const { file } = program(`#USE "course"
#USE "net"

PROC try (VAL []BYTE name, CHAN BYTE out!)
  INT listener:
  SEQ
    net.serve (name, listener)
    out.int (listener, 0, out!)
    out ! ' '
:

PROC main (CHAN BYTE screen!)
  [101]BYTE long:
  SEQ
    SEQ i = 0 FOR SIZE long
      long[i] := 'x'
    try ("", screen!)
    try ("a b", screen!)
    try (long, screen!)
    try ([long FOR 100], screen!)
    try ("a", screen!)
    try ("a", screen!)
    try ("b", screen!)
:
`)
  const long = 'x'.repeat(100)
  const { finished } = await listening(['run', '--listen', 'tcp://127.0.0.1:0=a', '--listen', `tcp://127.0.0.1:0=${long}`, file], 2)
  const { status, stdout, stderr } = await finished
  assert.is(status, 0, stderr)
  assert.is(stdout, '-22 -22 -36 1 2 -98 -99 ')
  const { status: alone, stdout: none } = await godwit(['run', file])
  assert.is(alone, 0)
  assert.is(none, '-99 '.repeat(7))
  const denied = await godwit(['run', '--deny', 'net', '--listen', 'tcp://127.0.0.1:0=a', file])
  assert.is(denied.stdout, '-1 '.repeat(7))
})

deadlineTest(
  'what cannot be had is said: a name without clients, a name twice, a port that is taken, an address that is none',
  DEADLINE,
  async () => {
    const { file } = program(echo(1))
    const alone = await godwit(['run', file])
    assert.is(alone.status, 1)
    assert.match(alone.stderr, /^error\[R0452\]: the name echo cannot be served: no client can come\n.*--listen tcp/)
    const twice = program(`#USE "net"

PROC main ()
  INT a, b:
  SEQ
    net.open ("a", a)
    net.open ("a", b)
:
`)
    const again = await godwit(['run', '--listen', 'tcp://127.0.0.1:0=a', twice.file])
    assert.is(again.status, 1)
    assert.match(again.stderr, /error\[R0452\]: the name a cannot be served: a program serves it already\n/)
    const server = createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo // it listens at a port
    const taken = await godwit(['run', '--listen', `tcp://127.0.0.1:${port}=echo`, file])
    server.close()
    assert.is(taken.status, 1)
    assert.match(taken.stderr, /^error\[R0451\]: cannot listen at tcp:\/\/127.0.0.1:\d+=echo: .*EADDRINUSE/)
    for (const address of [
      'tcp://127.0.0.1=echo',
      'tcp://127.0.0.1:80',
      'ftp://127.0.0.1:80=a',
      'tcp://127.0.0.1:70000=a',
      'tcp://127.0.0.1:1=a b',
    ]) {
      const { status, stderr } = await godwit(['run', '--listen', address, file])
      assert.is(status, 64, address)
      assert.match(stderr, /tcp:\/\/HOST:PORT=NAME/)
    }
  },
)

deadlineTest('a program that waits for clients is no deadlock, and is ended by a signal', DEADLINE, async () => {
  const { file } = program(echo(1))
  const { child, finished } = await listening(['run', '--listen', FREE, file])
  await delay(300)
  child.kill('SIGTERM')
  assert.is((await finished).status, 143)
})

test.run()
