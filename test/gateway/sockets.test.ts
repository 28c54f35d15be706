/** The library sock: programs that connect to servers, and that listen at ports, with the names of occam-pi. */
import { createServer } from 'node:net'
import type { AddressInfo, Server } from 'node:net'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { godwit, program } from '../cli/godwit.ts'
import { deadlineTest } from '../harness/deadline.ts'
import { echoed, hashOf, numbered } from './clients.ts'
import { serving } from './serving.ts'

const DEADLINE = 120_000

/** Gives back what comes, and closes when the client has said that no more does. */
async function echoing(): Promise<{ readonly port: number; readonly server: Server }> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => undefined)
    socket.pipe(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo // it listens at a port
  return { port, server }
}

const client = (port: number, closed: number): string => `#USE "course"
#USE "sock"

PROC main (CHAN BYTE screen!)
  SOCKET s:
  [100]BYTE buffer:
  [100000]BYTE many, back:
  INT n, reason, addr:
  BOOL ok:
  PROC say (VAL INT n)
    SEQ
      out.int (n, 0, screen!)
      screen ! ' '
  :
  SEQ
    socket.addr.of.ip ("127.0.0.1", addr, ok)
    s := [-1, 0, 0, addr, ${port}, AF.INET, SOCK.STREAM, IPPROTO.TCP, 0](SOCKET)
    socket.connect (s)
    say (s[error])
    say (s[remote.port] - ${port})
    socket.write (s, "hello", n)
    say (n)
    socket.full.read (s, [buffer FOR 5], n)
    out.string ([buffer FOR n], 0, screen!)
    screen ! ' '
    SEQ i = 0 FOR SIZE many
      many[i] := BYTE ((i * 7) \\ 251)
    PAR
      INT n:
      SEQ
        socket.fullwrite (s, many, n)
        socket.shutdown (s, SHUT.WR)
      SEQ
        socket.fullread (s, back, n)
    say (n)
    ok := TRUE
    SEQ i = 0 FOR SIZE many
      ok := ok AND (many[i] = back[i])
    out.bool (ok, 0, screen!)
    screen ! ' '
    socket.read (s, buffer, n)
    say (n)
    socket.write (s, "more", n)
    socket.error (s, reason)
    say (reason)
    socket.close (s)
    socket.read (s, buffer, n)
    socket.error (s, reason)
    say (reason)
    socket.connect.host (s, "127.0.0.1", ${closed}, 5000)
    say (s[error])
    socket.connect.host (s, "127.0.0.1", 70000, 5000)
    say (s[error])
:
`

const SAID = '0 0 5 hello 100000 TRUE 0 32 9 111 22 '

deadlineTest('a program connects to a server, writes and reads, and hears why it cannot', DEADLINE, async () => {
  const { port, server } = await echoing()
  const closed = await echoing()
  closed.server.close()
  // a variable that two branches share would not be allowed: the writer and the reader of one socket are told apart by #PRAGMA
  const text = client(port, closed.port).replace('  SOCKET s:\n', '  SOCKET s:\n  #PRAGMA SHARED s\n')
  const { file } = program(text)
  try {
    const alone = await godwit(['run', file])
    assert.is(alone.stdout, SAID, alone.stderr)
    const denied = await godwit(['run', '--deny', 'net', program(text.replace(/ {4}socket\.write[\s\S]*$/, '') + ':\n').file])
    assert.is(denied.stdout, `1 0 `, denied.stderr)
  } finally {
    server.close()
  }
})

deadlineTest('a connection belongs to the home: processes that use it move all the time', DEADLINE, async () => {
  const { port, server } = await echoing()
  const text = `#USE "course"
#USE "sock"

PROC talk (VAL INT port, CHAN INT done!)
  SOCKET s:
  [4]BYTE back:
  INT n:
  INITIAL INT well IS 0:
  TIMER clock:
  INT now:
  SEQ
    socket.connect.host (s, "localhost", port, 20000)
    SEQ i = 0 FOR 30
      SEQ
        socket.write (s, "ping", n)
        socket.fullread (s, back, n)
        well := well + (INT (n = 4))
        clock ? now
        clock ? AFTER now PLUS 5000
    socket.close (s)
    done ! well
:

PROC main (CHAN BYTE screen!)
  CHAN INT done:
  INT well:
  PAR
    talk (${port}, done!)
    SEQ
      done ? well
      out.int (well, 0, screen!)
:
`
  try {
    const { stdout, stderr } = await godwit(['run', '--nodes', '2', '--roam', '5ms', program(text).file], { deadline: DEADLINE })
    assert.is(stdout, '30', stderr)
  } finally {
    server.close()
  }
})

deadlineTest('a program listens at a port, which is the name that it serves', DEADLINE, async () => {
  const text = `#USE "sock"

PROC main ()
  SOCKET listener, client:
  [1000]BYTE buffer:
  INT n, done:
  SEQ
    socket.create.listen.socket (0, listener)
    ASSERT (listener[error] = NET.EINVAL)
    socket.create.listen.socket (7000, listener)
    ASSERT (listener[error] = 0)
    socket.accept (listener, client)
    ASSERT ((client[error] = 0) AND ((client[remote.addr] = INADDR.LOOPBACK) AND (client[remote.port] > 0)))
    socket.read (client, buffer, n)
    WHILE n > 0
      SEQ
        socket.fullwrite (client, [buffer FOR n], done)
        socket.read (client, buffer, n)
    socket.close (client)
    socket.close (listener)
:
`
  const { ports, finished } = await serving(text, 'tcp://127.0.0.1:0=7000')
  const bytes = numbered(50_000, 3)
  assert.is(hashOf(await echoed(ports[0] ?? 0, bytes, 1000, 0)), hashOf(bytes))
  assert.is((await finished).kind, 'ended')
})

test.run()
