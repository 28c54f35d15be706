#!/usr/bin/env bash
# NATS: a message that a stream refuses because there is no room uses up a sequence number, so the stream gets gaps that nobody has deleted.
#
# Guess: the numbers of a stream from which nothing was removed follow on each other; what is refused was never in it.
# Seen with nats-server 2.9.10 (Debian 12) and @nats-io/jetstream 3.4.0: the publisher gets an error (10002, resource limits exceeded for account), and the
#   last number of the stream grows all the same. The refused numbers count as deleted messages. When there is room again, the next message stands behind the gap.
# What to do: do not take a missing number for one that was removed. Ask whether something was removed that had been stored.
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
cat >server.conf <<CONF
listen: 127.0.0.1:$port
jetstream { store_dir: store }
accounts { A { jetstream { max_store: 4000 }, users [{ user: u, password: p }] } }
CONF
nats/usr/sbin/nats-server -c server.conf >server.log 2>&1 &
server=$!
for _ in $(seq 100); do grep -q 'Server is ready' server.log && break; sleep 0.1; done
cat >look.mjs <<'JS'
import { connect } from '@nats-io/transport-node'
import { jetstream, jetstreamManager } from '@nats-io/jetstream'
const connection = await connect({ servers: `127.0.0.1:${process.argv[2]}`, user: 'u', pass: 'p' })
const manager = await jetstreamManager(connection)
const publisher = jetstream(connection)
await manager.streams.add({ name: 's', subjects: ['s'] })
await manager.streams.add({ name: 'filler', subjects: ['filler'] })
const put = async (what, subject, size) => {
  const outcome = await publisher.publish(subject, 'x'.repeat(size)).then(
    ({ seq }) => `stored as ${seq}`,
    () => 'refused',
  )
  const { messages, last_seq, num_deleted = 0 } = (await manager.streams.info('s')).state
  console.log(`${what}: ${outcome}; messages ${messages}, last number ${last_seq}, deleted ${num_deleted}`)
}
await put('with room', 's', 100)
await publisher.publish('filler', 'x'.repeat(3500))
await put('without room', 's', 1000)
await put('without room', 's', 1000)
await manager.streams.delete('filler')
await put('with room again', 's', 100)
await connection.close()
JS
seen=$(node look.mjs "$port")
printf '%s\n' "$seen"
expected='with room: stored as 1; messages 1, last number 1, deleted 0
without room: refused; messages 1, last number 2, deleted 1
without room: refused; messages 1, last number 3, deleted 2
with room again: stored as 4; messages 2, last number 4, deleted 2'
[ "$seen" = "$expected" ] || { echo 'this has changed' >&2; exit 1; }
