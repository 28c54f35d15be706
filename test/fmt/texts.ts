/** What the tests of the formatter share: the repository's own texts, and what must be the same before and after. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { EXTENSIONS, format } from '../../editor/prettier-plugin/format.ts'
import { layout } from '../../grammar/layout.ts'
import { lex } from '../../grammar/lexer.ts'
import { Directive, DirectiveText, Name, Splice, type Token } from '../../grammar/tokens.ts'

export const root = fileURLToPath(new URL('../..', import.meta.url))

export interface Source {
  readonly path: string
  readonly text: string
}

/** @returns the texts of the language in and below `directory`, by path from the root. */
export function textsIn(directory: string): Source[] {
  return readdirSync(join(root, directory), { recursive: true, encoding: 'utf8' })
    .filter((name) => EXTENSIONS.some((extension) => name.endsWith(extension)) && !name.split('/').at(-1)?.startsWith('.'))
    .sort()
    .map((name) => ({ path: join(directory, name), text: readFileSync(join(root, directory, name), 'utf8') }))
}

/** Every text of the repository that has no fault. */
export function soundTexts(): Source[] {
  return ['bench', 'runtime/library', 'samples', 'test']
    .flatMap(textsIn)
    .filter(({ path, text }) => format(text, { path }).faults.length === 0)
}

/** @returns the formatted text; fails when there are faults */
export function formatted(text: string, path = 'x.csp', printWidth?: number): string {
  const result = format(text, { path, ...(printWidth !== undefined && { printWidth }) })
  if (result.text === undefined) throw new Error(result.faults.map(({ code, title }) => `${code}: ${title}`).join('\n') + `\n${text}`)
  return result.text
}

/** All that may not change: tokens, lines and blocks, comments, preprocessor lines; each a list in the order of the text. */
export function substance(text: string): Record<'tokens' | 'lines' | 'comments' | 'directives', string[]> {
  const { tokens, comments } = lex({ path: 'x.csp', text: text.replaceAll('\r\n', '\n') }).value
  const directives: string[] = []
  const rest: Token[] = []
  let inDirective = false
  for (const token of tokens) {
    inDirective = token.tokenType === Directive || (inDirective && !token.first)
    if (inDirective) directives.push(token.tokenType === DirectiveText ? token.image.trim() : token.image)
    else rest.push(token.tokenType === Splice ? { ...token, tokenType: Name } : token)
  }
  return {
    tokens: tokens.map(({ tokenType, image }) => `${tokenType.name} ${image}`),
    lines: layout(rest).value.map(({ tokenType, image }) => `${tokenType.name} ${image}`),
    comments: comments.map(({ text: comment }) => comment.trimEnd()),
    directives,
  }
}
