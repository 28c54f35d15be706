#!/usr/bin/env bash
# vscode-textmate: a capture inside a lookahead is coloured if it begins right where the match ends, and then no other rule gets to see that text.
#
# Guess: a lookahead is no part of the match, so its captures have no scope, and the text is left for the rule that comes next.
# Seen with vscode-textmate 9.3.2 and vscode-oniguruma 2.0.1: `(a)(?=(b))` on `abb` gives the first `b` the scope of the second capture and of the rule itself, and the
#   rule for `b` gets only the other one. With one character between them, `(a)(?=x(b))`, the capture has no scope, and the rule for `b` gets it. So a rule that only
#   looks ahead takes text away from the rules behind it, as far as the capture goes.
# What to do: name no captures inside of a lookahead; colour what follows by a rule of its own, or by a lookbehind.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm pkg set type=module >/dev/null
npm install --silent --no-audit --no-fund vscode-textmate@9.3.2 vscode-oniguruma@2.0.1 >/dev/null
cat >look.mjs <<'JS'
import { readFileSync } from 'node:fs'
import oniguruma from 'vscode-oniguruma'
import textmate from 'vscode-textmate'
await oniguruma.loadWASM(readFileSync('node_modules/vscode-oniguruma/release/onig.wasm').buffer)
const onigLib = Promise.resolve({
  createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
  createOnigString: (text) => new oniguruma.OnigString(text),
})
const look = async (match, line) => {
  const patterns = [
    { match, name: 'rule', captures: { 2: { name: 'capture' } } },
    { match: 'b', name: 'other' },
  ]
  const grammar = await new textmate.Registry({ onigLib, loadGrammar: async () => ({ scopeName: 'all', patterns }) }).loadGrammar('all')
  const { tokens } = grammar.tokenizeLine(line, textmate.INITIAL)
  console.log(`${match} on ${line}: ${tokens.map((t) => `${line.slice(t.startIndex, t.endIndex)} ${t.scopes.slice(1).join('+') || '-'}`).join(', ')}`)
}
await look('(a)(?=(b))', 'abb')
await look('(a)(?=x(b))', 'axbb')
JS
seen=$(node look.mjs)
printf '%s\n' "$seen"
expected='(a)(?=(b)) on abb: a rule, b rule+capture, b other
(a)(?=x(b)) on axbb: a rule, x -, b other, b other'
[ "$seen" = "$expected" ] || { echo 'this has changed'; exit 1; }
