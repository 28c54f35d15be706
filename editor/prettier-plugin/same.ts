/** Whether two texts are the same program: the formatter never gives out anything else. */
import { layout } from '../../grammar/layout.ts'
import type { Lexed } from '../../grammar/lexer.ts'
import { separate } from './asides.ts'
import { preprocessAlone, type Inclusion } from './syntax.ts'

const laidOutWith = (lexed: Lexed, inclusion: Inclusion) => layout(preprocessAlone(lexed, inclusion).value.tokens)

/** Everything of a text that counts, one entry for each token, line, block, comment and preprocessor line. */
function essence(lexed: Lexed, inclusion: Inclusion): string[] {
  const { asides } = separate(lexed, [])
  return [
    ...[...lexed.tokens, ...laidOutWith(lexed, inclusion).value].map(({ tokenType, image }) => `${tokenType.name} ${image}`),
    ...asides.map(({ kind, text }) => `${kind} ${text}`),
  ]
}

/** @returns whether `a` and `b` have the same tokens, lines, blocks, comments and preprocessor lines, in the same order. */
export function isSame(a: Lexed, b: Lexed): boolean {
  // Where an inclusion can be a process, the block that it stands in counts as well.
  const inclusion = laidOutWith(a, 'process').diagnostics.some(({ severity }) => severity === 'error') ? 'nothing' : 'process'
  const [first, second] = [essence(a, inclusion), essence(b, inclusion)]
  return first.length === second.length && first.every((entry, i) => entry === second[i])
}
