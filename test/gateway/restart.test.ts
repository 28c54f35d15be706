/** A gateway whose listening socket belongs to whoever has started it ends, and another takes its place: no client is refused, and sessions go on. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { request } from 'node:http'
import { connect as dial, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { connect } from '../../client/node.ts'
import { godwit, program, root, temporaryDirectory } from '../cli/godwit.ts'
import { FEED } from '../client/feed.ts'
import { deadlineTest } from '../harness/deadline.ts'
import { SITE } from './programs.ts'

const DEADLINE = 180_000
const command =
  process.env['GODWIT_TEST_DIST'] === '1'
    ? [join(root, 'dist/cli/main.js')]
    : ['--import', import.meta.resolve('tsx'), join(root, 'cli/main.ts')]

/** @returns the status of a request on a connection of its own, or the code of its error */
function asked(port: number): Promise<number | string> {
  return new Promise((resolve) => {
    const asking = request({ host: '127.0.0.1', port, path: '/', agent: false, timeout: 60_000 }, (response) => {
      response.resume()
      response.on('end', () => {
        resolve(response.statusCode ?? 0)
      })
      response.on('error', () => {
        resolve('broken off')
      })
    })
    asking.on('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code ?? error.message)
    })
    asking.end()
  })
}

deadlineTest('a gateway is ended and replaced: whoever comes meanwhile waits and is served, and a session goes on', DEADLINE, async () => {
  const cluster = join(temporaryDirectory(), 'cluster')
  const children: ChildProcess[] = []
  const home = godwit(['node', '--engine', `embedded:${cluster}`, '--name', 'home'], {
    deadline: DEADLINE,
    started: (child) => children.push(child),
  })
  const listener = createServer()
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const { port } = listener.address() as AddressInfo
  const { fd } = (listener as unknown as { readonly _handle: { readonly fd: number } })._handle // what a launcher, such as systemd, passes on
  const gate = [process.execPath, ...command, 'node', '--engine', `embedded:${cluster}`, '--listen', 'http://fd:3=feed']
  const launcher = spawn('sh', ['-c', '"$@" --name gate1 & echo $!; wait; "$@" --name gate2 & echo $!; wait', 'sh', ...gate], {
    stdio: ['ignore', 'pipe', 'inherit', fd],
  })
  children.push(launcher)
  let said = ''
  launcher.stdout?.on('data', (text: Buffer) => {
    said += text.toString()
  })
  listener.close()
  const gates = (): readonly number[] =>
    said
      .trim()
      .split('\n')
      .filter((line) => line !== '')
      .map(Number)
  try {
    while (gates().length < 1) await delay(50)
    while (!(await godwit(['nodes', '--cluster', cluster])).stdout.includes('home')) await delay(100)
    const detached = await godwit(['run', '--cluster', cluster, '--detach', program(FEED).file])
    assert.is(detached.status, 0, detached.stderr)
    const connection = connect(`ws://127.0.0.1:${port}/`)
    for (let i = 0; i < 20; i++) assert.is(await connection.receive(), `${i}`)
    const answers: (number | string)[] = []
    const load = { over: false }
    const asking = Array.from({ length: 3 }, async () => {
      while (!load.over) answers.push(await asked(port))
    })
    await delay(500)
    process.kill(gates()[0] ?? 0, 'SIGTERM')
    while (gates().length < 2) await delay(50)
    const before = answers.length
    while (answers.length < before + 30) await delay(50)
    load.over = true
    await Promise.all(asking)
    assert.equal(
      answers.filter((answer) => answer !== 200),
      [],
      `of ${answers.length}`,
    )
    for (let i = 20; i < 400; i++) assert.is(await connection.receive(), `${i}`)
    await connection.close()
  } finally {
    for (const child of children) child.kill('SIGKILL')
    const last = gates().at(1)
    if (last !== undefined) process.kill(last, 'SIGKILL')
    await home
  }
})

