#!/usr/bin/env bash
# js-csp: closing a channel drops what senders are waiting to hand over, though its model, core.async, still delivers it.
#
# Guess: a put that waits when the channel is closed is still taken, as in core.async, of which js-csp is a port; only
#   puts that come after the close give false.
# Seen with js-csp 1.0.1: the waiting put gives false and the take gives null (closed). With a buffer of one, the first value comes, and the second, which waited, does not.
# What to do: close only after the last put has given true, and look at what each put gives.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm pkg set type=module >/dev/null
npm install --silent --no-audit --no-fund js-csp@1.0.1 >/dev/null
cat >look.mjs <<'JS'
import csp from 'js-csp'
const turn = () => new Promise(resolve => setTimeout(resolve, 50))
const look = async (what, channel) => {
  const puts = []
  const takes = []
  csp.go(function* () {
    for (const value of ['one', 'two']) puts.push(yield csp.put(channel, value))
  })
  await turn()
  channel.close()
  await turn()
  csp.go(function* () {
    for (let i = 0; i < 2; i++) takes.push(yield csp.take(channel))
  })
  await turn()
  console.log(`${what}: puts ${puts.join(' ')}, takes ${takes.map(String).join(' ')}`)
}
await look('without a buffer', csp.chan())
await look('buffer of one', csp.chan(1))
JS
seen=$(node look.mjs)
printf '%s\n' "$seen"
expected='without a buffer: puts false false, takes null null
buffer of one: puts true false, takes one null'
[ "$seen" = "$expected" ] || { echo 'this has changed' >&2; exit 1; }
