/** Whether two texts are the same program: the formatter never gives out anything else. */
import { layout } from '../../grammar/layout.ts'
import type { Lexed } from '../../grammar/lexer.ts'
import { separate } from './asides.ts'
import { preprocessAlone } from './syntax.ts'

/** Everything of a text that counts, one entry for each token, line, block, comment and preprocessor line. */
function essence(lexed: Lexed): string[] {
  const laidOut = layout(preprocessAlone(lexed, 'process').value.tokens).value
  const { asides } = separate(lexed, [])
  return [
    ...lexed.tokens.map(({ tokenType, image }) => `${tokenType.name} ${image}`),
    ...laidOut.map(({ tokenType, image }) => `${tokenType.name} ${image}`),
    ...asides.map(({ kind, text }) => `${kind} ${text}`),
  ]
}

/** @returns whether `a` and `b` have the same tokens, lines, blocks, comments and preprocessor lines, in the same order. */
export function isSame(a: Lexed, b: Lexed): boolean {
  const [first, second] = [essence(a), essence(b)]
  return first.length === second.length && first.every((entry, i) => entry === second[i])
}
