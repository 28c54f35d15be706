/**
 * Writes the pages for `man`: one for godwit and one for each command, from the same texts as the help.
 *
 *   node dist/cli/man-pages.js DIRECTORY
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeDirectory } from '../runtime/code/files.ts'
import { commandLine } from './command-line.ts'
import { packageVersion } from './package.ts'
import { Parser } from './parser.ts'

/** @returns the text as roff takes it: nothing in it is a request or an escape */
function plain(text: string): string {
  return text
    .replace(/\\/g, '\\e')
    .replace(/-/g, '\\-')
    .replace(/^([.'])/gm, '\\&$1')
}

const heading = (title: string): string => `.SH ${title}\n`
const bold = (text: string): string => `\\fB${plain(text)}\\fR`
const item = (term: string, text: string): string => `.TP\n${term}\n${plain(text)}\n`

function title(name: string): string {
  return `.TH ${name.toUpperCase()} 1 "" "godwit ${packageVersion()}" "Godwit"\n`
}

const STATUSES: readonly (readonly [status: string, meaning: string])[] = [
  ['0', 'success'],
  ['1', 'run-time error, failed test, or something could not be done'],
  ['2', 'the compiler rejected the program'],
  ['3', 'deadlock'],
  ['4', 'check has not seen everything'],
  ['64', 'bad usage'],
  ['70', 'a fault of godwit itself'],
]

function exitStatus(): string {
  return heading('EXIT STATUS') + STATUSES.map(([status, meaning]) => item(bold(status), meaning)).join('')
}

/** @returns the page of a command */
function commandPage(command: Parser): string {
  const name = `godwit-${command.name()}`
  const synopsis = `.B godwit ${plain(command.name())}\n${plain(command.usage())}\n`
  const options = command.createHelp().visibleOptions(command)
  return [
    title(name),
    heading('NAME'),
    `${plain(name)} \\- ${plain(firstSentence(command.description()))}\n`,
    heading('SYNOPSIS'),
    synopsis,
    heading('DESCRIPTION'),
    `${plain(command.description())}\n`,
    heading('OPTIONS'),
    ...options.map(({ flags, description }) => item(bold(flags), description)),
    heading('EXAMPLES'),
    `.nf\n${command.uses.map(plain).join('\n')}\n.fi\n`,
    exitStatus(),
    heading('SEE ALSO'),
    '.BR godwit (1)\n',
  ].join('')
}

/** @returns the page of godwit itself */
function mainPage(godwit: Parser): string {
  return [
    title('godwit'),
    heading('NAME'),
    `godwit \\- ${plain(firstSentence(godwit.description()))}\n`,
    heading('SYNOPSIS'),
    '.B godwit\n.I command\n[options]\n',
    heading('DESCRIPTION'),
    `${plain(godwit.description())}\n`,
    heading('COMMANDS'),
    ...godwit.commands.map((command) => item(bold(`godwit-${command.name()}(1)`), command.description())),
    exitStatus(),
  ].join('')
}

function firstSentence(text: string): string {
  const sentence = text.split(/\.(?: |$)/)[0] ?? text
  return sentence.slice(0, 1).toLowerCase() + sentence.slice(1)
}

/** @returns the pages by the names of their files */
export function manPages(): ReadonlyMap<string, string> {
  const godwit = commandLine()
  const commands = godwit.commands.filter((command): command is Parser => command instanceof Parser)
  return new Map([
    ['godwit.1', mainPage(godwit)],
    ...commands.map((command) => [`godwit-${command.name()}.1`, commandPage(command)] as const),
  ])
}

const [, script = '', directory] = process.argv
if (/\bman-pages\.[jt]s$/.test(script) && directory !== undefined) {
  makeDirectory(directory)
  for (const [name, text] of manPages()) writeFileSync(join(directory, name), text)
}
