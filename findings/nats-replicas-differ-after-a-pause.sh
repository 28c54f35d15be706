#!/usr/bin/env bash
# NATS: after servers of a cluster have stood still for eight seconds in turn, the replicas of a stream keep different messages under one number.
#
# Guess: a stream with three replicas is one log, kept by Raft. A server that stood still and goes on catches up, and direct reads of a number give one message, whoever answers.
# Seen with nats-server 2.9.10 (Debian 12) and @nats-io/jetstream 3.4.0: while four publishers with 16 messages on the way each go on, the leader of the stream gets SIGSTOP and
#   eight seconds later SIGCONT, three times. Afterwards the servers call all replicas current. Yet for some numbers direct reads give two different messages, by turns and without end.
#   The server that stood still has what was published around its stop or its return in another order. Not every round shows it; up to six are made.
# What to do: read what members must agree on by STREAM.MSG.GET, which the leader answers, and not by DIRECT.GET; compare digests; purge what a snapshot holds, on all replicas.
set -euo pipefail
dir=$(mktemp -d)
servers=()
trap 'kill -CONT "${servers[@]}" 2>/dev/null || true; kill -9 "${servers[@]}" 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$dir"' EXIT
cd "$dir"
apt-get download nats-server=2.9.10-1+b3 >/dev/null 2>&1
dpkg -x nats-server_*.deb nats
npm init -y >/dev/null
npm pkg set type=module >/dev/null
npm install --silent --no-audit --no-fund @nats-io/transport-node@3.4.0 @nats-io/jetstream@3.4.0 >/dev/null
read -r -a ports < <(node -e "
const { createServer } = require('net')
const all = Array.from({ length: 6 }, () => createServer().listen(0, '127.0.0.1'))
setTimeout(() => { console.log(all.map((s) => s.address().port).join(' ')); all.forEach((s) => s.close()) }, 100)")
for i in 0 1 2; do
  cat >"s$i.conf" <<CONF
server_name: s$i
listen: 127.0.0.1:${ports[$i]}
jetstream { store_dir: store$i }
cluster { name: c, listen: 127.0.0.1:${ports[$((i + 3))]}, routes: [nats://127.0.0.1:${ports[3]}, nats://127.0.0.1:${ports[4]}, nats://127.0.0.1:${ports[5]}] }
CONF
  nats/usr/sbin/nats-server -c "s$i.conf" >"s$i.log" 2>&1 &
  servers+=($!)
done
cat >look.mjs <<'JS'
import { connect } from '@nats-io/transport-node'
import { jetstream, jetstreamManager } from '@nats-io/jetstream'
const ports = process.argv[2].split(',')
const pids = process.argv[3].split(',').map(Number)
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
const servers = ports.map((port) => `127.0.0.1:${port}`)
const open = () => connect({ servers, pingInterval: 1000, reconnectTimeWait: 100, maxReconnectAttempts: -1 })
const until = async (what) => {
  for (;;) {
    const found = await what().catch(() => undefined)
    if (found !== undefined && found !== false) return found
    await sleep(200)
  }
}
const connection = await open()
const request = (subject, content) => connection.request(subject, JSON.stringify(content), { timeout: 2000 }).catch(() => undefined)
const manager = await until(() => jetstreamManager(connection, { timeout: 2000 }))
await until(() => manager.streams.add({ name: 's', subjects: ['s'], num_replicas: 3, allow_direct: true }))
const info = () => until(() => manager.streams.info('s'))
const leader = () => until(async () => (await manager.streams.info('s')).cluster.leader)

/** Four connections publish, with 16 messages on the way each, while the leader stands still for eight seconds three times. */
async function round() {
  let isEnded = false
  let acknowledged = 0
  const publish = async (js, name) => {
    for (let n = 0; !isEnded; n++) {
      await js.publish('s', `${name}.${n}`).then(
        () => acknowledged++,
        () => sleep(100),
      )
      await sleep(5)
    }
  }
  const connections = await Promise.all([open(), open(), open(), open()])
  const publishers = connections.flatMap((each, p) =>
    Array.from({ length: 16 }, (_, k) => publish(jetstream(each, { timeout: 1500 }), `${p}.${k}`)),
  )
  for (let i = 0; i < 3; i++) {
    await sleep(2000)
    const pid = pids[Number((await leader()).slice(1))]
    process.kill(pid, 'SIGSTOP')
    await sleep(8000)
    process.kill(pid, 'SIGCONT')
  }
  await sleep(4000)
  isEnded = true
  await Promise.all(publishers)
  for (const each of connections) await each.close()
  return acknowledged
}

/** The numbers, from `first` on, under which eight direct reads have found different messages. */
async function differing(first, last) {
  const found = []
  for (let at = first; at <= last; at += 200)
    await Promise.all(
      Array.from({ length: Math.min(200, last - at + 1) }, async (_, i) => {
        const texts = new Set()
        for (let k = 0; k < 8; k++) {
          const reply = await request('$JS.API.DIRECT.GET.s', { seq: at + i })
          if (reply?.headers?.get('Nats-Sequence') === String(at + i)) texts.add(reply.string())
        }
        if (texts.size > 1) found.push(at + i)
      }),
    )
  return found.sort((a, b) => a - b)
}

let looked = 0
for (let k = 1; k <= 6; k++) {
  const acknowledged = await round()
  const { state } = await info()
  const found = await differing(looked + 1, state.last_seq)
  looked = state.last_seq
  console.error(`round ${k}: ${acknowledged} acknowledged, ${found.length} numbers with two messages`)
  if (found.length === 0) continue
  const [direct, led] = [new Set(), new Set()]
  for (let i = 0; i < 100; i++) {
    direct.add((await request('$JS.API.DIRECT.GET.s', { seq: found[0] }))?.string())
    led.add((await request('$JS.API.STREAM.MSG.GET.s', { seq: found[0] }))?.string())
  }
  const areCurrent = (await info()).cluster.replicas.every(({ current }) => current)
  console.log(`direct reads of one number: ${direct.size} messages; reads from the leader: ${led.size}; all replicas current: ${areCurrent}`)
  break
}
process.exit()
JS
IFS=,
seen=$(node look.mjs "${ports[*]:0:3}" "${servers[*]}")
unset IFS
printf '%s\n' "$seen"
expected='direct reads of one number: 2 messages; reads from the leader: 1; all replicas current: true'
[ "$seen" = "$expected" ] || { echo 'this has changed' >&2; exit 1; }
