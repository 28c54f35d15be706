#!/usr/bin/env bash
# lmdb: a callback of `transaction` that throws, or that returns ABORT, has its puts committed all the same.
#
# Guess: where a callback throws, the promise is rejected and nothing of what the callback has put is kept, as in any other store's transaction.
# Seen with lmdb 3.5.6: the promise is rejected, and the puts stay. ABORT keeps them too. The callbacks of many calls share one transaction of the store,
#   and only `childTransaction` and `transactionSync` can take one callback's part of it back.
# What to do: use `childTransaction` (or `transactionSync`) for all that may fail half-way, or compute first and put last.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm pkg set type=module >/dev/null
npm install --silent --no-audit --no-fund lmdb@3.5.6 >/dev/null
cat >look.mjs <<'JS'
import { ABORT, open } from 'lmdb'
const store = open({ path: 'store' })
for (const how of ['transaction', 'childTransaction', 'transactionSync']) {
  try {
    await store[how](() => {
      store.put(`${how} throws`, 'there')
      throw new Error('half-way')
    })
    console.log(`${how}: no error`)
  } catch (error) {
    console.log(`${how}: ${error.message}`)
  }
  await store[how](() => {
    store.put(`${how} aborts`, 'there')
    return ABORT
  })
  await store.flushed
  for (const what of ['throws', 'aborts']) console.log(`${how} ${what}: ${store.get(`${how} ${what}`) ?? 'not there'}`)
}
await store.close()
JS
seen=$(node look.mjs)
printf '%s\n' "$seen"
expected='transaction: half-way
transaction throws: there
transaction aborts: there
childTransaction: half-way
childTransaction throws: not there
childTransaction aborts: not there
transactionSync: half-way
transactionSync throws: not there
transactionSync aborts: not there'
[ "$seen" = "$expected" ] || { echo 'this has changed' >&2; exit 1; }
