#!/usr/bin/env bash
# NATS: the id of a message that was deleted or purged still refuses a new message with that id, and says that it was stored.
#
# Guess: a stream finds duplicates among the messages that it has, so that after a purge or a deletion a message is stored again when it is sent again.
# Seen with nats-server 2.9.10 (Debian 12) and @nats-io/jetstream 3.4.0: within the window the id outlives its message. The publisher gets an
#   acknowledgement with `duplicate: true` and the sequence of a message that is not there any more; nothing is stored, whatever its subject and content.
#   When the server is started anew, the ids of purged messages are forgotten, and the same publish is stored.
# What to do: take `duplicate: true` for "was stored once" and not for "is stored"; after a purge begin with ids that were never used.
set -euo pipefail
dir=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; wait; rm -rf "$dir"' EXIT
cd "$dir"
apt-get download nats-server=2.9.10-1+b3 >/dev/null 2>&1
dpkg -x nats-server_*.deb nats
npm init -y >/dev/null
npm pkg set type=module >/dev/null
npm install --silent --no-audit --no-fund @nats-io/transport-node@3.4.0 @nats-io/jetstream@3.4.0 >/dev/null
port=$(node -e "const s = require('net').createServer().listen(0, '127.0.0.1', () => { console.log(s.address().port); s.close() })")
start() {
  nats/usr/sbin/nats-server -a 127.0.0.1 -p "$port" -js -sd store >server.log 2>&1 &
  server=$!
  for _ in $(seq 100); do grep -q 'Server is ready' server.log && return; sleep 0.1; done
  cat server.log >&2
  exit 1
}
cat >look.mjs <<'JS'
import { connect } from '@nats-io/transport-node'
import { jetstream, jetstreamManager } from '@nats-io/jetstream'
const connection = await connect({ servers: `127.0.0.1:${process.argv[2]}` })
const manager = await jetstreamManager(connection)
const publisher = jetstream(connection)
const put = async (what, subject, id) => {
  const { seq, duplicate } = await publisher.publish(subject, 'x', { msgID: id })
  const { messages } = (await manager.streams.info('s')).state
  console.log(`${what}: acknowledged as ${seq}, duplicate ${duplicate}, messages there: ${messages}`)
}
if (process.argv[3] === 'first') {
  await manager.streams.add({ name: 's', subjects: ['s.*'] })
  await put('first id', 's.a', 'one')
  await manager.streams.deleteMessage('s', 1)
  await put('after its deletion', 's.a', 'one')
  await put('second id', 's.a', 'two')
  await manager.streams.purge('s')
  await put('after a purge', 's.a', 'two')
  await put('on another subject', 's.b', 'two')
} else await put('after a restart', 's.b', 'two')
await connection.close()
JS
start
seen=$(node look.mjs "$port" first)
kill "$server"
wait "$server" || true
rm server.log
start
seen+=$'\n'$(node look.mjs "$port" then)
printf '%s\n' "$seen"
expected='first id: acknowledged as 1, duplicate false, messages there: 1
after its deletion: acknowledged as 1, duplicate true, messages there: 0
second id: acknowledged as 2, duplicate false, messages there: 1
after a purge: acknowledged as 2, duplicate true, messages there: 0
on another subject: acknowledged as 2, duplicate true, messages there: 0
after a restart: acknowledged as 3, duplicate false, messages there: 1'
[ "$seen" = "$expected" ] || { echo 'this has changed' >&2; exit 1; }
