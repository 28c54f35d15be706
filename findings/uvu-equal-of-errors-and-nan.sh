#!/usr/bin/env bash
# uvu: `assert.equal` takes any two errors for equal, and two typed arrays with NaN at the same place for unequal.
#
# Guess: equality in depth compares what a value consists of: the message of an error, the number in a boxed number, and NaN with NaN as in a plain
#   array (where it holds).
# Seen with uvu 0.5.6: new Error('a') and new Error('b') are equal, and so are boxed numbers and promises of different values, since only their
#   enumerable properties count. [NaN] equals [NaN], but new Float64Array([NaN]) does not equal its own copy: elements of typed arrays are compared
#   by ===. So 0 equals -0 in both.
# What to do: compare `error.message` and its class, and compare typed arrays of reals by their bits or by `Object.is` for each element.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm pkg set type=module >/dev/null
npm install --silent --no-audit --no-fund uvu@0.5.6 >/dev/null
cat >look.mjs <<'JS'
import { equal } from 'uvu/assert'
const say = (what, a, b) => {
  let held = 'equal'
  try {
    equal(a, b)
  } catch {
    held = 'unequal'
  }
  console.log(`${what}: ${held}`)
}
say('errors with different messages', new Error('a'), new Error('b'))
say('different boxed numbers', new Number(1), new Number(2))
say('promises of different values', Promise.resolve(1), Promise.resolve(2))
say('arrays of NaN', [NaN], [NaN])
say('typed arrays of NaN', new Float64Array([NaN]), new Float64Array([NaN]))
say('typed arrays of 0 and -0', new Float64Array([0]), new Float64Array([-0]))
JS
seen=$(node look.mjs)
printf '%s\n' "$seen"
expected='errors with different messages: equal
different boxed numbers: equal
promises of different values: equal
arrays of NaN: equal
typed arrays of NaN: unequal
typed arrays of 0 and -0: equal'
[ "$seen" = "$expected" ] || { echo 'this has changed'; exit 1; }
