/** Clients that come by TCP: bytes both ways, each of which may end before the other. */
import { createServer } from 'node:net'
import type { Socket } from 'node:net'
import { LIMITS } from '../limits.ts'
import type { ListenAddress } from './address.ts'
import type { ClientSocket, ClientStream } from './client-stream.ts'
import { listenAt } from './listener.ts'
import type { Listener, ListenerPort } from './listener.ts'

/** A TCP socket of a client. */
class TcpClient implements ClientSocket {
  constructor(private readonly socket: Socket) {}

  write(bytes: Uint8Array, taken: () => void): void {
    this.socket.write(bytes, (error) => {
      if (!error) taken()
    })
  }

  end(): void {
    this.socket.end()
  }

  close(): void {
    const { socket } = this
    socket.end()
    socket.removeAllListeners('data')
    socket.resume() // what still comes is thrown away: left unread, it would take the last bytes for the client along
    const timer = setTimeout(() => socket.destroy(), LIMITS['gateway.linger'].most)
    timer.unref()
    socket.once('close', () => {
      clearTimeout(timer)
    })
  }

  destroy(): void {
    this.socket.destroy()
  }

  pause(): void {
    this.socket.pause()
  }

  resume(): void {
    this.socket.resume()
  }
}

/** Tells a stream what happens to its socket. */
function tell(stream: ClientStream, socket: Socket): void {
  socket.on('data', (bytes: Uint8Array) => {
    stream.received(bytes)
  })
  socket.on('end', () => {
    stream.ended('end')
  })
  socket.on('error', () => undefined) // `close` follows
  socket.on('close', () => {
    stream.closed()
  })
}

/** @returns `127.0.0.1:40312` */
export function peerOf({ remoteAddress = '', remotePort = 0 }: Pick<Socket, 'remoteAddress' | 'remotePort'>): string {
  return `${remoteAddress.includes(':') ? `[${remoteAddress}]` : remoteAddress}:${remotePort}`
}

/** Listens for clients of a name. @throws Error of Node.js */
export async function listenTcp({ host, port, name }: ListenAddress, gateway: ListenerPort): Promise<Listener> {
  const sockets = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    const stream = gateway.open(name, 'tcp', peerOf(socket))
    if (stream === undefined) {
      socket.destroy()
      return
    }
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    stream.start(new TcpClient(socket))
    tell(stream, socket)
  })
  const place = await listenAt(server, { host, port })
  return {
    place,
    close: (lingerMs = LIMITS['gateway.linger'].most) =>
      new Promise<void>((resolve) => {
        server.close(() => {
          resolve()
        })
        setTimeout(() => {
          for (const socket of sockets) socket.destroy()
        }, lingerMs).unref()
      }),
  }
}
