#!/usr/bin/env bash
# fast-check: the counterexample that is told is what the property has made of its argument, not what it was given.
#
# Guess: a property gets a copy, or the report shows the value as it was generated, so that the counterexample can be tried again by hand.
# Seen with fast-check 4.11.0: a property that empties the array that it is given, and then fails, is told to fail for [], which an arbitrary of at least three
#   elements cannot make. Nothing is shrunk. The seed and the path of the report do bring the generated value back.
# What to do: let a property begin with a copy of what it changes, and repeat a failure by seed and path rather than by the value that is shown.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm pkg set type=module >/dev/null
npm install --silent --no-audit --no-fund fast-check@4.11.0 >/dev/null
cat >look.mjs <<'JS'
import fc from 'fast-check'
const three = fc.array(fc.integer(), { minLength: 3 })
const say = (what, { counterexample, numShrinks }) => console.log(`${what}: ${JSON.stringify(counterexample)} after ${numShrinks === 0 ? 'no' : 'some'} shrinking`)
const kept = fc.check(fc.property(three, () => false), { seed: 1 })
say('leaves its argument alone', kept)
const emptied = fc.check(
  fc.property(three, (values) => {
    values.length = 0
    return false
  }),
  { seed: 1 },
)
say('empties its argument', emptied)
const lengths = []
fc.check(
  fc.property(three, (values) => {
    lengths.push(values.length)
    return false
  }),
  { seed: emptied.seed, path: emptied.counterexamplePath, endOnFailure: true },
)
console.log(`by seed and path: at least three elements: ${lengths[0] >= 3}`)
JS
seen=$(node look.mjs)
printf '%s\n' "$seen"
expected='leaves its argument alone: [[0,0,0]] after some shrinking
empties its argument: [[]] after no shrinking
by seed and path: at least three elements: true'
[ "$seen" = "$expected" ] || { echo 'this has changed'; exit 1; }
