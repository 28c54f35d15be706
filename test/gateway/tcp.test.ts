/** Clients that come by TCP to a program that runs by itself. */
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { parseListenAddress, spellListenAddress } from '../../runtime/gateway/address.ts'
import { NodeError } from '../../runtime/node/node-error.ts'
import { godwit, program } from '../cli/godwit.ts'
import { deadlineTest } from '../harness/deadline.ts'
import { asked, connected, echoed, hashOf, listening, numbered, received, send } from './clients.ts'
import { echo, relay } from './programs.ts'
import { serving } from './serving.ts'

const DEADLINE = 120_000
const FREE = 'tcp://127.0.0.1:0=echo'

deadlineTest('clients get back what they send, each its own, and the program ends when it has served them', DEADLINE, async () => {
  const { ports, finished } = await serving(echo(5), FREE)
  const [port = 0] = ports
  const sent = [0, 1, 70_000, 300_000, 1_000_000].map((length, i) => numbered(length, i))
  const back = await Promise.all(sent.map((bytes) => echoed(port, bytes)))
  assert.equal(back.map(hashOf), sent.map(hashOf))
  const { kind, printed } = await finished
  assert.is(kind, 'ended')
  assert.is(printed, 'served\n')
})

deadlineTest('a client that does not read makes the program wait, and gets everything when it does', DEADLINE, async () => {
  const { ports, finished } = await serving(
    `#USE "net"

PROC main ()
  [1000]BYTE block:
  INT listener, connection, n:
  SEQ
    net.open ("echo", listener)
    net.accept (listener, connection)
    SEQ i = 0 FOR SIZE block
      block[i] := BYTE (i /\\ 255)
    SEQ i = 0 FOR 3999
      SEQ
        net.write (connection, block, n)
        ASSERT (n = (SIZE block))
    net.finish (connection, block, n)
    ASSERT (n = (SIZE block))
    net.finish (connection, block, n)
    ASSERT (n = (-NET.EBADF))
:
`,
    FREE,
  )
  const socket = await connected(ports[0] ?? 0)
  socket.pause()
  await delay(300)
  const reading = received(socket)
  socket.resume()
  const all = await reading
  assert.is(all.length, 4_000_000)
  for (let at = 0; at < all.length; at += 12_345) assert.is(all[at], (at % 1000) & 255)
  socket.destroy()
  assert.is((await finished).kind, 'ended')
})

deadlineTest('a client that ends its side first still gets the answer; one that goes is told to the program', DEADLINE, async () => {
  const { ports, finished } = await serving(
    `#USE "course"
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
        net.read (connection, 1, buffer, n)
        net.write (connection, "begun ", n)
        net.fill (connection, buffer, n)
        net.status (connection, status)
        out.int (n, 0, screen!)
        out.int (status, 5, screen!)
        net.write (connection, "answer", n)
        out.int (n, 5, screen!)
        net.shut (connection, n)
        net.finish (connection, "more", n)
        out.int (n, 5, screen!)
        net.read (connection, 1, buffer, n)
        net.status (connection, status)
        out.int (status, 5, screen!)
        out.string ("*n", 0, screen!)
:
`,
    FREE,
  )
  const [port = 0] = ports
  const first = await connected(port)
  const answer = received(first)
  await send(first, Buffer.from('question'))
  assert.is((await answer).toString(), 'begun answer')
  first.destroy()
  const second = await connected(port)
  second.write('quest')
  await once(second, 'data') // the program has what was sent: a reset may overtake what has not been read
  second.resetAndDestroy()
  const { printed } = await finished
  assert.is(printed, '7    0    6  -32   -9\n4 -104  -32  -32   -9\n')
})

deadlineTest(
  'who waits for the next client gets the first that has sent something, and clients who send nothing keep nobody waiting',
  DEADLINE,
  async () => {
    const { ports, finished } = await serving(relay(2, 3), FREE)
    const [port = 0] = ports
    const first = await connected(port)
    const second = await connected(port)
    const third = await connected(port)
    assert.is(await asked(port, 4, 'a client'), undefined)
    third.end() // it says that it sends nothing
    assert.is((await received(third)).toString(), '')
    first.write('late')
    assert.is((await received(first)).toString(), 'late')
    assert.is((await finished).kind, 'ended')
    for (const socket of [first, second, third]) socket.destroy()
  },
)

deadlineTest('an answer for which there is no room waits, and then brings the next client', DEADLINE, async () => {
  const { ports, finished } = await serving(
    `#USE "net"

PROC main ()
  MOBILE []BYTE much:
  [10]BYTE buffer:
  INT listener, connection, next, last, length, n:
  SEQ
    much := MOBILE [1000000]BYTE
    SEQ i = 0 FOR SIZE much
      much[i] := BYTE (i /\\ 255)
    net.open ("echo", listener)
    net.next (listener, buffer, connection, length)
    net.write (connection, much, n)
    net.finish.next (connection, much, n, listener, buffer, next, length)
    ASSERT (n = (SIZE much))
    net.finish.next (connection, "again", n, listener, buffer, last, length)
    ASSERT (n = (-NET.EBADF)) -- it is closed already
    net.finish (next, "first", n)
    net.finish (last, "second", n)
    net.close (listener, n)
    net.next (listener, buffer, next, length)
    ASSERT (next = (-NET.EBADF))
    net.finish.next (connection, "", n, listener, buffer, next, length)
    ASSERT ((n = (-NET.EBADF)) AND (next = (-NET.EBADF)))
:
`,
    FREE,
  )
  const [port = 0] = ports
  const slow = await connected(port)
  slow.pause()
  slow.write('much')
  const others = ['first', 'second'].map(async (name) => {
    const socket = await connected(port)
    socket.write(name)
    const answer = (await received(socket)).toString()
    socket.destroy()
    return answer
  })
  await delay(300)
  const reading = received(slow)
  slow.resume()
  assert.is((await reading).length, 2_000_000)
  assert.equal((await Promise.all(others)).sort(), ['first', 'second'])
  slow.destroy()
  assert.is((await finished).kind, 'ended')
})

