/** Shows a page of documentation on a terminal: headings, paragraphs, lists, code, a few tables. */
import { width, type Colours } from './terminal.ts'

/**
 * @param text Markdown
 * @param colours how to show emphasis; without colours the text stays readable
 * @param columns where to break paragraphs
 * @returns the text to print, without a final newline
 */
export function renderMarkdown(text: string, colours: Colours, columns: number): string {
  const lines: string[] = []
  let paragraph: { first: string; rest: string; words: string } | undefined
  const flush = (): void => {
    if (paragraph !== undefined) {
      for (const line of wrap(inline(paragraph.words, colours), columns, paragraph.first, paragraph.rest)) lines.push(line)
    }
    paragraph = undefined
  }
  let fence = false
  for (const line of text.trimEnd().split('\n')) {
    if (/^ {0,3}```/.test(line)) {
      flush()
      fence = !fence
      continue
    }
    const heading = /^(#+) +(.*)$/.exec(line)
    const item = /^( *)(?:[-*]|\d+\.) +(.*)$/.exec(line)
    if (fence || (/^ {4}/.test(line) && paragraph === undefined)) {
      lines.push(fence ? `    ${colours.cyan(line)}`.trimEnd() : colours.cyan(line))
    } else if (heading !== null) {
      flush()
      lines.push(colours.bold(heading[1] === '#' ? colours.underline(plain(heading[2] ?? '')) : plain(heading[2] ?? '')))
    } else if (item !== null) {
      flush()
      const indent = item[1] ?? ''
      paragraph = { first: `${indent}- `, rest: `${indent}  `, words: item[2] ?? '' }
    } else if (line.trim() === '') {
      flush()
      if (lines.at(-1) !== '') lines.push('')
    } else if (line.startsWith('|')) {
      flush()
      lines.push(inline(line, colours))
    } else if (paragraph === undefined) paragraph = { first: '', rest: '', words: line.trim() }
    else paragraph.words += ` ${line.trim()}`
  }
  flush()
  return lines.join('\n')
}

/** Code in colour, emphasis in bold, links by their text. */
function inline(text: string, colours: Colours): string {
  return text
    .replace(/\[([^\]]+)\]\([^)]+\)/g, '$1')
    .split(/(`[^`]+`)/)
    .map((part) => {
      if (part.length > 2 && part.startsWith('`')) return colours.isColorSupported ? colours.cyan(part.slice(1, -1)) : part
      return part.replace(/\*\*([^*]+)\*\*/g, (_, words: string) => colours.bold(words))
    })
    .join('')
}

function plain(text: string): string {
  return text.replaceAll('`', '')
}

function wrap(text: string, columns: number, first: string, rest: string): string[] {
  const lines: string[] = []
  let line = first
  let empty = true
  for (const word of text.split(' ')) {
    if (!empty && width(line) + 1 + width(word) > columns) {
      lines.push(line)
      line = rest
      empty = true
    }
    line += empty ? word : ` ${word}`
    empty = false
  }
  lines.push(line)
  return lines
}
