#!/usr/bin/env bash
# prettier: a range is formatted in JavaScript, JSON and a few other languages; for the rest, and for languages of plugins, nothing is formatted and nothing is said.
#
# Guess: `rangeStart` and `rangeEnd` limit what is formatted in each language, or are refused where they cannot be heeded.
# Seen with prettier 3.10.1: of JavaScript the second of three lines is formatted as asked. CSS, Markdown and YAML come back as they were, even where the range is the
#   whole text but its last character, and `--check` with such a range accepts a file that it rejects without.
# What to do: an editor's "format selection" needs the whole text formatted and the difference cut to the lines that were chosen.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm pkg set type=module >/dev/null
npm install --silent --no-audit --no-fund prettier@3.10.1 >/dev/null
cat >look.mjs <<'JS'
import * as prettier from 'prettier'
const look = async (parser, text, range) => {
  const formatted = await prettier.format(text, { parser, ...range })
  console.log(`${parser}, ${range === undefined ? 'whole' : 'range'}: ${formatted === text ? 'as it was' : 'changed'}`)
}
const second = { rangeStart: 7, rangeEnd: 13 }
await look('babel', 'a(  1)\nb(  2)\nc(  3)\n', second)
const most = (text) => ({ rangeStart: 0, rangeEnd: text.length - 1 })
for (const [parser, text] of [
  ['css', 'a{color:red}\nb{color:blue}\nc{color:green}\n'],
  ['markdown', '*  a\n*  b\n*  c\n'],
  ['yaml', 'a:   1\nb:   2\nc:   3\n'],
]) {
  await look(parser, text)
  await look(parser, text, most(text))
}
JS
printf 'a{color:red}\n' >a.css
check() { npx --no-install prettier --check "$@" a.css >/dev/null 2>&1 && echo accepts || echo rejects; }
seen=$(node look.mjs; echo "--check $(check), with a range $(check --range-end 12)")
printf '%s\n' "$seen"
expected='babel, range: changed
css, whole: changed
css, range: as it was
markdown, whole: changed
markdown, range: as it was
yaml, whole: changed
yaml, range: as it was
--check rejects, with a range accepts'
[ "$seen" = "$expected" ] || { echo 'this has changed' >&2; exit 1; }
