#!/usr/bin/env bash
# lmdb: a typed array of numbers that is stored as a value comes back as bytes that do not hold the numbers.
#
# Guess: a Float32Array of two numbers comes back as one, or as the eight bytes that it consists of; or `put` refuses it.
# Seen with lmdb 3.5.6, whose encoder is msgpackr 1.12.1: it comes back as a Buffer of the right length. Its first bytes are the elements, each cut to a
#   whole number and to a byte, and the bytes behind them are not those of the array. The bytes of the same memory as a Uint8Array come back whole. With
#   `encoder: { structuredClone: true }` the array comes back as it was. msgpackr 2.1.4 by itself gives the eight bytes.
# What to do: store a view of bytes, `new Uint8Array(a.buffer, a.byteOffset, a.byteLength)`, or open the database with structured cloning.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm pkg set type=module >/dev/null
npm install --silent --no-audit --no-fund lmdb@3.5.6 msgpackr@1.12.1 new@npm:msgpackr@2.1.4 >/dev/null
cat >look.mjs <<'JS'
import { open } from 'lmdb'
import { pack, unpack } from 'new'
const numbers = new Float32Array([1.5, 300])
const bytes = new Uint8Array(numbers.buffer)
const say = (what, value) => console.log(`${what}: ${value.constructor.name} of ${value.length}, begins with ${[...value.slice(0, 2)].join(' ')}`)
const plain = open({ path: 'plain.mdb' })
await plain.put('numbers', numbers)
await plain.put('bytes', bytes)
say('the numbers', plain.get('numbers'))
say('their bytes', plain.get('bytes'))
console.log(`their bytes are the same: ${Buffer.from(bytes).equals(plain.get('bytes'))}; those of the numbers: ${Buffer.from(bytes).equals(plain.get('numbers'))}`)
const cloning = open({ path: 'cloning.mdb', encoder: { structuredClone: true } })
await cloning.put('numbers', numbers)
say('with structured cloning', cloning.get('numbers'))
console.log(`msgpackr 2 keeps the bytes: ${Buffer.from(bytes).equals(unpack(pack(numbers)))}`)
JS
seen=$(node look.mjs)
printf '%s\n' "$seen"
expected='the numbers: Buffer of 8, begins with 1 44
their bytes: Buffer of 8, begins with 0 0
their bytes are the same: true; those of the numbers: false
with structured cloning: Float32Array of 2, begins with 1.5 300
msgpackr 2 keeps the bytes: true'
[ "$seen" = "$expected" ] || { echo 'this has changed'; exit 1; }
