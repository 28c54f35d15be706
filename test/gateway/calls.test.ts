/** Programs that call servers elsewhere: what comes back, why nothing comes, and that no call is made twice that may not be. */
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer as createTcpServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { godwit, program, temporaryDirectory } from '../cli/godwit.ts'
import { deadlineTest } from '../harness/deadline.ts'

const DEADLINE = 180_000

interface Seen {
  readonly method: string
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

interface Backend {
  readonly url: string
  readonly seen: readonly Seen[]
  close(): Promise<void>
}

/** Starts a server. @param answer answers a request whose body has come */
async function backend(answer: (seen: Seen, response: ServerResponse) => void): Promise<Backend> {
  const seen: Seen[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (bytes: Buffer) => (body += bytes.toString('latin1')))
    request.on('end', () => {
      const its = { method: request.method ?? '', url: request.url ?? '', headers: request.headers, body }
      seen.push(its)
      answer(its, response)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo // it listens at a port
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => {
          resolve()
        })
      }),
  }
}

/** One call, whose status, header x-said and body are printed. */
const call = (method: string, url: string, headers = '', body = '', milliseconds = 20_000, room = 1000): string => `
    http.fetch ("${method}", "${url}", "${headers}", "${body}", ${milliseconds}, [response FOR ${room}], status, head, length)
    out.int (status, 0, screen!)
    http.header ([response FOR head], "X-Said", from, size)
    IF
      size >= 0
        SEQ
          screen ! ' '
          out.string ([response FROM from FOR size], 0, screen!)
      TRUE
        SKIP
    screen ! ' '
    out.string ([response FROM head FOR length - head], 0, screen!)
    screen ! '*n'
    screen ! 255
`

const caller = (...calls: readonly string[]): string => `#USE "course"
#USE "http"

PROC main (CHAN BYTE screen!)
  [1000]BYTE response:
  INT status, head, length, from, size:
  SEQ
${calls.join('')}:
`