deadlineTest('many connections that a program accepts late are all served', DEADLINE, async () => {
  const { ports, finished } = await serving(
    `#USE "net"

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
`,
    FREE,
  )
  const sent = Array.from({ length: 100 }, (_, i) => numbered(i * 50, i))
  const back = await Promise.all(sent.map((bytes) => echoed(ports[0] ?? 0, bytes)))
  assert.equal(back.map(hashOf), sent.map(hashOf))
  assert.is((await finished).kind, 'ended')
})

deadlineTest('a client that comes before the name is served waits for it; one that nobody ever serves is closed', DEADLINE, async () => {
  const { ports, stop, finished } = await serving(
    `#USE "net"

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
`,
    FREE,
    'tcp://127.0.0.1:0=other',
  )
  const bytes = numbered(5000, 7)
  const [back, none] = await Promise.all([echoed(ports[0] ?? 0, bytes), echoed(ports[1] ?? 0, bytes)])
  assert.is(hashOf(back), hashOf(bytes))
  assert.is(none.length, 0)
  stop()
  await finished
})

deadlineTest('names: which may be served, how often, and what becomes of one that no client can come to', DEADLINE, async () => {
  const text = `#USE "course"
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
`
  const long = 'x'.repeat(100)
  const { finished } = await serving(text, 'tcp://127.0.0.1:0=a', `tcp://127.0.0.1:0=${long}`)
  const { kind, printed } = await finished
  assert.is(kind, 'ended')
  assert.is(printed, '-22 -22 -36 1 2 -98 -99 ')
})

deadlineTest('what cannot be had is said: a name without clients, a name twice, a port that is taken', DEADLINE, async () => {
  const refused = async (text: string, ...addresses: readonly string[]): Promise<string> => {
    const outcome = await (await serving(text, ...addresses)).finished
    return outcome.kind === 'refused' ? `${outcome.error.code}: ${outcome.error.message}` : outcome.kind
  }
  assert.is(await refused(echo(1), 'tcp://127.0.0.1:0=other'), 'R0452: the name echo cannot be served: no client can come')
  const twice = `#USE "net"

PROC main ()
  INT a, b:
  SEQ
    net.open ("a", a)
    net.open ("a", b)
:
`
  assert.is(await refused(twice, 'tcp://127.0.0.1:0=a'), 'R0452: the name a cannot be served: a program serves it already')
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // it listens at a port
  const error = await serving(echo(1), `tcp://127.0.0.1:${port}=echo`).then(
    () => undefined,
    (reason: unknown) => String(reason),
  )
  server.close()
  assert.match(error ?? '', /^NodeError: cannot listen at tcp:\/\/127.0.0.1:\d+=echo: .*EADDRINUSE/)
})

deadlineTest('a host that is no address of this machine is said to be that: another port would not help', DEADLINE, async () => {
  for (const host of ['192.0.2.1', '999.1.1.1']) {
    const error = await serving(echo(1), `tcp://${host}:0=echo`).then(
      () => undefined,
      (reason: unknown) => reason,
    )
    assert.ok(error instanceof NodeError)
    assert.is(error.code, 'R0451')
    assert.match(error.help, /^the host is an address of this machine: /)
  }
})

test('an address is a scheme, a host, a port and a name', () => {
  for (const text of ['tcp://127.0.0.1:80=a', 'http://[::1]:0=a.b-c_d', 'tcp://example.org:65535=9']) {
    const address = parseListenAddress(text)
    assert.is(address === undefined ? '' : spellListenAddress(address), text)
  }
  const bad = ['tcp://127.0.0.1=echo', 'tcp://127.0.0.1:80', 'ftp://127.0.0.1:80=a', 'tcp://127.0.0.1:70000=a', 'tcp://127.0.0.1:1=a b']
  for (const text of [...bad, '', `tcp://127.0.0.1:1=${'x'.repeat(101)}`, 'tcp://[::1:1=a'])
    assert.is(parseListenAddress(text), undefined, text)
})

deadlineTest(
  'the command: no client can come without --listen, or where that is denied; a program that waits for clients is ended by a signal',
  DEADLINE,
  async () => {
    const { file } = program(echo(1))
    const alone = await godwit(['run', file])
    assert.is(alone.status, 1)
    assert.match(alone.stderr, /^error\[R0452\]: the name echo cannot be served: no client can come\n.*--listen tcp/)
    const denied = await godwit(['run', '--deny', 'net', '--listen', FREE, file])
    assert.is(denied.status, 1)
    assert.match(denied.stderr, /^listening at .*\nerror\[R0452\]: the name echo cannot be served: .* is denied that\n.*without --deny net/)
    const wrong = await godwit(['run', '--listen', 'tcp://127.0.0.1:80', file])
    assert.is(wrong.status, 64)
    assert.match(wrong.stderr, /tcp:\/\/HOST:PORT=NAME/)
    const { child, finished } = await listening(['run', '--listen', FREE, file])
    await delay(300)
    child.kill('SIGTERM')
    assert.is((await finished).status, 143)
  },
)

test.run()
