#!/usr/bin/env node
/** The `godwit` command. */
import { CommanderError } from 'commander'
import { commandLine } from './command-line.ts'
import { isCoded } from './coded-error.ts'
import { CommandError, Exit, STATUS, type Status } from './errors.ts'
import { complain, err } from './terminal.ts'

const debugging = (process.env['GODWIT_DEBUG'] ?? '') !== ''
if (debugging) process.setSourceMapsEnabled(true)

if (process.env['GODWIT_CLUSTER'] === '') delete process.env['GODWIT_CLUSTER'] // set to nothing is not set

// A reader that goes away (`godwit ps | head`) is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(STATUS.success)
  refuse(
    `standard output cannot be written (${error.message})`,
    ['what it leads to is full or broken: nothing more was printed'],
    STATUS.failure,
  )
  process.exit(STATUS.failure)
})
process.stderr.on('error', () => undefined) // nobody is left to be told; the exit status still says how it went

process.exitCode = await main(process.argv.slice(2))

/**
 * Runs one command.
 * @param args what stands behind `godwit`
 * @returns the exit status
 */
async function main(args: readonly string[]): Promise<number> {
  // `--chaos` takes its seed only behind `=`, so that a path may follow it.
  const separator = args.indexOf('--')
  const words = args.map((word, i) => (word === '--chaos' && (separator < 0 || i < separator) ? '--chaos=1' : word))
  const godwit = commandLine()
  if (words.length === 0) {
    process.stderr.write(godwit.helpInformation())
    return STATUS.usage
  }
  try {
    await godwit.parseAsync(words, { from: 'user' })
    return STATUS.success
  } catch (error) {
    return tell(error)
  }
}

/** Says what went wrong. @returns the exit status */
function tell(error: unknown): number {
  if (error instanceof Exit) return error.status
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return STATUS.success // help or version
    if (error.code === 'commander.help') return STATUS.usage
    const [first = '', ...more] = error.message.replace(/^error: /, '').split('\n')
    const message = first
      .replace(/^option '(.*)' argument '(.*)' is invalid\. (.*?)\.?$/, (_, option: string, value: string, reason: string) => {
        return `'${value}' will not do for '${option}': ${reason.charAt(0).toLowerCase()}${reason.slice(1)}`
      })
      .replaceAll("'", '`')
    const suggestions = more.map((line) => line.replace(/^\(Did you mean (.*)\?\)$/, 'did you mean `$1`?')).filter((line) => line !== '')
    const asked = process.argv[2] ?? ''
    const known = commandLine().commands.some((command) => command.name() === asked)
    return refuse(message, [...suggestions, `see \`godwit ${known ? `${asked} ` : ''}--help\``], STATUS.usage)
  }
  if (error instanceof CommandError) {
    const status = refuse(error.message, error.nextSteps, error.status)
    if (debugging) complain(err.dim(error.stack ?? ''))
    return status
  }
  if (isCoded(error)) {
    complain(`${err.bold(err.red(`error[${error.code}]`))}: ${error.message}`)
    if (error.help !== '') complain(`  ${err.cyan('=')} help: ${error.help}`)
    complain(`  ${err.cyan('=')} explain: godwit explain ${error.code}`)
    if (debugging) complain(err.dim(error.stack ?? ''))
    return STATUS.failure
  }
  if (isRefusal(error)) {
    const { path = 'a file', code = '', message } = error
    return refuse(
      `\`${path}\`: ${message.replace(/^\w+: |, \w+ '.*'$/g, '')} (${code})`,
      ['see its permissions, and the room on its disk'],
      STATUS.failure,
    )
  }
  complain(`${err.bold(err.red('godwit: internal error'))}: ${error instanceof Error ? error.message : String(error)}`)
  if (debugging) complain(error instanceof Error ? (error.stack ?? '') : '')
  else complain('  this is a fault of godwit, not of your program; GODWIT_DEBUG=1 shows where it happened')
  return STATUS.internal
}

/** Whether the file system has refused something that nobody was ready for. */
function isRefusal(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error && 'path' in error && 'code' in error
}

function refuse(message: string, nextSteps: readonly string[], status: Status): Status {
  complain(`${err.bold(err.red('godwit'))}: ${message}`)
  for (const step of nextSteps) complain(`  ${err.cyan('=')} ${step}`)
  return status
}
