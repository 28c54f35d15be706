#!/usr/bin/env bash
# SPIN: the simulation calls a value that does not fit its variable an error; the verifier cuts it and reports no errors.
#
# Guess: what the simulation prints as `Error` is one for the verifier too, since it looks at all runs.
# Seen with spin 6.5.2: `x = x + 10` of a byte that has 250, and 300 sent over a channel of bytes. The simulation says `Error: value (260->4 (8)) truncated in
#   assignment`, goes on, and exits with 1. The verifier says `errors: 0` of the same model, goes on with the value that was cut, and prints no warning.
# What to do: assert before each assignment that a value fits, or use `int` and assert the range; a model that was verified may have other numbers than its program.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
command -v gcc >/dev/null || { echo 'this needs gcc: apt-get install gcc libc6-dev' >&2; exit 69; }
apt-get download spin=6.5.2+dfsg-1 >/dev/null 2>&1
dpkg -x spin_6.5.2*.deb spin
PATH=$dir/spin/usr/bin:$PATH
printf 'active proctype p () { byte x = 250; x = x + 10; assert (x == 4) }\n' >assigned.pml
printf 'chan c = [1] of { byte }\nactive proctype p () { int x; c ! 300; c ? x; assert (x == 44) }\n' >sent.pml
look() {
  local model status
  for model in assigned sent; do
    spin "$model.pml" >simulated 2>&1 && status=0 || status=$?
    echo "$model: the simulation exits with $status"
    sed -n 's/.*\(Error: .*\)/  \1/p' simulated
    spin -a "$model.pml"
    gcc -O1 -w -o pan pan.c
    ./pan >verified 2>&1
    echo "  verifier: errors $(sed -n 's/.*errors: \([0-9]*\).*/\1/p' verified), lines about it: $(grep -ci 'truncat\|value (' verified || true)"
  done
}
seen=$(look)
printf '%s\n' "$seen"
expected='assigned: the simulation exits with 1
  Error: value (260->4 (8)) truncated in assignment
  verifier: errors 0, lines about it: 0
sent: the simulation exits with 1
  Error: value (300->44 (8)) truncated in assignment
  verifier: errors 0, lines about it: 0'
[[ $seen == "$expected" ]] || { echo 'this has changed' >&2; exit 1; }
