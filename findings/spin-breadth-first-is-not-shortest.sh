#!/usr/bin/env bash
# SPIN: a breadth-first search does not find the shortest way to an error, unless the reduction is off.
#
# Guess: a verifier that is compiled with -DBFS searches breadth first, so the first error that it comes to is as near to the beginning as any.
# Seen with spin 6.5.2: the partial-order reduction is on by default in a breadth-first search too. Where another process has steps that are safe, each
#   level of the search has only these, so they all come first, though the error has nothing to do with them. An assertion that fails after one step is
#   reported 13 steps deep; with -DNOREDUCE it is 1. (The other process has ten rounds; with more rounds it is as much deeper.)
# What to do: where a counterexample shall be the shortest, search again without the reduction, bounded by the depth of what was found.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
command -v gcc >/dev/null || { echo 'this needs gcc: apt-get install gcc libc6-dev' >&2; exit 69; }
apt-get download spin=6.5.2+dfsg-1 >/dev/null 2>&1
dpkg -x spin_6.5.2*.deb spin
PATH=$dir/spin/usr/bin:$PATH
cat >model.pml <<'PML'
byte seen
active proctype fails () {
  seen = 1;
  assert (seen == 0)
}
active proctype other () {
  byte n;
  do
  :: n < 10 -> n = n + 1
  :: else -> break
  od
}
PML
look() {
  spin -a model.pml
  gcc -O1 -w -DBFS "$@" -o pan pan.c
  printf '%-20s %s\n' "-DBFS $*" "$(./pan | sed -n 's/^pan:1: //p')"
}
seen=$(look; look -DNOREDUCE)
printf '%s\n' "$seen"
expected='-DBFS                assertion violated (seen==0) (at depth 13)
-DBFS -DNOREDUCE     assertion violated (seen==0) (at depth 1)'
[[ $seen == "$expected" ]] || { echo 'this has changed' >&2; exit 1; }
