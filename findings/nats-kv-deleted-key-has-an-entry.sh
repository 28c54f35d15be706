#!/usr/bin/env bash
# NATS KV: `get` of a key that was deleted gives an entry with an empty value, and the bucket counts it among its values.
#
# Guess: a key that was deleted or purged is as one that never was: `get` gives null, and `status ().values` falls.
# Seen with nats-server 2.9.10 (Debian 12) and @nats-io/kv 3.4.0: `get` gives null only for a key that never was. For the others it gives an entry whose
#   `operation` is DEL or PURGE and whose text is ''. `values` counts the markers and the former values, so it grows with each deletion. `keys` leaves them out.
# What to do: look at `operation` before the value, and count keys by `keys`.
set -euo pipefail
dir=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; wait; rm -rf "$dir"' EXIT
cd "$dir"
apt-get download nats-server=2.9.10-1+b3 >/dev/null 2>&1
dpkg -x nats-server_*.deb nats
npm init -y >/dev/null
npm pkg set type=module >/dev/null
npm install --silent --no-audit --no-fund @nats-io/transport-node@3.4.0 @nats-io/kv@3.4.0 >/dev/null
port=$(node -e "const s = require('net').createServer().listen(0, '127.0.0.1', () => { console.log(s.address().port); s.close() })")
nats/usr/sbin/nats-server -a 127.0.0.1 -p "$port" -js -sd store >server.log 2>&1 &
server=$!
for _ in $(seq 100); do grep -q 'Server is ready' server.log && break; sleep 0.1; done
cat >look.mjs <<'JS'
import { connect } from '@nats-io/transport-node'
import { Kvm } from '@nats-io/kv'
const connection = await connect({ servers: `127.0.0.1:${process.argv[2]}` })
const bucket = await new Kvm(connection).create('b', { history: 2 })
const look = async (what, key) => {
  const entry = await bucket.get(key)
  const keys = []
  for await (const each of await bucket.keys()) keys.push(each)
  const { values } = await bucket.status()
  console.log(`${what}: ${entry === null ? 'null' : `${entry.operation} ${JSON.stringify(entry.string())}`}; values ${values}, keys ${keys.length}`)
}
await look('never there', 'never')
await bucket.put('a', 'x')
await look('put', 'a')
await bucket.delete('a')
await look('deleted', 'a')
await bucket.put('b', 'y')
await bucket.purge('b')
await look('purged', 'b')
await connection.close()
JS
seen=$(node look.mjs "$port")
printf '%s\n' "$seen"
expected='never there: null; values 0, keys 0
put: PUT "x"; values 1, keys 1
deleted: DEL ""; values 2, keys 0
purged: PURGE ""; values 3, keys 0'
[ "$seen" = "$expected" ] || { echo 'this has changed' >&2; exit 1; }
