/** What a name stands for, in the words of the language, and the comments above its declaration. */
import { channelOf, describe, describeComponent, kindOf } from '../../compiler/check/type-model.ts'
import type { NameIndex } from '../../compiler/name-index.ts'
import type { Constant, FunctionSymbol, ProcSymbol, Symbol, Type, VariableSymbol } from '../../compiler/semantics.ts'
import { readable } from '../../grammar/bytes.ts'
import type { SourceFile, Span } from '../../grammar/source.ts'
import type { ProgramView } from './workspace.ts'

/** So many lines of a declaration are shown. */
const MOST_LINES = 16

/** @returns a parameter, as one would write it */
export function formalText(formal: VariableSymbol): string {
  const { mode, type, name } = formal
  const direction = channelOf(type)?.direction ?? formal.inferredDirection ?? ''
  const word = mode === 'val' ? 'VAL ' : mode === 'result' ? 'RESULT ' : mode === 'initial' ? 'INITIAL ' : ''
  return `${word}${describe(undirected(type))} ${name}${direction}`
}

/** @returns the type of a channel without its direction, which is written at its name */
function undirected(type: Type): Type {
  if (type.kind === 'array') return { ...type, element: undirected(type.element) }
  if (type.kind !== 'channel') return type
  const { kind, protocol, shared, sharedEnd } = type
  return { kind, protocol, shared, ...(sharedEnd === undefined ? {} : { sharedEnd }) }
}

/** @returns the heading of a routine */
export function headingOf(symbol: ProcSymbol | FunctionSymbol): string {
  const formals = `(${symbol.formals.map(formalText).join(', ')})`
  if (symbol.kind === 'proc') return `PROC ${symbol.name} ${formals}`
  return `${symbol.results.map(describe).join(', ')} FUNCTION ${symbol.name} ${formals}`
}

/** @returns what a symbol is, in a line or a few */
export function declarationText(symbol: Symbol, { analysis, names }: ProgramView): string {
  switch (symbol.kind) {
    case 'proc':
    case 'function':
      return headingOf(symbol)
    case 'variable':
      return variableText(symbol, analysis.typed.values.get(symbol))
    case 'protocol':
    case 'type':
      return fromText(symbol, names) ?? symbol.name
    case 'field':
      return `${describe(symbol.type)} ${symbol.name}:`
    case 'tag':
      return [symbol.name, ...symbol.items.map(describeComponent)].join('; ')
    case 'poison':
      return symbol.name
  }
}

function variableText(symbol: VariableSymbol, value: Constant | undefined): string {
  const { role, name, type } = symbol
  if (role === 'formal') return formalText(symbol)
  const shown = value === undefined ? undefined : constantText(value)
  if (role === 'val') return `VAL ${describe(type)} ${name}${shown === undefined ? '' : ` IS ${shown}`}:`
  if (role === 'initial') return `INITIAL ${describe(type)} ${name}`
  return `${describe(type)} ${name}${role === 'variable' ? ':' : ''}`
}

/** @returns a value as one would write it; undefined when that is too long */
function constantText(value: Constant): string | undefined {
  if (typeof value === 'bigint' || typeof value === 'number') return String(value)
  if (typeof value === 'boolean') return value ? 'TRUE' : 'FALSE'
  if (value.length > 16) return undefined
  const parts = value.map(constantText)
  return parts.includes(undefined) ? undefined : `[${parts.join(', ')}]`
}

function fromText(symbol: Symbol, names: NameIndex): string | undefined {
  const declaration = names.declarationOf(symbol)
  if (declaration === undefined) return undefined
  const { file, start, end } = declaration.span
  const lines = readable(file.text.slice(start, end)).trimEnd().split('\n')
  const indent = start - (file.text.lastIndexOf('\n', start - 1) + 1)
  const shown = lines
    .slice(0, MOST_LINES)
    .map((line, i) => (i === 0 ? line : line.slice(Math.min(indent, /^ */.exec(line)?.[0].length ?? 0))))
  return [...shown, ...(lines.length > MOST_LINES ? ['...'] : [])].join('\n')
}

/** @returns a symbol's kind in a word or two, without an article */
export function kindText(symbol: Symbol): string {
  if (symbol.kind === 'variable' && symbol.role === 'formal') return 'parameter'
  return kindOf(symbol).replace(/^an? /, '')
}

/**
 * @param at where something is declared
 * @returns the comments on the lines right above it, without their dashes; undefined when there are none
 */
export function commentsAbove(at: Span): string | undefined {
  const { text } = at.file
  let lineStart = text.lastIndexOf('\n', at.start - 1) + 1
  const lines: string[] = []
  while (lineStart > 0) {
    const before = text.lastIndexOf('\n', lineStart - 2) + 1
    const comment = /^[ \t]*--+[ ]?(.*?)\r?$/.exec(text.slice(before, lineStart - 1))
    if (comment === null || /^[{}]{3}/.test(comment[1] ?? '')) break
    lines.unshift(comment[1] ?? '')
    lineStart = before
  }
  while (lines.length > 0 && /^[-=* ]*$/.test(lines[0] ?? '')) lines.shift()
  while (lines.length > 0 && /^[-=* ]*$/.test(lines.at(-1) ?? '')) lines.pop()
  return lines.length === 0 ? undefined : readable(lines.join('\n'))
}

/** @returns what the comments say about a file as a whole: those that it begins with */
export function commentsAtTop(file: SourceFile): string | undefined {
  const lines = file.text.split('\n', 40)
  const end = lines.findIndex((line) => !line.startsWith('--'))
  const comments = lines.slice(0, end < 0 ? lines.length : end).map((line) => line.replace(/^--+ ?/, ''))
  return comments.length === 0 ? undefined : readable(comments.join('\n').trim())
}
