#!/usr/bin/env bash
# lmdb: a key that is an array of one element comes back without its array, and is, or is not, the key of the element alone.
#
# Guess: ['a'] and 'a' are two keys, as [1] and 1 are, and a range gives each key as it was put, so that `get` finds what the range has shown.
# Seen with lmdb 3.5.6: ['a'] and 'a' are one key: the second put replaces the first. [1] and 1 are two keys, but a range shows both as 1, and `get` of what
#   it has shown for [1] gives the value of 1.
# What to do: give all keys of a store the same number of elements, two at least.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm pkg set type=module >/dev/null
npm install --silent --no-audit --no-fund lmdb@3.5.6 >/dev/null
cat >look.mjs <<'JS'
import { open } from 'lmdb'
const store = open({ path: 'store' })
await store.put(['a'], 'array of a')
await store.put('a', 'a alone')
await store.put([1], 'array of 1')
await store.put(1, '1 alone')
await store.put(['a', 1], 'two elements')
for (const { key, value } of store.getRange()) console.log(`${JSON.stringify(key)}: ${value}; get gives: ${store.get(key)}`)
await store.close()
JS
seen=$(node look.mjs)
printf '%s\n' "$seen"
expected='1: 1 alone; get gives: 1 alone
1: array of 1; get gives: 1 alone
"a": a alone; get gives: a alone
["a",1]: two elements; get gives: two elements'
[ "$seen" = "$expected" ] || { echo 'this has changed' >&2; exit 1; }
