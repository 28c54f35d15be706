/** What a shell can complete of a command line: read off the command itself, so that it knows no option that is not there. */
import type { Command, Option } from 'commander'

/** What may stand where a value or an argument is expected. */
export type Completable = 'file' | 'directory' | 'code' | 'command' | 'shell' | readonly string[] | 'nothing'

export interface CompletableOption {
  readonly long: string
  readonly short?: string
  readonly description: string
  /** What follows it; undefined for an option without a value. */
  readonly value?: Completable
}

export interface CompletableCommand {
  readonly name: string
  readonly description: string
  readonly options: readonly CompletableOption[]
  /** What its arguments are. */
  readonly argument: Completable
}

/** What a value is called in the usage, and what that means. Choices are written out: `<on|off>`. */
const VALUES: Readonly<Record<string, Completable>> = {
  dir: 'directory',
  'signal=file': 'nothing',
  file: 'file',
  path: 'file',
  paths: 'file',
  code: 'code',
  command: 'command',
  shell: 'shell',
  schedule: 'file',
}

/** @returns the commands of `godwit`, in the order of its help */
export function completable(godwit: Command): readonly CompletableCommand[] {
  const help: CompletableCommand = { name: 'help', description: 'Show what a command does.', options: [], argument: 'command' }
  const commands = godwit.commands.map((command): CompletableCommand => {
    const [first] = command.registeredArguments
    return {
      name: command.name(),
      description: command.description(),
      options: [
        ...command.options.filter(({ hidden }) => !hidden).map(optionOf),
        { long: '--help', short: '-h', description: 'show this help' },
      ],
      argument: first === undefined ? 'nothing' : valueOf(first.name()),
    }
  })
  return [...commands, help]
}

function optionOf({ long, short, flags, description }: Option): CompletableOption {
  const value = /[<[]=?([^>\]]+)[>\]]/.exec(flags)?.[1]
  return {
    long: long ?? flags,
    ...(short === undefined ? {} : { short }),
    description,
    ...(value === undefined ? {} : { value: valueOf(value) }),
  }
}

function valueOf(name: string): Completable {
  return name.includes('|') ? name.split('|') : (VALUES[name] ?? 'nothing')
}
