#!/usr/bin/env bash
# ws beside a server of pages: who offers HTTP/2 in clear text does not get the pages any more.
#
# Guess: a client that asks for a page and offers another protocol (`Upgrade: h2c`, as curl --http2 does) gets the page over HTTP/1.1, as RFC 9110, 7.8 has it
#   ("a server MAY ignore" the offer). A WebSocketServer for one path of the same server changes nothing of that.
# Seen with ws 8.23.0 on Node.js 20: without ws the page comes. With ws it is answered with 400, at every path: a server of Node.js that has a listener for `upgrade`
#   gives it all requests with such a header and its own handler none of them, and ws takes each for an attempt at a WebSocket.
# What to do: create the WebSocketServer with `noServer`, listen for `upgrade` oneself, and serve what does not ask for `websocket` as a request like others.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm pkg set type=module >/dev/null
npm install --silent --no-audit --no-fund ws@8.23.0 >/dev/null
cat >look.mjs <<'JS'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { WebSocketServer } from 'ws'
const server = createServer((request, response) => response.end('the page'))
server.listen(0, '127.0.0.1')
await once(server, 'listening')
const ask = async (...headers) => {
  const socket = connect(server.address().port, '127.0.0.1')
  socket.write(['GET /page HTTP/1.1', 'Host: localhost', ...headers, '', ''].join('\r\n'))
  const [answer] = await once(socket, 'data')
  socket.destroy()
  return String(answer).split(' ')[1]
}
const offer = ['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA']
console.log('without ws, no offer:', await ask(), ' an offer:', await ask(...offer))
new WebSocketServer({ server, path: '/feed' })
console.log('with ws, no offer:', await ask(), ' an offer:', await ask(...offer))
server.close()
JS
seen=$(node look.mjs)
printf '%s\n' "$seen"
expected='without ws, no offer: 200  an offer: 200
with ws, no offer: 200  an offer: 400'
[ "$seen" = "$expected" ] || { echo 'this has changed' >&2; exit 1; }
