#!/usr/bin/env bash
# NATS client: a loop over a subscription gets messages after `unsubscribe ()`; a callback gets none.
#
# Guess: both forms of a subscription end alike: after `unsubscribe ()` returned nothing more is delivered, and `drain ()` is there for who wants the rest.
# Seen with nats-server 2.9.10 (Debian 12) and @nats-io/transport-node 3.4.0: a loop that calls `unsubscribe ()` at the first of three messages that have come gets
#   the other two as well. A callback that calls it at the first gets one.
# What to do: leave the loop by `break`.
set -euo pipefail
dir=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; wait; rm -rf "$dir"' EXIT
cd "$dir"
apt-get download nats-server=2.9.10-1+b3 >/dev/null 2>&1
dpkg -x nats-server_*.deb nats
npm init -y >/dev/null
npm pkg set type=module >/dev/null
npm install --silent --no-audit --no-fund @nats-io/transport-node@3.4.0 >/dev/null
port=$(node -e "const s = require('net').createServer().listen(0, '127.0.0.1', () => { console.log(s.address().port); s.close() })")
nats/usr/sbin/nats-server -a 127.0.0.1 -p "$port" >server.log 2>&1 &
server=$!
for _ in $(seq 100); do grep -q 'Server is ready' server.log && break; sleep 0.1; done
cat >look.mjs <<'JS'
import { connect } from '@nats-io/transport-node'
const connection = await connect({ servers: `127.0.0.1:${process.argv[2]}` })
const three = async (subject) => {
  for (let i = 0; i < 3; i++) connection.publish(subject)
  await connection.flush()
}
let got = 0
const looped = connection.subscribe('looped')
await three('looped')
for await (const _ of looped) {
  got++
  if (got === 1) looped.unsubscribe()
}
console.log(`loop: ${got} messages`)
let called = 0
const callback = connection.subscribe('called', {
  callback: () => {
    called++
    callback.unsubscribe()
  },
})
await three('called')
console.log(`callback: ${called} message`)
await connection.close()
JS
seen=$(timeout 30 node look.mjs "$port")
printf '%s\n' "$seen"
expected='loop: 3 messages
callback: 1 message'
[ "$seen" = "$expected" ] || { echo 'this has changed'; exit 1; }
