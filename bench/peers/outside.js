/**
 * Peers of the gateway, written with Node's own net and http:
 *
 *     node outside.js echo                a server that gives back what clients send
 *     node outside.js proxy PORT          a TCP proxy to that port
 *     node outside.js hello               a server of HTTP that says hello
 *     node outside.js handles MS          two servers in OS processes of their own; every MS milliseconds one client's socket is handed from one to the other
 *     node outside.js redirect MS         two servers; every MS milliseconds one client is told to connect to the other one, with four bytes 255 and its port
 *
 * Each prints `port N` when it listens, and `moves N` at its end (SIGTERM).
 */
import { fork } from 'node:child_process'
import { createServer as createHttp } from 'node:http'
import { connect, createServer } from 'node:net'
import { fileURLToPath } from 'node:url'

const [what, argument] = process.argv.slice(2)
const listen = (server) => server.listen(0, '127.0.0.1', () => console.log(`port ${server.address().port}`))
const quiet = (socket) => socket.on('error', () => undefined)
let moves = 0
process.on('SIGTERM', () => {
  console.log(`moves ${moves}`)
  process.exit()
})

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
    const places = new Map() // number of a client -> which worker has it
    workers.forEach((worker, at) =>
      worker.on('message', ({ give }, socket) => {
        if (socket === undefined) return
        places.set(give, 1 - at)
        moves++
        workers[1 - at].send({ take: give }, socket)
      }),
    )
    let last = 0
    listen(
      createServer({ noDelay: true, pauseOnConnect: true }, (socket) => {
        places.set(++last, 0)
        workers[0].send({ take: last }, socket)
      }),
    )
    let next = 0
    setInterval(() => {
      if (last > 0) {
        const client = (next++ % last) + 1
        workers[places.get(client)].send({ give: client })
      }
    }, Number(argument))
    process.on('exit', () => workers.forEach((worker) => worker.kill()))
  },
  worker: () => {
    const sockets = new Map()
    process.on('message', ({ take, give }, socket) => {
      if (take !== undefined && socket !== undefined) {
        sockets.set(take, quiet(socket))
        socket.on('data', (bytes) => socket.write(bytes))
        socket.resume()
      }
      const given = sockets.get(give)
      if (given === undefined) return
      sockets.delete(give)
      given.removeAllListeners('data')
      given.pause()
      setImmediate(() => {
        const left = given.read() // what Node.js has read does not go along with the handle
        given.write(left ?? '', () => process.send({ give }, given))
      })
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
