#!/usr/bin/env bash
# uvu: a hook that throws keeps the tests of its suite from counting, and the run still exits with 0.
#
# Guess: a `before` that throws is reported, the tests that it should have prepared count as failed, and the exit status is 1, as with other runners.
# Seen with uvu 0.5.6: nothing of the error is printed. With `before` no test of the suite runs; with `after.each` none runs behind the first, and that one is not counted
#   either. The summary says fewer `Passed` than `Total`, prints no failure, and the status is 0. A test that throws gives 1.
# What to do: compare `Passed` with `Total` in whatever starts the suites, or do in the first test what a hook would do.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm pkg set type=module >/dev/null
npm install --silent --no-audit --no-fund uvu@0.5.6 >/dev/null
begin="import { suite } from 'uvu'
const one = suite('one')
one('a', () => console.log('a runs'))
one('b', () => console.log('b runs'))"
cat >before.mjs <<JS
$begin
one.before(() => { throw new Error('from the hook') })
one.run()
JS
cat >after-each.mjs <<JS
$begin
one.after.each(() => { throw new Error('from the hook') })
one.run()
JS
cat >test.mjs <<JS
$begin
one('c', () => { throw new Error('from the test') })
one.run()
JS
look() {
  local status=0 said
  said=$(NO_COLOR=1 FORCE_COLOR=0 node "$1.mjs" 2>&1) || status=$?
  printf '%s: ran %s, %s of %s passed, told %s, status %s\n' "$1" "$(grep -c ' runs' <<<"$said" || true)" \
    "$(sed -n 's/^ *Passed: *//p' <<<"$said")" "$(sed -n 's/^ *Total: *//p' <<<"$said")" "$(grep -c 'Error\|from the' <<<"$said" || true)" "$status"
}
seen=$(look before; look after-each; look test)
printf '%s\n' "$seen"
expected='before: ran 0, 0 of 2 passed, told 0, status 0
after-each: ran 1, 0 of 2 passed, told 0, status 0
test: ran 2, 2 of 3 passed, told 1, status 1'
[ "$seen" = "$expected" ] || { echo 'this has changed' >&2; exit 1; }
