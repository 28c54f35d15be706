/** Runs one command and says what went wrong with it. */
import { CommanderError } from 'commander'
import { commandLine } from './command-line.ts'
import { isCoded } from './coded-error.ts'
import { CommandError, Exit, refusalIn, STATUS, type Status } from './errors.ts'
import { complain, err } from './terminal.ts'

const debugging = (process.env['GODWIT_DEBUG'] ?? '') !== ''

/**
 * Runs the command and ends this OS process with its status: at once, so that no signal finds it half gone.
 * @param words what follows `godwit`
 */
export async function dispatch(words: readonly string[]): Promise<never> {
  if (process.env['GODWIT_CLUSTER'] === '') delete process.env['GODWIT_CLUSTER'] // set to nothing is not set
  watchOutput()
  const status = await run(withValues(words))
  await Promise.all([process.stdout, process.stderr].map((stream) => new Promise((written) => stream.write('', written))))
  process.exit(status)
}

/** `--chaos` of `godwit test` takes its value only after `=`, so that a path may follow it. */
function withValues(words: readonly string[]): readonly string[] {
  if (words[0] !== 'test') return words
  const end = words.includes('--') ? words.indexOf('--') : words.length
  return words.map((word, i) => (word === '--chaos' && i < end ? '--chaos=1' : word))
}

function watchOutput(): void {
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
  process.stderr.on('error', () => undefined) // nobody is left to read it; the exit status still says how it went
}

/** @returns the exit status */
async function run(words: readonly string[]): Promise<number> {
  const godwit = commandLine(words)
  if (words.length === 0) {
    process.stderr.write(godwit.helpInformation())
    return STATUS.usage
  }
  try {
    await godwit.parseAsync(words, { from: 'user' })
    return STATUS.success
  } catch (error) {
    return explain(error)
  }
}

/** Says what went wrong. @returns the exit status */
function explain(error: unknown): number {
  if (error instanceof Exit) return error.status
  if (error instanceof CommanderError) return error.exitCode === 0 ? STATUS.success : STATUS.usage // it has shown help or the version
  if (error instanceof CommandError) {
    const status = refuse(error.message, error.nextSteps, error.status)
    if (debugging) complain(err.dim(error.stack ?? ''))
    return status
  }
  if (isCoded(error)) {
    complain(`${err.bold(err.red(`error[${error.code}]`))}: ${visible(error.message)}`)
    if (error.help !== '') complain(`  ${err.cyan('=')} help: ${visible(error.help)}`)
    complain(`  ${err.cyan('=')} explain: godwit explain ${error.code}`)
    if (debugging) complain(err.dim(error.stack ?? ''))
    return STATUS.failure
  }
  const refusal = refusalIn(error)
  if (refusal !== undefined) return refuse(refusal.message, [refusal.nextStep], STATUS.failure)
  complain(`${err.bold(err.red('godwit: internal error'))}: ${error instanceof Error ? error.message : String(error)}`)
  if (debugging) complain(error instanceof Error ? (error.stack ?? '') : '')
  else complain('  this is a fault of godwit, not of your program; GODWIT_DEBUG=1 shows where it happened')
  return STATUS.internal
}

function refuse(message: string, nextSteps: readonly string[], status: Status): Status {
  complain(`${err.bold(err.red('godwit'))}: ${visible(message)}`)
  for (const step of nextSteps) complain(`  ${err.cyan('=')} ${visible(step)}`)
  return status
}

/** So many characters of a message are shown. */
const SHOWN = 2_000

/** @returns the text with a sign for each character that would do something to a terminal: a message repeats what was typed, and names of files */
function visible(text: string): string {
  const shown = text.length > SHOWN ? `${text.slice(0, SHOWN)} ...` : text
  return shown.replace(/[^\P{Cc}\n\t]/gu, '\ufffd')
}
