/** A client of a debug adapter over its standard streams: what an editor says and hears. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { DebugProtocol } from '@vscode/debugprotocol'
import { root } from '../cli/godwit.ts'

type Message = DebugProtocol.Response | DebugProtocol.Event

export class DebugClient {
  private readonly child: ChildProcess
  private bytes = Buffer.alloc(0)
  private sequence = 0
  private readonly answers = new Map<number, (response: DebugProtocol.Response) => void>()
  /** Events that were not waited for yet. */
  private events: DebugProtocol.Event[] = []
  private heard: () => void = () => undefined
  /** What the program has printed. */
  printed = ''

  constructor() {
    this.child = spawn(process.execPath, [join(root, 'dist/cli/main.js'), 'dap'], { cwd: root, stdio: ['pipe', 'pipe', 'inherit'] })
    this.child.stdout?.on('data', (chunk: Buffer) => {
      this.bytes = Buffer.concat([this.bytes, chunk])
      for (let message = this.next(); message !== undefined; message = this.next()) this.hear(message)
    })
  }

  private next(): Message | undefined {
    const head = this.bytes.indexOf('\r\n\r\n')
    if (head < 0) return undefined
    const [, length] = /Content-Length: (\d+)/.exec(this.bytes.subarray(0, head).toString()) ?? []
    const end = head + 4 + Number(length)
    if (this.bytes.length < end) return undefined
    const message = JSON.parse(this.bytes.subarray(head + 4, end).toString()) as Message // an adapter sends nothing else
    this.bytes = this.bytes.subarray(end)
    return message
  }

  private hear(message: Message): void {
    if (message.type === 'response') {
      const response = message as DebugProtocol.Response // the type says so
      this.answers.get(response.request_seq)?.(response)
      this.answers.delete(response.request_seq)
      return
    }
    const event = message as DebugProtocol.Event // there is no third kind
    const { output = '', category } = (event.body ?? {}) as { output?: string; category?: string } // of an output event
    if (event.event === 'output' && category === 'stdout') this.printed += output
    this.events.push(event)
    this.heard()
  }

  /** @returns the whole response, also when it is a refusal */
  send(command: string, args: unknown = {}): Promise<DebugProtocol.Response> {
    const seq = ++this.sequence
    const body = JSON.stringify({ seq, type: 'request', command, arguments: args })
    this.child.stdin?.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
    return new Promise((resolve) => this.answers.set(seq, resolve))
  }

  /** @returns the body of the response. @throws Error when it is a refusal */
  async ask<Body>(command: string, args: object = {}): Promise<Body> {
    const response = await this.send(command, args)
    if (!response.success) throw new Error(`${command}: ${response.message ?? ''}`)
    return response.body as Body // which body belongs to which request is known where it is asked
  }

  /** @returns the next event of that kind; those before it are forgotten */
  async event(kind: string): Promise<DebugProtocol.Event> {
    for (;;) {
      const at = this.events.findIndex(({ event }) => event === kind)
      const found = this.events[at]
      if (found !== undefined) {
        this.events = this.events.slice(at + 1)
        return found
      }
      await new Promise<void>((resolve) => {
        this.heard = resolve
      })
    }
  }

  /** @returns the next stop: why, and of which thread */
  async stop(): Promise<DebugProtocol.StoppedEvent['body']> {
    return (await this.event('stopped')).body as DebugProtocol.StoppedEvent['body'] // of such an event
  }

  /** Ends the adapter. @returns its exit status */
  async end(): Promise<number> {
    const ended = once(this.child, 'exit')
    await this.send('disconnect')
    const [status] = (await ended) as [number]
    return status
  }

  kill(): void {
    this.child.kill('SIGKILL')
  }
}
