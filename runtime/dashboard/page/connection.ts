/** The way to the server: a WebSocket that is opened again when it was lost, and questions with their answers. */
import type { AnswerToPage, FromPage, FromServer, Question } from '../talk.ts'

export interface ConnectionEvents {
  said(message: FromServer): void
  /** Whether the server is there. */
  connected(is: boolean): void
}

const AGAIN_MS = 1_000

export class Connection {
  private socket: WebSocket | undefined
  private last = 0
  private readonly open = new Map<number, (answer: AnswerToPage) => void>()

  constructor(
    private readonly events: ConnectionEvents,
    private readonly token: string,
  ) {
    this.connect()
  }

  /** @returns what has become of it; an error when the server goes meanwhile */
  ask(question: Question): Promise<AnswerToPage> {
    return new Promise((resolve) => {
      const id = ++this.last
      this.open.set(id, resolve)
      if (!this.send({ kind: 'question', id, question })) this.lose()
    })
  }

  private send(message: FromPage): boolean {
    if (this.socket?.readyState !== WebSocket.OPEN) return false
    this.socket.send(JSON.stringify(message))
    return true
  }

  private connect(): void {
    const socket = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/talk`)
    this.socket = socket
    socket.addEventListener('open', () => {
      this.events.connected(true)
      if (this.token !== '') this.send({ kind: 'token', token: this.token })
    })
    socket.addEventListener('message', ({ data }) => {
      const message = JSON.parse(String(data)) as FromServer // our own server says nothing else
      if (message.kind === 'answer') {
        this.open.get(message.id)?.(message.result)
        this.open.delete(message.id)
      } else this.events.said(message)
    })
    socket.addEventListener('close', () => {
      this.events.connected(false)
      this.lose()
      setTimeout(() => {
        this.connect()
      }, AGAIN_MS)
    })
  }

  private lose(): void {
    for (const answer of this.open.values()) answer({ kind: 'error', text: 'the server is gone', help: '' })
    this.open.clear()
  }
}
