#!/usr/bin/env bash
# source-map: for a line of the source that has no mapping, one search gives a line before it, the other a line after it, and the third nothing.
#
# Guess: what is asked for a line of the source that made no code (a comment, a blank line) gives nothing, in both searches from source to generated
#   code, as the search from generated code to source gives nothing for a line without a mapping.
# Seen with source-map 0.8.0, mappings for lines 1 and 5: for line 3 `generatedPositionFor` gives what line 1 has made, at any column, and
#   `allGeneratedPositionsFor` what line 5 has made. For line 7 the first gives what line 5 has made, and the second nothing.
# What to do: ask `originalPositionFor` what the answer was made from, and take it only if that is the line that was asked for.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm pkg set type=module >/dev/null
npm install --silent --no-audit --no-fund source-map@0.8.0 >/dev/null
cat >look.mjs <<'JS'
import { SourceMapConsumer, SourceMapGenerator } from 'source-map'
const made = new SourceMapGenerator({ file: 'out.js' })
made.addMapping({ source: 'in.csp', original: { line: 1, column: 0 }, generated: { line: 10, column: 0 } })
made.addMapping({ source: 'in.csp', original: { line: 5, column: 2 }, generated: { line: 50, column: 4 } })
const map = await new SourceMapConsumer(made.toString())
for (const line of [1, 3, 5, 7]) {
  const one = map.generatedPositionFor({ source: 'in.csp', line, column: 2 }).line ?? 'nothing'
  const all = map.allGeneratedPositionsFor({ source: 'in.csp', line }).map((at) => at.line)
  console.log(`line ${line}: generatedPositionFor gives ${one}, allGeneratedPositionsFor ${all.join() || 'nothing'}`)
}
console.log(`line 30 of the code: originalPositionFor gives ${map.originalPositionFor({ line: 30, column: 0 }).line ?? 'nothing'}`)
JS
seen=$(node look.mjs)
printf '%s\n' "$seen"
expected='line 1: generatedPositionFor gives 10, allGeneratedPositionsFor 10
line 3: generatedPositionFor gives 10, allGeneratedPositionsFor 50
line 5: generatedPositionFor gives 50, allGeneratedPositionsFor 50
line 7: generatedPositionFor gives 50, allGeneratedPositionsFor nothing
line 30 of the code: originalPositionFor gives nothing'
[ "$seen" = "$expected" ] || { echo 'this has changed' >&2; exit 1; }