deadlineTest('what is no answer is none, and what cannot be answered is not waited for', DEADLINE, async () => {
  const answers = ['HTTP/1.1 200 OK\r\n\r\nhi', 'HTTP/1.1 000 OK\r\n\r\nhi', 'nonsense\r\n\r\n', 'HTTP/1.1 2000 OK\r\n\r\n', '']
  const server = createTcpServer((socket) => {
    socket.on('error', () => undefined)
    socket.once('data', (bytes) => socket.end(answers[Number(/ \/(\d)/.exec(bytes.toString())?.[1] ?? 0)] ?? ''))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}` // it listens at a port
  try {
    const { file } = program(
      caller(...answers.map((_, i) => call('GET', `${url}/${i}`)), call('CONNECT', url, '', '', 0), call('', `${url}/0`)),
    )
    const { status, stdout, stderr } = await godwit(['run', file])
    assert.is(status, 0, stderr)
    assert.equal(stdout.split('\n').slice(0, -1), ['200 hi', '-5 ', '-5 ', '-5 ', '-104 ', '-22 ', '-22 '])
  } finally {
    server.close()
  }
})

deadlineTest('what a server answers, and why one does not', DEADLINE, async () => {
  const server = await backend(({ method, url, body }, response) => {
    if (url === '/slow') return
    if (url === '/gone') response.destroy()
    else if (url === '/long') response.end('x'.repeat(3000))
    else if (url === '/nothing') response.writeHead(204).end()
    else response.writeHead(201, { 'X-Said': `${method} ${url}` }).end(`<${body}>`)
  })
  const closed = await backend(() => undefined)
  await closed.close()
  try {
    const { file } = program(
      caller(
        call('POST', `${server.url}/a?b=c`, 'x-a: 1*ncontent-type: text/plain*n', 'hello'),
        call('HEAD', `${server.url}/a`),
        call('GET', `${server.url}/nothing`),
        call('GET', `${server.url}/slow`, '', '', 100),
        call('GET', `${server.url}/gone`),
        call('GET', `${server.url}/long`),
        call('GET', closed.url),
        call('GET', 'ftp://127.0.0.1/'),
        call('GET', 'no url'),
        call('G T', server.url),
        call('GET', server.url, 'no header*n'),
        call('GET', server.url, 'content-length: 7*n'),
        call('GET', server.url, 'a b: 7*n'),
        call('GET', server.url, '', '', 100, 8),
      ),
    )
    const { status, stdout, stderr } = await godwit(['run', file])
    assert.is(status, 0, stderr)
    assert.equal(stdout.split('\n').slice(0, -1), [
      '201 POST /a?b=c <hello>',
      '201 HEAD /a ',
      ...['204 ', '-110 ', '-104 ', '-90 ', '-111 '],
      ...['-22 ', '-22 ', '-22 ', '-22 ', '-22 ', '-22 ', '-90 '],
    ])
    const [first] = server.seen
    assert.is(first?.body, 'hello')
    assert.is(first?.headers['x-a'], '1')
    assert.is(first?.headers['content-length'], '5')

    const denied = await godwit(['run', '--deny', 'net', program(caller(call('GET', server.url))).file])
    assert.is(denied.stdout, '-1 \n', denied.stderr)
  } finally {
    await server.close()
  }
})

deadlineTest('a process that waits for a server moves, and so does the home; the request is made once', DEADLINE, async () => {
  const waiting: ServerResponse[] = []
  const server = await backend((_, response) => {
    waiting.push(response)
  })
  const cluster = join(temporaryDirectory(), 'cluster')
  try {
    const { file } = program(caller(call('POST', server.url, '', 'once')))
    const running = godwit(['run', '--nodes', '2', '--cluster-dir', cluster, '--roam', '10ms', file], { deadline: DEADLINE })
    while (waiting.length === 0) await delay(50)
    await delay(300)
    waiting[0]?.end('done')
    const { status, stdout, stderr } = await running
    assert.is(status, 0, stderr)
    assert.is(stdout, '200 done\n')
    assert.is(server.seen.length, 1)
  } finally {
    await server.close()
  }
})

deadlineTest(
  'a durable program whose nodes are killed does not ask twice: it hears that nobody knows, or repeats what may be repeated',
  DEADLINE,
  async () => {
    const waiting: ServerResponse[] = []
    let open = false
    const server = await backend((_, response) => {
      if (open) response.end('late')
      else waiting.push(response)
    })
    const cluster = join(temporaryDirectory(), 'cluster')
    try {
      const three = `#USE "course"
#USE "http"

PROC ask (VAL []BYTE method, headers, INT status)
  [1000]BYTE response:
  INT head, length:
  http.fetch (method, "${server.url}", headers, "x", 60000, response, status, head, length)
:

PROC main (CHAN BYTE screen!)
  INT post, key, put:
  SEQ
    out.string ("asks*n", 0, screen!)
    PAR
      ask ("POST", "", post)
      ask ("POST", "Idempotency-Key: a1*n", key)
      ask ("PUT", "", put)
    VAL all IS [post, key, put]:
    SEQ i = 0 FOR 3
      SEQ
        out.int (all[i], 0, screen!)
        screen ! '*n'
:
`
      const words = ['run', '--nodes', '2', '--cluster-dir', cluster, '--durable', program(three).file]
      const running = godwit(words, { deadline: DEADLINE })
      while (waiting.length < 3) await delay(50)
      await delay(500) // a cut that has the calls as begun, or not: it makes no difference
      open = true
      const { stdout } = await godwit(['nodes', '--cluster', cluster, '--json'])
      for (const { pid } of JSON.parse(stdout) as readonly { readonly pid: number }[]) process.kill(pid, 'SIGKILL') // as command.md says
      const ended = await running
      assert.is(ended.status, 0, ended.stderr)
      assert.is(ended.stdout, 'asks\n-255\n200\n200\n')
      assert.equal(server.seen.map(({ method, headers }) => `${method} ${String(headers['idempotency-key'])}`).sort(), [
        'POST a1',
        'POST a1',
        'POST undefined',
        'PUT undefined',
        'PUT undefined',
      ])
    } finally {
      await server.close()
    }
  },
)

deadlineTest('a checkpoint does not repeat a call either', DEADLINE, async () => {
  const waiting: ServerResponse[] = []
  const server = await backend((_, response) => {
    waiting.push(response)
  })
  try {
    const { file } = program(caller(call('POST', server.url, '', 'once')))
    const saved = join(temporaryDirectory(), 'saved.checkpoint')
    const running = godwit(['run', '--checkpoint-on', `SIGUSR2=${saved}`, file], {
      deadline: DEADLINE,
      started: (child) => {
        void (async (): Promise<void> => {
          while (waiting.length === 0) await delay(50)
          child.kill('SIGUSR2')
        })()
      },
    })
    await running
    const { stdout, stderr } = await godwit(['restore', saved])
    assert.is(stdout, '-255 \n', stderr)
    assert.is(server.seen.length, 1)
  } finally {
    await server.close()
  }
})

test.run()
