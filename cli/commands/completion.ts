/** `godwit completion` */
import type { Command } from 'commander'
import { completable } from '../completion-words.ts'
import type { Completable, CompletableCommand, CompletableOption } from '../completion-words.ts'
import { UsageError } from '../errors.ts'
import { print } from '../terminal.ts'
import { codes } from './explain.ts'

export const SHELLS = ['bash', 'zsh', 'fish'] as const
type Shell = (typeof SHELLS)[number]

const WRITERS: Readonly<Record<Shell, (commands: readonly CompletableCommand[]) => string>> = { bash, zsh, fish }

/**
 * Prints a script with which a shell completes command lines of godwit.
 * @throws UsageError when it is another shell
 */
export function completion(shell: string, godwit: Command): void {
  const known = SHELLS.find((name) => name === shell)
  if (known === undefined)
    throw new UsageError(
      `there is no completion for \`${shell}\``,
      `it is for ${SHELLS.slice(0, -1).join(', ')} and ${SHELLS.at(-1) ?? ''}`,
    )
  print(WRITERS[known](completable(godwit)).trimEnd())
}

/** @returns the words that may stand there; undefined where it is a file or a directory */
function wordsOf(value: Completable, commands: readonly CompletableCommand[]): readonly string[] | undefined {
  switch (value) {
    case 'file':
    case 'directory':
      return undefined
    case 'nothing':
      return []
    case 'code':
      return codes()
    case 'command':
      return commands.map(({ name }) => name)
    case 'shell':
      return SHELLS
  }
  return value
}

const flagsOf = ({ long, short }: CompletableOption): readonly string[] => (short === undefined ? [long] : [short, long])

// ------------------------------------------------------------------------------------------------------------------- bash

function bash(commands: readonly CompletableCommand[]): string {
  const complete = (value: Completable): string => {
    const words = wordsOf(value, commands)
    if (words !== undefined) return `COMPREPLY=($(compgen -W '${words.join(' ')}' -- "$cur"))`
    return value === 'directory' ? 'COMPREPLY=($(compgen -d -- "$cur"))' : 'COMPREPLY=($(compgen -f -- "$cur"))'
  }
  const cases = commands.map(({ name, options, argument }) => {
    const valued = options.filter(({ value }) => value !== undefined)
    const values = valued.map((option) => `        ${flagsOf(option).join('|')}) ${complete(option.value ?? 'nothing')}; return ;;\n`)
    const flags = options.flatMap(flagsOf).join(' ')
    return `    ${name})
      case "$before" in
${values.join('')}      esac
      if [[ $cur == -* ]]; then COMPREPLY=($(compgen -W '${flags}' -- "$cur")); else ${complete(argument)}; fi ;;
`
  })
  return `# Completion of godwit for bash. To have it always: godwit completion bash > ~/.local/share/bash-completion/completions/godwit
_godwit() {
  local cur=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} command=\${COMP_WORDS[1]}
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    COMPREPLY=($(compgen -W '${commands.map(({ name }) => name).join(' ')} --help --version' -- "$cur"))
    return
  fi
  case "$command" in
${cases.join('')}  esac
}
complete -o filenames -o bashdefault -F _godwit godwit
`
}

// -------------------------------------------------------------------------------------------------------------------- zsh

function zsh(commands: readonly CompletableCommand[]): string {
  const quoted = (text: string): string => text.replace(/'/g, `'\\''`).replace(/([[\]:\\])/g, '\\$1')
  const complete = (value: Completable): string => {
    const words = wordsOf(value, commands)
    if (words === undefined) return value === 'directory' ? '_files -/' : '_files'
    return words.length === 0 ? ' ' : `(${words.join(' ')})`
  }
  const cases = commands.map(({ name, options, argument }) => {
    const specs = options.flatMap((option) =>
      flagsOf(option).map((flag) => {
        const value = option.value === undefined ? '' : `:value:${complete(option.value)}`
        return `        '*${flag}[${quoted(option.description)}]${value}' \\\n`
      }),
    )
    return `    ${name})\n      _arguments \\\n${specs.join('')}        '*:argument:${complete(argument)}' ;;\n`
  })
  const list = commands.map(({ name, description }) => `    '${name}:${quoted(description)}'\n`)
  return `#compdef godwit
# Completion of godwit for zsh. To have it always: godwit completion zsh > a directory of $fpath, as _godwit
_godwit() {
  local -a commands
  commands=(
${list.join('')}  )
  if ((CURRENT == 2)); then
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  ((CURRENT--))
  case "$command" in
${cases.join('')}  esac
}
compdef _godwit godwit
`
}

// ------------------------------------------------------------------------------------------------------------------- fish

function fish(commands: readonly CompletableCommand[]): string {
  const quoted = (text: string): string => `'${text.replace(/\\/g, '\\\\').replace(/'/g, `\\'`)}'`
  const complete = (value: Completable): string => {
    const words = wordsOf(value, commands)
    if (words !== undefined) return words.length === 0 ? ' -x' : ` -x -a ${quoted(words.join(' '))}`
    return value === 'directory' ? ` -x -a '(__fish_complete_directories)'` : ' -r -F'
  }
  const lines = [
    '# Completion of godwit for fish. To have it always: godwit completion fish > ~/.config/fish/completions/godwit.fish',
    'complete -c godwit -f',
  ]
  for (const { name, description, options, argument } of commands) {
    lines.push(`complete -c godwit -n __fish_use_subcommand -a ${name} -d ${quoted(description)}`)
    const within = `-n '__fish_seen_subcommand_from ${name}'`
    for (const { long, short, description: says, value } of options) {
      const flag = `-l ${long.slice(2)}${short === undefined ? '' : ` -s ${short.slice(1)}`}`
      lines.push(`complete -c godwit ${within} ${flag}${value === undefined ? '' : complete(value)} -d ${quoted(says)}`)
    }
    const words = wordsOf(argument, commands)
    if (words === undefined) lines.push(`complete -c godwit ${within} -F`)
    else if (words.length > 0) lines.push(`complete -c godwit ${within} -a ${quoted(words.join(' '))}`)
  }
  return lines.join('\n')
}
