#!/usr/bin/env bash
# SPIN: a verifier that has found an error exits with 0, as one that has found none does.
#
# Guess: `pan` and `spin -run` exit with another status when an assertion fails or a deadlock is found, as the simulation (`spin FILE`) does.
# Seen with spin 6.5.2: only the simulation of the failed assertion exits with 1. The verifier, `spin -run` and the replay of the trail (`spin -t`) exit
#   with 0 in all cases, and so does the simulation of a deadlock.
# What to do: read the line `errors: N` of the output, and take an output without it for a failure.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
command -v gcc >/dev/null || { echo 'this needs gcc: apt-get install gcc libc6-dev' >&2; exit 69; }
apt-get download spin=6.5.2+dfsg-1 >/dev/null 2>&1
dpkg -x spin_6.5.2*.deb spin
PATH=$dir/spin/usr/bin:$PATH
printf 'active proctype p () { byte x; x = 1; assert (x == 1) }\n' >right.pml
printf 'active proctype p () { byte x; x = 1; assert (x == 0) }\n' >assertion.pml
printf 'chan c = [0] of { byte }\nactive proctype p () { c ! 1 }\n' >deadlock.pml
status() {
  "$@" >output 2>&1 && echo 0 || echo $?
}
look() {
  local model simulated verified errors run replayed
  for model in right assertion deadlock; do
    simulated=$(status spin "$model.pml")
    spin -a "$model.pml"
    gcc -O1 -w -o pan pan.c
    verified=$(status ./pan)
    errors=$(sed -n 's/.*errors: \([0-9]*\).*/\1/p' output)
    replayed=none
    if [ -f "$model.pml.trail" ]; then replayed=$(status spin -t "$model.pml"); fi
    run=$(status spin -run "$model.pml")
    printf '%s: errors %s, pan %s, spin -run %s, spin -t %s, spin %s\n' "$model" "$errors" "$verified" "$run" "$replayed" "$simulated"
  done
}
seen=$(look)
printf '%s\n' "$seen"
expected='right: errors 0, pan 0, spin -run 0, spin -t none, spin 0
assertion: errors 1, pan 0, spin -run 0, spin -t 0, spin 1
deadlock: errors 1, pan 0, spin -run 0, spin -t 0, spin 0'
[[ $seen == "$expected" ]] || { echo 'this has changed' >&2; exit 1; }
