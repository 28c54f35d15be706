#!/usr/bin/env bash
# @vscode/debugadapter: a client that leaves `pathFormat` out, which then is `path`, is refused because only paths are supported.
#
# Guess: the Debug Adapter Protocol says of `pathFormat` that its default is `path`, so a session that is told nothing goes on as one that is told `path`,
#   as the library does with `linesStartAt1` and `columnsStartAt1`, which have defaults in the protocol too.
# Seen with @vscode/debugadapter 1.68.0: `initialize` with `{ adapterID }`, all that the protocol wants, is answered with an error that says that the adapter
#   only supports native paths; the session's own `initializeRequest` is never called. Lines and columns may be left out.
# What to do: fill in `pathFormat` before the library sees the request, as `godwit dap` does in `dispatchRequest`.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @vscode/debugadapter@1.68.0 >/dev/null
cat >look.cjs <<'JS'
const { DebugSession } = require('@vscode/debugadapter')
const { version } = require('@vscode/debugadapter/package.json')
const { PassThrough } = require('node:stream')
const [input, output] = [new PassThrough(), new PassThrough()]
class Adapter extends DebugSession {
  initializeRequest (response, args) { response.body = { seen: Object.keys(args) }; this.sendResponse(response) }
}
new Adapter().start(input, output)
const asked = [{ adapterID: 'a' }, { adapterID: 'a', pathFormat: 'path' }]
let said = ''
output.on('data', (bytes) => { said += bytes })
asked.forEach((args, i) => {
  const body = JSON.stringify({ seq: i + 1, type: 'request', command: 'initialize', arguments: args })
  input.write(`Content-Length: ${body.length}\r\n\r\n${body}`)
})
setTimeout(() => {
  console.log('@vscode/debugadapter', version)
  for (const [, body] of said.matchAll(/\r\n\r\n(\{.*?\})(?=Content-Length|$)/gs)) {
    const { request_seq: to, success, message = '' } = JSON.parse(body)
    console.log(JSON.stringify(asked[to - 1]), success, message)
  }
  process.exit(0)
}, 500)
JS
seen=$(node look.cjs)
printf '%s\n' "$seen"
expected='@vscode/debugadapter 1.68.0
{"adapterID":"a"} false debug adapter only supports native paths
{"adapterID":"a","pathFormat":"path"} true '
[ "$seen" = "$expected" ] || { echo 'this has changed'; exit 1; }
