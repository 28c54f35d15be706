#!/usr/bin/env bash
# ws: a code that the `close` event has given is refused by `close` of another socket.
#
# Guess: a proxy passes on what it was told: `one.on ('close', (code, reason) => other.close (code, reason))`.
# Seen with ws 8.23.0: a socket that its peer closed without a code gives 1005, and one that was cut off gives 1006. Neither may be sent, so `close` throws a
#   TypeError with them, within the handler of the event. Codes that were sent can be passed on.
# What to do: close without a code for 1005, and with 1011 or so (or cut the connection) for 1006 and 1015.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm pkg set type=module >/dev/null
npm install --silent --no-audit --no-fund ws@8.23.0 >/dev/null
cat >look.mjs <<'JS'
import { once } from 'node:events'
import { WebSocket, WebSocketServer } from 'ws'
const ends = {
  'without a code': (socket) => socket.close(),
  'with a code': (socket) => socket.close(4001, 'done'),
  'cut off': (socket) => socket.terminate(),
}
const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
server.on('connection', (socket, { url }) => ends[decodeURI(url.slice(1))]?.(socket))
await once(server, 'listening')
const open = (path) => new WebSocket(`ws://127.0.0.1:${server.address().port}/${encodeURI(path)}`)
for (const path of Object.keys(ends)) {
  const [code, reason] = await once(open(path), 'close')
  const other = open('other')
  await once(other, 'open')
  try {
    other.close(code, reason)
    console.log(`${path}: ${code}, passed on`)
  } catch (error) {
    console.log(`${path}: ${code}, ${error.name}`)
    other.terminate()
  }
}
server.close()
JS
seen=$(node look.mjs)
printf '%s\n' "$seen"
expected='without a code: 1005, TypeError
with a code: 4001, passed on
cut off: 1006, TypeError'
[ "$seen" = "$expected" ] || { echo 'this has changed' >&2; exit 1; }
