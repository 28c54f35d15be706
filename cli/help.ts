/** How `--help` is laid out: in a narrow terminal the description of an option or a command stands below it. */
import type { HelpConfiguration } from 'commander'

/** Columns that a description needs to stand beside what it describes. */
const BESIDE = 30
const INDENT = 2
/** Spaces before a description that stands below. */
const BELOW = 6
/** Columns of a terminal whose width is not known. */
const WIDTH = 80

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
