/** The page of a cluster, or of a run that is over: its files over HTTP, what happens over a WebSocket. It reads; whoever has the token may change something too. */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { extname } from 'node:path'
import { WebSocketServer } from 'ws'
import type { WebSocket } from 'ws'
import { helpToListen, listenAt } from '../gateway/listener.ts'
import { LIMITS } from '../limits.ts'
import { NodeError } from '../node/node-error.ts'
import { HEADERS, isCalledByItsName, isOfOurPage, isToken } from './access.ts'
import { readFromPage } from './questions.ts'
import type { PageSource } from './source.ts'
import type { FromServer, Question } from './talk.ts'

export interface DashboardOptions {
  /** What people call the cluster, or the run. */
  readonly title: string
  readonly host: string
  /** 0: any that is free. */
  readonly port: number
  /** Names by which it may be called besides addresses and `localhost`. */
  readonly names?: readonly string[]
  /** Whoever has it may change something. Absent: nobody. */
  readonly token?: string
}

export interface Dashboard {
  /** The port that it has got. */
  readonly port: number
  close(): Promise<void>
}

/** The files of the page, by their paths. Modules are found by each other under the paths that they have in the package. */
const FILES = [
  'dashboard/page/index.html',
  'dashboard/page/style.css',
  'dashboard/page/main.js',
  'dashboard/page/model.js',
  'dashboard/page/canvas.js',
  'dashboard/page/layout.js',
  'dashboard/page/living-picture.js',
  'dashboard/page/panels.js',
  'dashboard/page/dialogs.js',
  'dashboard/page/dialog-frame.js',
  'dashboard/page/upgrade-dialog.js',
  'dashboard/page/connection.js',
  'dashboard/page/elements.js',
  'dashboard/page/timeline.js',
  'node/wire/packed-numbers.js',
  'node/wire/observations.js',
] as const
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
}

const { most: MOST_VIEWERS } = LIMITS['dashboard.viewers']
/** Bytes of one message of a page, and bytes that may wait for one that reads too slowly. */
const LARGEST_MESSAGE = 64 << 10
const { most: MOST_WAITING } = LIMITS['dashboard.waiting']
/** What those may ask, too, who may change nothing. */
const ONLY_LOOK: readonly Question['ask'][] = ['inspect', 'step', 'checkpoints']
/** Questions of one page that are answered at a time. */
const MOST_QUESTIONS = 8

/** @throws NodeError R0435 (as a rejection) */
export async function serveDashboard(source: PageSource, options: DashboardOptions): Promise<Dashboard> {
  const files = readFiles()
  const { names = [] } = options
  const server = createServer((request, response) => {
    const refuse = (status: number, text: string): void => {
      response.writeHead(status, { ...HEADERS, 'content-type': 'text/plain; charset=utf-8' }).end(`${text}\n`)
    }
    const path = new URL(request.url ?? '/', 'http://page').pathname
    if (!isCalledByItsName(request, names)) refuse(403, 'this page has no such name')
    else if (request.method !== 'GET' && request.method !== 'HEAD') refuse(405, 'this page is only read')
    else {
      const name = path === '/' ? 'dashboard/page/index.html' : path.slice(1)
      const bytes = files.get(name)
      if (bytes === undefined) refuse(404, 'there is nothing')
      else response.writeHead(200, { ...HEADERS, 'content-type': TYPES[extname(name)] ?? 'text/plain' }).end(bytes)
    }
  })
  const sockets = new WebSocketServer({ noServer: true, maxPayload: LARGEST_MESSAGE, perMessageDeflate: { threshold: 4_096 } })
  server.on('upgrade', (request: IncomingMessage, socket, head) => {
    const fine = request.url === '/talk' && isCalledByItsName(request, names) && isOfOurPage(request) && sockets.clients.size < MOST_VIEWERS
    if (!fine) {
      socket.end('HTTP/1.1 403 Forbidden\r\nconnection: close\r\n\r\n')
      return
    }
    sockets.handleUpgrade(request, socket, head, (made) => {
      talk(made, source, options)
    })
  })
  const { port } = await listenAt(server, options).catch((error: unknown) => {
    throw new NodeError(
      'R0435',
      `${options.host}:${options.port} cannot be listened at (${error instanceof Error ? error.message : String(error)})`,
      helpToListen(options, error),
    )
  })
  return {
    port,
    close: async () => {
      source.close()
      for (const socket of sockets.clients) socket.terminate()
      await new Promise<void>((resolve) => {
        server.close(() => {
          resolve()
        })
        server.closeAllConnections()
      })
    },
  }
}

/** @throws Error when the page has not been built */
function readFiles(): ReadonlyMap<string, Buffer> {
  return new Map(FILES.map((name) => [name, readFileSync(new URL(`../${name}`, import.meta.url))]))
}

/** Tells one page what happens, and answers what it asks. */
function talk(socket: WebSocket, source: PageSource, { title, token }: DashboardOptions): void {
  let mayChange = false
  let open = 0
  const say = (message: FromServer): void => {
    if (socket.bufferedAmount > MOST_WAITING) socket.close(1013, 'the page reads too slowly')
    else if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(message))
  }
  const { steps } = source
  say({ kind: 'hello', cluster: title, ...(steps === undefined ? {} : { steps }) })
  socket.on('close', source.tell(say))
  socket.on('error', () => {
    socket.terminate()
  })
  socket.on('message', (data: Buffer) => {
    const message = readFromPage(data.toString('utf8'))
    if (message === undefined) {
      socket.close(1008, 'that makes no sense')
      return
    }
    if (message.kind === 'token') {
      mayChange = token !== undefined && isToken(message.token, token)
      say({ kind: 'allowed', changes: mayChange })
      return
    }
    const { id, question } = message
    const refuse = (text: string, help: string): void => {
      say({ kind: 'answer', id, result: { kind: 'error', text, help } })
    }
    if (!ONLY_LOOK.includes(question.ask) && !mayChange) refuse('this page may only look', 'open it with the address that has a token')
    else if (open >= MOST_QUESTIONS) refuse('too much is asked at a time', 'wait for the answers')
    else {
      open++
      void source.answer(question).then((result) => {
        open--
        say({ kind: 'answer', id, result })
      })
    }
  })
}
