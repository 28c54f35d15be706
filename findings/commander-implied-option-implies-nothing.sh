#!/usr/bin/env bash
# commander: an option that is set because another implies it counts for `conflicts`, but not for its own `implies`.
#
# Guess: `--all` implies `--build`, and `--build` implies `--check`; so `--all` sets all three, since a command that asks for `build` relies on what that brings along.
# Seen with commander 14.0.3: `--all` sets `build` and not `check`; `--build` alone sets both. `--all` beside an option that conflicts with `build` is refused, so the
#   implied value is a value there. Where the options stand does not matter.
# What to do: name everything in the first `implies`, the implied of the implied included.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm pkg set type=module >/dev/null
npm install --silent --no-audit --no-fund commander@14.0.3 >/dev/null
cat >look.mjs <<'JS'
import { Command, Option } from 'commander'
const options = () => [
  new Option('--all').implies({ build: true }),
  new Option('--build').implies({ check: true }),
  new Option('--check'),
  new Option('--dry').conflicts('build'),
]
const look = (all, ...given) => {
  const command = new Command().exitOverride().configureOutput({ writeErr: () => {} })
  for (const option of all) command.addOption(option)
  try {
    console.log(`${given.join(' ')}: ${Object.keys(command.parse(given, { from: 'user' }).opts()).join(' ')}`)
  } catch (error) {
    console.log(`${given.join(' ')}: ${error.code}`)
  }
}
look(options(), '--build')
look(options(), '--all')
look(options().reverse(), '--all')
look(options(), '--all', '--dry')
JS
seen=$(node look.mjs)
printf '%s\n' "$seen"
expected='--build: build check
--all: all build
--all: all build
--all --dry: commander.conflictingOption'
[ "$seen" = "$expected" ] || { echo 'this has changed' >&2; exit 1; }
