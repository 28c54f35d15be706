#!/usr/bin/env bash
# vscode-jsonrpc: a request whose token is cancelled already is sent, and its cancellation comes later than that of a request cancelled behind its sending.
#
# Guess: the request is not sent, or its handler finds the token cancelled, as it does when the token is cancelled right behind the sending.
# Seen with vscode-jsonrpc 10.0.0: the request is sent, and `$/cancelRequest` follows only at a timer's turn. A handler that answers at once finds its token not
#   cancelled, and the client gets the result. A source that is cancelled before its token was ever asked for throws a TypeError when it is cancelled once more; one
#   whose token was asked for does not.
# What to do: look at `token.isCancellationRequested` before each request that is one of several, and ask a source for its token before it may be cancelled.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm pkg set type=module >/dev/null
npm install --silent --no-audit --no-fund vscode-jsonrpc@10.0.0 >/dev/null
cat >look.mjs <<'JS'
import { PassThrough } from 'node:stream'
import rpc from 'vscode-jsonrpc/node'
const up = new PassThrough()
const down = new PassThrough()
const sent = []
up.on('data', (data) => sent.push(...(String(data).match(/"method":"[^"]*"/g) ?? [])))
const connection = (from, to) => rpc.createMessageConnection(new rpc.StreamMessageReader(from), new rpc.StreamMessageWriter(to))
const server = connection(up, down)
const client = connection(down, up)
let cancelled
server.onRequest('work', (_, token) => {
  cancelled = token.isCancellationRequested
  return 'done'
})
server.listen()
client.listen()
const look = async (what, cancelFirst) => {
  sent.length = 0
  const source = new rpc.CancellationTokenSource()
  if (cancelFirst) source.cancel()
  const answer = client.sendRequest('work', {}, source.token)
  if (!cancelFirst) source.cancel()
  const result = await answer.catch((error) => error.message)
  console.log(`${what}: sent ${sent.join(', ')}; handler's token cancelled: ${cancelled}; client got ${result}`)
}
await look('cancelled before', true)
await look('cancelled behind', false)
const again = (what, source) => {
  source.cancel()
  try {
    source.cancel()
    console.log(`${what}, cancelled twice: nothing happens`)
  } catch (error) {
    console.log(`${what}, cancelled twice: ${error.name}`)
  }
}
again('token not asked for', new rpc.CancellationTokenSource())
const asked = new rpc.CancellationTokenSource()
void asked.token
again('token asked for', asked)
process.exit()
JS
seen=$(node look.mjs)
printf '%s\n' "$seen"
expected="cancelled before: sent \"method\":\"work\", \"method\":\"\$/cancelRequest\"; handler's token cancelled: false; client got done
cancelled behind: sent \"method\":\"work\", \"method\":\"\$/cancelRequest\"; handler's token cancelled: true; client got done
token not asked for, cancelled twice: TypeError
token asked for, cancelled twice: nothing happens"
[ "$seen" = "$expected" ] || { echo 'this has changed'; exit 1; }
