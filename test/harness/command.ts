/**
 * The command lines of the commands for developers (`npm run simulate`, `npm run torture` and others): options with a line of help each, `--help` with
 * examples, and one line and exit status 64 for what makes no sense. It is the parser of `godwit` itself.
 */
import { CommanderError } from 'commander'
import { STATUS, UsageError } from '../../cli/errors.ts'
import { HELP_LAYOUT } from '../../cli/help.ts'
import { InvalidValue, Parser } from '../../cli/parser.ts'

class DeveloperCommand extends Parser {
  override createCommand(name?: string): DeveloperCommand {
    return described(new DeveloperCommand(name))
  }

  override get helpLine(): string {
    return `${this.parent === null ? this.name() : `${this.parent.name()} ${this.name()}`} --help`
  }
}

/** Gives a command what all commands for developers have. */
function described(made: DeveloperCommand): DeveloperCommand {
  return made
    .configureHelp(HELP_LAYOUT)
    .helpOption('-h, --help', 'show this help')

    .exitOverride()
}

/**
 * Makes a command that options and arguments can be added to.
 * @param name how it is called: `npm run simulate --`
 * @param does what it does, in a sentence
 * @param uses command lines that show what it is for
 */
export function command(name: string, does: string, uses: readonly string[]): Parser {
  return described(new DeveloperCommand(name))
    .description(does)
    .addHelpText('after', `\nExamples:\n  ${uses.join('\n  ')}`)
}

/**
 * Parses the words of a command line; `made.opts` has the options then. The OS process ends when help was asked for, or when they make no sense.
 * @returns the other words
 */
export function parse(made: Parser, words: readonly string[] = process.argv.slice(2)): readonly string[] {
  try {
    made.parse(words, { from: 'user' })
  } catch (error) {
    process.exit(explained(error))
  }
  return made.args
}

/** As `parse`, for a command whose subcommands have actions: does what the chosen one does. */
export async function obey(made: Parser, words: readonly string[] = process.argv.slice(2)): Promise<void> {
  try {
    await made.parseAsync(words, { from: 'user' })
  } catch (error) {
    process.exit(explained(error))
  }
}

/** Says in one line what is wrong with a command line. @returns the exit status. @throws whatever else `error` is */
function explained(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? STATUS.success : STATUS.usage // it has shown help
  if (error instanceof InvalidValue) return refused(error.message)
  if (!(error instanceof UsageError)) throw error
  return refused(error.message, ...error.nextSteps)
}

function refused(...sentences: readonly string[]): number {
  console.error(`error: ${sentences.join('; ')}`)
  return STATUS.usage
}
