/** Clients of programs under test: a program that listens, and streams of numbered bytes that come back complete, in order and once. */
import type { ChildProcess } from 'node:child_process'
import { createHash } from 'node:crypto'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { godwit } from '../cli/godwit.ts'
import type { Result } from '../cli/godwit.ts'

export interface Listening {
  /** The ports, in the order of `--listen`. */
  readonly ports: readonly number[]
  readonly child: ChildProcess
  readonly finished: Promise<Result>
  /** What it has said on standard error so far. */
  said(): string
}

/** Runs a command that listens at `count` ports. @returns once it does */
export async function listening(args: readonly string[], count = 1, deadline = 120_000): Promise<Listening> {
  let said = ''
  let heard: (ports: readonly number[]) => void = () => undefined
  const ports = new Promise<readonly number[]>((resolve) => {
    heard = resolve
  })
  const children: ChildProcess[] = []
  const started = (child: ChildProcess): void => {
    children.push(child)
    child.stderr?.on('data', (text: string) => {
      said += text
      const found = [...said.matchAll(/listening at \w+:\/\/[^\s=]+:(\d+)=/g)].map(([, port]) => Number(port))
      if (found.length >= count) heard(found)
    })
  }
  const finished = godwit(args, { deadline, started })
  const ended = finished.then(({ stderr, status }): never => {
    throw new Error(`it ended with ${status} before it listened:\n${stderr}`)
  })
  ended.catch(() => undefined)
  const got = await Promise.race([ports, ended])
  const [child] = children
  if (child === undefined) throw new Error('it was not started')
  return { ports: got, child, finished, said: () => said }
}

/** @returns `length` bytes in which each four are their number, mixed with `seed`: none can be lost, doubled or moved without changing what follows */
export function numbered(length: number, seed: number): Buffer {
  const bytes = Buffer.alloc(length + 3)
  for (let i = 0; i < length; i += 4) bytes.writeUInt32LE((Math.imul(i + 1, 0x9e3779b1) ^ seed) >>> 0, i)
  return bytes.subarray(0, length)
}

export function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** Connects to a port of this machine. */
export async function connected(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('error', reject)
  })
  return socket
}

/** @returns all that the socket brings until its end */
export async function received(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  await new Promise<void>((resolve, reject) => {
    socket.once('end', resolve)
    socket.once('error', reject)
    socket.once('close', resolve)
  })
  return Buffer.concat(chunks)
}

/** Sends bytes in pieces of at most `piece`, as far as the other side takes them, with a pause between two of them, and then the end. */
export async function send(socket: Socket, bytes: Uint8Array, piece = 1 << 16, pauseMs = 0): Promise<void> {
  for (let at = 0; at < bytes.length; at += piece) {
    const room = socket.write(bytes.subarray(at, at + piece))
    if (!room) await new Promise<void>((resolve) => socket.once('drain', resolve))
    if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs))
  }
  socket.end()
}

/** Comes so many times, one after the other, with a text of its own each time. @returns the first that was answered with something else; undefined: none */
export async function asked(port: number, times: number, name: string): Promise<string | undefined> {
  for (let i = 0; i < times; i++) {
    const text = `${name} ${i}`
    const socket = await connected(port)
    const reading = received(socket)
    socket.write(text)
    const answer = (await reading).toString()
    socket.destroy()
    if (answer !== text) return `${text}: ${answer}`
  }
  return undefined
}

/** Sends bytes to a program that gives them back. @returns what came back until the end */
export async function echoed(port: number, bytes: Uint8Array, piece?: number, pauseMs?: number): Promise<Buffer> {
  const socket = await connected(port)
  const [back] = await Promise.all([received(socket), send(socket, bytes, piece, pauseMs)])
  socket.destroy()
  return back
}
