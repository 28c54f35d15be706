/**
 * Commander with our own words for what is wrong with a command line. It calls a method for each kind of mistake; here these methods throw
 * UsageErrors, so that nothing has to be read out of its sentences.
 */
import { Command, type Option } from 'commander'
import { UsageError } from './errors.ts'

/** The value of an option makes no sense. The message says what it should be: `it is a whole number from 1 to 64`. */
export class InvalidValue extends Error {
  override readonly name = 'InvalidValue'
}

export class Parser extends Command {
  override createCommand(name?: string): Parser {
    return new Parser(name)
  }

  /** Adds an option; the InvalidValue that its parser throws becomes a UsageError that names the option. */
  override addOption(option: Option): this {
    const { parseArg, flags } = option
    if (parseArg === undefined) return super.addOption(option)
    return super.addOption(
      option.argParser((text: string, before: unknown): unknown => {
        try {
          return parseArg(text, before)
        } catch (error) {
          if (!(error instanceof InvalidValue)) throw error
          throw this.mistake(`\`${text}\` will not do for \`${flags}\`: ${error.message}`)
        }
      }),
    )
  }

  // What follows is called by commander, which has these methods and does not declare them.

  unknownOption(word: string): never {
    const [flag = word] = word.split('=', 1)
    const known = [...this.options.map(({ long }) => long), '--help'].flatMap((name) => name ?? [])
    throw this.mistake(`unknown option \`${flag}\``, flag, known)
  }

  unknownCommand(): never {
    const [word = ''] = this.args
    const known = this.commands.map((command) => command.name())
    throw this.mistake(`unknown command \`${word}\``, word, known)
  }

  missingArgument(name: string): never {
    throw this.mistake(`missing required argument \`${name}\``)
  }

  optionMissingArgument({ flags }: Option): never {
    throw this.mistake(`\`${flags}\` lacks its value`)
  }

  missingMandatoryOptionValue({ flags }: Option): never {
    throw this.mistake(`required option \`${flags}\` not specified`)
  }

  _excessArguments(words: readonly string[]): never {
    const most = this.registeredArguments.length
    const surplus = words.slice(most).map((word) => `\`${word}\``)
    throw this.mistake(`${surplus.join(', ')} ${surplus.length === 1 ? 'is' : 'are'} too much`)
  }

  /** @returns the error; of the `known` words it proposes the one that was probably meant */
  private mistake(message: string, word = '', known: readonly string[] = []): UsageError {
    const meant = nearest(word, known)
    const command = this.parent === null ? '' : `${this.name()} `
    return new UsageError(message, ...(meant === undefined ? [] : [`did you mean \`${meant}\`?`]), `see \`godwit ${command}--help\``)
  }
}

/** Edits that a slip may need, for a word of three letters or more. */
const SLIPS = 2

/** @returns the word of `known` that differs least from `word`, if it may be a slip for it */
function nearest(word: string, known: readonly string[]): string | undefined {
  const ranked = known
    .map((name) => ({ name, edits: edits(word, name) }))
    .filter((each) => each.edits <= SLIPS && each.edits < word.length - 1)
    .sort((a, b) => a.edits - b.edits)
  return ranked[0]?.name
}

/** @returns how many letters to insert, remove, replace or swap with the next to get from `a` to `b` (Damerau 1964) */
function edits(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)]
  const at = (i: number, j: number): number => rows[i]?.[j] ?? 0
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    rows.push(row)
    for (let j = 1; j <= b.length; j++) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1
      let least = Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + change)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) least = Math.min(least, at(i - 2, j - 2) + 1)
      row.push(least)
    }
  }
  return at(a.length, b.length)
}