/** @returns whether there is such an OS process */
function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** A connection that stays open for several requests. */
class KeptAlive {
  private readonly socket: Socket
  private got = ''
  ended = false

  constructor(port: number) {
    this.socket = dial({ port, host: '127.0.0.1' })
    this.socket.on('data', (bytes: Buffer) => {
      this.got += bytes.toString('latin1')
    })
    this.socket.on('error', () => undefined) // `close` follows
    this.socket.on('close', () => {
      this.ended = true
    })
  }

  /** @returns the head of the answer */
  async ask(): Promise<string> {
    this.got = ''
    this.socket.write('GET /hello HTTP/1.1\r\nhost: a\r\n\r\n')
    while (!this.got.endsWith('hello\n') && !this.ended) await delay(10)
    return this.got.split('\r\n\r\n')[0] ?? ''
  }
}

deadlineTest('a gateway that may linger goes on with its clients while its successor has the new ones', DEADLINE, async () => {
  const cluster = join(temporaryDirectory(), 'cluster')
  const node = (name: string, ...words: string[]): string[] => ['node', '--engine', `embedded:${cluster}`, '--name', name, ...words]
  const children: ChildProcess[] = []
  const started = (child: ChildProcess): number => children.push(child)
  const home = godwit(node('home'), { deadline: DEADLINE, started })
  const listener = createServer()
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const { port } = listener.address() as AddressInfo
  const { fd } = (listener as unknown as { readonly _handle: { readonly fd: number } })._handle // what a launcher, such as systemd, passes on
  const gate = [process.execPath, ...command, ...node('gate1', '--no-guests', '--listen', 'http://fd:3=site', '--linger', '1m')]
  const next = [process.execPath, ...command, ...node('gate2', '--no-guests', '--listen', 'http://fd:3=site')]
  const quoted = (words: readonly string[]): string => words.map((word) => `'${word}'`).join(' ')
  const launcher = spawn('sh', ['-c', `${quoted(gate)} & echo "pid $!"; read line; ${quoted(next)} & echo "pid $!"; wait`], {
    stdio: ['pipe', 'pipe', 'pipe', fd],
  })
  children.push(launcher)
  listener.close()
  let said = ''
  for (const stream of [launcher.stdout, launcher.stderr])
    stream?.on('data', (text: Buffer) => {
      said += text.toString()
    })
  const pids = (): readonly number[] => [...said.matchAll(/pid (\d+)/g)].map(([, pid]) => Number(pid))
  const until = async (pattern: RegExp): Promise<void> => {
    while (!pattern.test(said)) await delay(50)
  }
  try {
    await until(/node gate1 is in/)
    while (!(await godwit(['nodes', '--cluster', cluster])).stdout.includes('home')) await delay(100)
    const detached = await godwit(['run', '--cluster', cluster, '--detach', program(SITE).file])
    assert.is(detached.status, 0, detached.stderr)
    const kept = new KeptAlive(port)
    const other = new KeptAlive(port)
    for (const each of [kept, other]) assert.match(await each.ask(), /^HTTP\/1.1 200 [^]*keep-alive/)
    launcher.stdin?.write('go on\n')
    await until(/node gate2 is in/)
    process.kill(pids()[0] ?? 0, 'SIGTERM')
    let answer = await kept.ask()
    for (; /keep-alive/.test(answer); answer = await kept.ask()) await delay(100) // it leaves as soon as it may
    assert.match(answer, /^HTTP\/1.1 200 [^]*connection: close/i)
    assert.not(other.ended, 'a connection between two requests stays')
    for (let i = 0; i < 5; i++) assert.match(await new KeptAlive(port).ask(), /^HTTP\/1.1 200 [^]*keep-alive/)
    assert.match(await other.ask(), /^HTTP\/1.1 200 [^]*connection: close/i)
    await until(/node gate1 has gone/) // when its last client has gone
  } finally {
    for (const child of children) child.kill('SIGKILL')
    for (const pid of pids()) if (isThere(pid)) process.kill(pid, 'SIGKILL')
    await home
  }
})

test.run()
