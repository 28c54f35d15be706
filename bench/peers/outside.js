/**
 * Peers of the gateway, written with Node's own net and http:
 *
 *     node outside.js echo                a server that gives back what clients send
 *     node outside.js proxy PORT          a TCP proxy to that port
 *     node outside.js hello               a server of HTTP that says hello
 *     node outside.js redirect MS         two servers; every MS milliseconds one client is told to connect to the other one, with four bytes 255 and its port
 *
 * Each prints `port N` when it listens, and `moves N` at its end (SIGTERM).
 */
import { createServer as createHttp } from 'node:http'
import { connect, createServer } from 'node:net'

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
