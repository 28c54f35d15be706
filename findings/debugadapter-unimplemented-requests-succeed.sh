#!/usr/bin/env bash
# @vscode/debugadapter: what an adapter does not implement has succeeded: `attach`, `setVariable` and `evaluate` of a session without methods.
#
# Guess: a request that a session has no method for is refused, as one is that the library has never heard of, so that an editor does not take a program for
#   attached, or a variable for changed; all the more so where the capability was not announced.
# Seen with @vscode/debugadapter 1.68.0: `attach`, `setVariable`, `evaluate`, `goto` and `restart` of a bare DebugSession are answered with success and no body, and
#   `capabilities` of the same session have `supportsSetVariable` false; only a command outside of the protocol is refused.
# What to do: refuse all commands but those that are implemented before the library sees them, as `godwit dap` does in `dispatchRequest`.
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
new DebugSession().start(input, output)
const asked = [
  ['initialize', { adapterID: 'a', pathFormat: 'path' }],
  ['attach', {}],
  ['setVariable', { variablesReference: 1, name: 'x', value: '1' }],
  ['evaluate', { expression: '1 + 1' }],
  ['goto', { threadId: 1, targetId: 1 }],
  ['restart', {}],
  ['fly', {}]
]
let said = ''
output.on('data', (bytes) => { said += bytes })
asked.forEach(([command, args], i) => {
  const body = JSON.stringify({ seq: i + 1, type: 'request', command, arguments: args })
  input.write(`Content-Length: ${body.length}\r\n\r\n${body}`)
})
setTimeout(() => {
  console.log('@vscode/debugadapter', version)
  for (const [, text] of said.matchAll(/\r\n\r\n(\{.*?\})(?=Content-Length|$)/gs)) {
    const { command, success, body } = JSON.parse(text)
    console.log(command, success, command === 'initialize' ? `supportsSetVariable ${body.supportsSetVariable}` : body === undefined ? 'no body' : body.error.format)
  }
  process.exit(0)
}, 500)
JS
seen=$(node look.cjs)
printf '%s\n' "$seen"
expected='@vscode/debugadapter 1.68.0
initialize true supportsSetVariable false
attach true no body
setVariable true no body
evaluate true no body
goto true no body
restart true no body
fly false unrecognized request'
[ "$seen" = "$expected" ] || { echo 'this has changed'; exit 1; }
