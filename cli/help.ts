/** How `--help` is laid out: in a narrow terminal the description of an option or a command stands below it. */
import type { HelpConfiguration } from 'commander'

/** Columns that a description needs to stand beside what it describes. */
const BESIDE = 30
const INDENT = 2
/** Spaces before a description that stands below. */
const BELOW = 6
/** Columns of a terminal whose width is not known. */
const WIDTH = 80

/** @returns the columns of what help is written to */
export function helpWidth({ columns }: { readonly columns?: number }): number {
  return columns ?? WIDTH
}

/**
 * @param uses commands, each perhaps with what it is for, behind two spaces or more
 * @param width columns of a line; where one does not fit, all that is said of the commands stands below them, and only a command may be longer
 */
export function exampleLines(uses: readonly string[], width: number): readonly string[] {
  if (uses.every((use) => use.length + INDENT <= width)) return uses.map((use) => `${' '.repeat(INDENT)}${use}`)
  return uses.flatMap((use) => {
    const [, command = use, comment = ''] = /^(.*?\S) {2,}(\S.*)$/.exec(use) ?? []
    return [`${' '.repeat(INDENT)}${command}`, ...wrapped(comment, width - BELOW).map((line) => `${' '.repeat(BELOW)}${line}`)]
  })
}

/** @returns the text in lines that are broken between words */
function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = []
  for (const word of text.split(' ').filter((each) => each !== '')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}

export const HELP_LAYOUT: HelpConfiguration = {
  minWidthToWrap: 20,
  formatItem(term, termWidth, description, helper) {
    const width = helper.helpWidth ?? WIDTH
    const room = width - termWidth - 2 * INDENT
    if (description === '') return `${' '.repeat(INDENT)}${term}`
    const beside = room >= BESIDE
    const column = beside ? termWidth + 2 * INDENT : BELOW
    const [first = '', ...rest] = helper.boxWrap(description, width - column).split('\n')
    const gap = beside ? ' '.repeat(termWidth - helper.displayWidth(term) + INDENT) : `\n${' '.repeat(BELOW)}`
    return [`${' '.repeat(INDENT)}${term}${gap}${first}`, ...rest.map((line) => `${' '.repeat(column)}${line}`)].join('\n')
  },
}
