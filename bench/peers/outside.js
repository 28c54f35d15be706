/**
 * Peers of the gateway, written with Node's own net and http:
 *
 *     node outside.js echo                a server that gives back what clients send
 *     node outside.js proxy PORT          a TCP proxy to that port
 *     node outside.js hello               a server of HTTP that says hello
 *     node outside.js handles MS          two servers in OS processes of their own; every MS milliseconds one client's socket is handed from one to the other
 *     node outside.js redirect MS         two servers; every MS milliseconds one client is told to connect to the other one, with four bytes 255 and its port
 *
 * Each prints `port N` when it listens, and `moves N` now and then.
 */
import { fork } from 'node:child_process'
import { createServer as createHttp } from 'node:http'
import { connect, createServer } from 'node:net'
import { fileURLToPath } from 'node:url'

const [what, argument] = process.argv.slice(2)
const listen = (server) => server.listen(0, '127.0.0.1', () => console.log(`port ${server.address().port}`))
const quiet = (socket) => socket.on('error', () => undefined)
/**
 * Lets a socket read nothing more. `pause` stops the stream, but Node.js reads the socket once more, and what it reads while the handle is on its way to another
 * OS process is thrown away. Only the handle can be stopped for certain, which no documented call does. A socket that has just come reads already.
 */
const halt = (socket) => {
  socket.pause()
  socket._handle?.readStop()
}
let moves = 0
let told = 0
const telling = setInterval(() => {
  if (moves > told) console.log(`moves ${(told = moves)}`)
}, 100)
telling.unref()

const peers = {
  echo: () => listen(createServer({ noDelay: true }, (socket) => quiet(socket).pipe(socket))),
  proxy: () =>
    listen(
      createServer({ noDelay: true }, (socket) => {
        const up = quiet(connect({ port: Number(argument), host: '127.0.0.1', noDelay: true }))
        quiet(socket).pipe(up).pipe(socket)
      }),
    ),
  hello: () => {
    const body = 'hello\n'
    listen(createHttp((_, response) => response.writeHead(200, { 'content-type': 'text/plain', 'content-length': body.length }).end(body)))
  },
  handles: () => {
    const file = fileURLToPath(import.meta.url)
    const workers = [fork(file, ['worker']), fork(file, ['worker'])]
    const places = new Map() // number of a client -> which worker has it; absent while it is on its way
    const give = (client, to, left, socket) => {
      // messages are JSON, so bytes that were read go along in base64
      workers[to].send({ take: client, left }, socket, (error) => {
        if (error === null) places.set(client, to)
      })
    }
    workers.forEach((worker, at) =>
      worker.on('message', ({ client, left, gone }, socket) => {
        if (gone !== undefined) places.delete(gone)
        if (socket === undefined) return // it has gone on the way
        moves++
        halt(socket)
        give(client, 1 - at, left, socket)
      }),
    )
    let last = 0
    listen(
      createServer({ noDelay: true, pauseOnConnect: true }, (socket) => {
        give(++last, 0, '', socket)
      }),
    )
    let next = 0
    setInterval(() => {
      for (let tries = 0; tries < last; tries++) {
        const client = (next++ % last) + 1
        const at = places.get(client)
        if (at === undefined) continue
        places.delete(client)
        workers[at].send({ give: client })
        return
      }
    }, Number(argument))
    process.on('SIGTERM', () => {
      for (const worker of workers) worker.kill()
      process.exit()
    })
  },
  worker: () => {
    const sockets = new Map()
    process.on('message', ({ take, left, give }, socket) => {
      if (take !== undefined && socket !== undefined) {
        socket.setNoDelay(true)
        sockets.set(take, quiet(socket))
        socket.on('data', (bytes) => socket.write(bytes))
        socket.on('close', () => {
          if (sockets.delete(take)) process.send({ gone: take })
        })
        if (left !== '') socket.write(Buffer.from(left, 'base64'))
        socket.resume()
      }
      const given = sockets.get(give)
      if (given === undefined) return
      sockets.delete(give)
      halt(given)
      given.removeAllListeners('data')
      const bytes = given.read()
      const hand = () => process.send({ client: give, left: bytes?.toString('base64') ?? '' }, given)
      if (given.writableLength === 0) hand()
      else given.write('', hand) // what was written leaves first
    })
    process.on('disconnect', () => process.exit())
  },
  redirect: () => {
    const servers = []
    const clients = []
    for (const at of [0, 1]) {
      const server = createServer({ noDelay: true }, (socket) => {
        const client = { socket, at }
        clients.push(client)
        quiet(socket).on('data', (bytes) => socket.write(bytes))
        socket.on('close', () => clients.splice(clients.indexOf(client), 1))
      })
      servers.push(server)
      server.listen(0, '127.0.0.1', () => at === 0 && console.log(`port ${server.address().port}`))
    }
    setInterval(() => {
      const client = clients[0]
      if (client === undefined) return
      const away = Buffer.alloc(8, 255)
      away.writeUInt32BE(servers[1 - client.at].address().port, 4)
      client.socket.removeAllListeners('data')
      client.socket.end(away)
      moves++
    }, Number(argument))
  },
}
peers[what]()
