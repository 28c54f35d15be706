#!/usr/bin/env bash
# chevrotain: an error at the end of the text, and a rule that took no token, are at NaN.
#
# Guess: the token of an error at the end has the offset and the line of the end, and a rule that took nothing has the place where it stands, or no location.
# Seen with chevrotain 11.2.0 (`nodeLocationTracking: 'full'`): all six numbers are NaN in both. Nothing complains, until JSON makes `null` of them, or a
#   comparison with them is false each way.
# What to do: take `previousToken.endOffset` for an error at the end, where there is a previous token, and the neighbours' places for an empty rule.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm pkg set type=module >/dev/null
npm install --silent --no-audit --no-fund chevrotain@11.2.0 >/dev/null
cat >look.mjs <<'JS'
import { createToken, CstParser, Lexer } from 'chevrotain'
const A = createToken({ name: 'A', pattern: /a/ })
const B = createToken({ name: 'B', pattern: /b/ })
const lexer = new Lexer([createToken({ name: 'Blank', pattern: /\s+/, group: Lexer.SKIPPED }), A, B])
class Parser extends CstParser {
  constructor() {
    super([A, B], { nodeLocationTracking: 'full' })
    this.RULE('all', () => {
      this.CONSUME(A)
      this.SUBRULE(this.perhaps)
      this.CONSUME(B)
    })
    this.RULE('perhaps', () => this.OPTION(() => this.CONSUME(A)))
    this.performSelfAnalysis()
  }
}
const parser = new Parser()
const parse = (text) => {
  parser.input = lexer.tokenize(text).tokens
  return parser.all()
}
console.log('empty rule:', JSON.stringify(parse('a b').children.perhaps[0].location))
parse('a\n')
const [{ token, previousToken }] = parser.errors
console.log(`error at the end: offset ${token.startOffset}, line ${token.startLine}; the token before ends at ${previousToken.endOffset}`)
JS
seen=$(node look.mjs)
printf '%s\n' "$seen"
expected='empty rule: {"startOffset":null,"startLine":null,"startColumn":null,"endOffset":null,"endLine":null,"endColumn":null}
error at the end: offset NaN, line NaN; the token before ends at 0'
[ "$seen" = "$expected" ] || { echo 'this has changed' >&2; exit 1; }
