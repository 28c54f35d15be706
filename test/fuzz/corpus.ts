/** The project's own texts, in pieces small enough to be changed and compiled thousands of times. */
import { textsIn } from '../fmt/texts.ts'

/** Pieces longer than this are left out: their cost is in no relation to what they add. */
const LONGEST = 5000

/** @returns programs, parts of libraries and language tests; those of one text are beside each other */
export function corpus(): readonly string[] {
  const texts = ['samples', 'test', 'runtime/library'].flatMap(textsIn)
  return [...new Set(texts.flatMap(({ text }) => pieces(text)))].filter((piece) => piece.length < LONGEST)
}

/** A text as a whole when it is small, else its tests one by one, each below what stands between them. */
function pieces(text: string): string[] {
  if (text.length < LONGEST) return [text]
  const blocks = text.split(/\n(?=\S)/).map((block) => `${block}\n`)
  const items: string[] = []
  for (const block of blocks) {
    if (block.startsWith(':') && items.length > 0) items.push(`${items.pop() ?? ''}${block}`)
    else items.push(block)
  }
  const shared = items.filter((item) => !item.startsWith('TEST'))
  const head = shared.join('').length < LONGEST / 2 ? shared.join('') : ''
  return items.filter((item) => head === '' || item.startsWith('TEST')).map((item) => head + item)
}
