/**
 * Commander with our own words for what is wrong with a command line. It calls a method for each kind of mistake; here these methods throw
 * UsageErrors, so that nothing has to be read out of its sentences.
 */
import { Command, type Argument, type Option } from 'commander'
import { UsageError } from './errors.ts'

/** The value of an option makes no sense. The message says what it should be: `it is a whole number from 1 to 64`. */
export class InvalidValue extends Error {
  override readonly name = 'InvalidValue'
}

export class Parser extends Command {
  /** Command lines that show what it is for. */
  uses: readonly string[] = []

  override createCommand(name?: string): Parser {
    return new Parser(name)
  }

  /** Adds an option; the InvalidValue that its parser throws, or a word that is none of its choices, becomes a UsageError that names the option. */
  override addOption(option: Option): this {
    const { parseArg, flags, argChoices } = option
    if (!option.required && !option.optional) return super.addOption(option) // it has no value
    const parse = argChoices === undefined ? (parseArg ?? something) : (text: string): string => oneOf(text, argChoices)
    return super.addOption(option.argParser(this.naming(flags, parse)))
  }

  /** As `addOption`. */
  override addArgument(argument: Argument): this {
    const { parseArg, variadic } = argument
    const parse = parseArg ?? (variadic ? undefined : something)
    return super.addArgument(parse === undefined ? argument : argument.argParser(this.naming(argument.name(), parse)))
  }

  private naming(what: string, parseArg: (text: string, before: unknown) => unknown): (text: string, before: unknown) => unknown {
    return (text, before) => {
      try {
        return parseArg(text, before)
      } catch (error) {
        if (!(error instanceof InvalidValue)) throw error
        throw this.mistake(`\`${text}\` will not do for \`${what}\`: ${error.message}`)
      }
    }
  }

  // What follows is called by commander, which has these methods and does not declare them.

  unknownOption(word: string): never {
    const [flag = word] = word.split('=', 1)
    const known = this.flags()
    if (word !== flag && known.includes(flag)) {
      const forms = [flag, ...known.filter((each) => each.startsWith(`${flag}=`))].map((form) => `\`${form}\``)
      throw this.mistake(`\`${flag}\` takes no value \`${word.slice(flag.length + 1)}\``, '', [], [`it is written ${forms.join(', ')}`])
    }
    const others =
      this.parent?.commands.filter((command) => command.options.some(({ long, short }) => flag === long || flag === short)) ?? []
    throw this.mistake(
      `unknown option \`${flag}\``,
      flag,
      known,
      others.map((command) => `\`${this.parent?.name() ?? 'godwit'} ${command.name()}\` has this option`),
    )
  }

  /** @returns whether the word is no option, but looks like a long one that is misspelt */
  isSlip(word: string): boolean {
    const [flag = word] = word.split('=', 1)
    return flag.startsWith('--') && nearest(flag, this.flags()) !== undefined
  }

  private flags(): readonly string[] {
    return [...this.options.flatMap(({ long, short }) => [long ?? [], short ?? []].flat()), '--help', '-h']
  }

  unknownCommand(): never {
    const [word = ''] = this.args
    throw this.unknown(word)
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
    throw this.mistake(`there ${surplus.length === 1 ? 'is an argument' : 'are arguments'} too many: ${surplus.join(', ')}`)
  }

  /** The command line that shows the help of this command. */
  get helpLine(): string {
    return `godwit ${this.parent === null ? '' : `${this.name()} `}--help`
  }

  /** `godwit help NAME` */
  _dispatchHelpCommand(name: string | undefined): never {
    if (name === undefined) return this.help()
    const found = this.commands.find((command) => command.name() === name)
    if (found === undefined) throw this.unknown(name)
    return found.help()
  }

  private unknown(word: string): UsageError {
    const known = this.commands.map((command) => command.name())
    return this.mistake(`unknown command \`${word}\``, word, known)
  }

  /** @returns the error; of the `known` words it proposes the one that was probably meant, or else the `alternatives` */
  private mistake(message: string, word = '', known: readonly string[] = [], alternatives: readonly string[] = []): UsageError {
    const meant = nearest(word, known)
    const proposals = meant === undefined ? alternatives : [`did you mean \`${meant}\`?`]
    return new UsageError(message, ...proposals, `see \`${this.helpLine}\``)
  }
}

/** @returns the text. @throws InvalidValue when there is none: nothing that is named on a command line has a name of no letters */
function something(text: string): string {
  if (text === '') throw new InvalidValue('it cannot be empty')
  return text
}

/** @returns the text. @throws InvalidValue when it is none of the choices */
function oneOf(text: string, choices: readonly string[]): string {
  if (!choices.includes(text)) throw new InvalidValue(`it is one of ${choices.map((choice) => `\`${choice}\``).join(', ')}`)
  return text
}

/** Edits that a slip may need: one in a word of two or three letters, none but that of case in an option of one letter. */
const SLIPS = 2

/** @returns the word of `known` that differs least from `word`, if it may be a slip for it */
function nearest(word: string, known: readonly string[]): string | undefined {
  const oneLetter = /^-.$/.test(word)
  const ranked = known
    .map((name) => ({ name, edits: name.toLowerCase() === word.toLowerCase() ? 0 : edits(word, name) }))
    .filter((each) => each.edits === 0 || (!oneLetter && each.edits <= SLIPS && each.edits < Math.max(2, word.length - 1)))
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
