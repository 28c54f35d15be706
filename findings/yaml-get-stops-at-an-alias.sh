#!/usr/bin/env bash
# yaml: `getIn` and `hasIn` of a document find nothing behind an alias or a merge key, though `toJS` of the same document shows it.
#
# Guess: a path that is there in `doc.toJS ()` is there for `doc.getIn` too; only writing behind an alias is special.
# Seen with yaml 2.9.1 and `merge: true`: `toJS` has alias.host and merged.host, while `getIn` gives undefined and `hasIn` false for both, without an error. Keys
#   that stand in the map itself are found. The words beside `getIn` say that it gives undefined for what is not found, and nothing of aliases.
# What to do: read values from `toJS ()`; keep the document for what is to be written back. A look whether a setting is there has to follow `Alias.resolve` itself.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm pkg set type=module >/dev/null
npm install --silent --no-audit --no-fund yaml@2.9.1 >/dev/null
cat >look.mjs <<'JS'
import { parseDocument } from 'yaml'
const text = `base: &base
  host: a
alias: *base
merged:
  <<: *base
  port: 1
`
const document = parseDocument(text, { merge: true })
const values = document.toJS()
for (const path of ['base.host', 'alias.host', 'merged.host', 'merged.port']) {
  const keys = path.split('.')
  const value = keys.reduce((of, key) => of[key], values)
  console.log(`${path}: toJS ${value}, getIn ${document.getIn(keys)}, hasIn ${document.hasIn(keys)}`)
}
JS
seen=$(node look.mjs)
printf '%s\n' "$seen"
expected='base.host: toJS a, getIn a, hasIn true
alias.host: toJS a, getIn undefined, hasIn false
merged.host: toJS a, getIn undefined, hasIn false
merged.port: toJS 1, getIn 1, hasIn true'
[ "$seen" = "$expected" ] || { echo 'this has changed' >&2; exit 1; }
