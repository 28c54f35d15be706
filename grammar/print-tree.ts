/** Trees and tokens as text, for `--dump` and for goldens. */
import type { Program } from './ast.ts'
import { textOf } from './literals.ts'
import { Eol, Indent, Outdent, type Token } from './tokens.ts'

const WIDTH = 110

/** Fields that say nothing new in a dump. */
const silent = new Set(['kind', 'span', 'operatorSpan'])

type Tree = { readonly [field: string]: unknown }

/** A printed piece: its own text, and pieces that follow it on the same or on deeper lines. */
interface Piece {
  readonly text: string
  readonly parts: readonly Piece[]
}

const isTree = (value: unknown): value is Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)

/** Nodes that are shown much as the user wrote them. */
function leaf(node: Tree): string | undefined {
  const part = (field: string): string => flat(piece(node[field], ''))
  if (node['decoration'] !== undefined) return `${leaf({ ...node, decoration: undefined }) ?? ''}(${part('decoration')})`
  switch (node['kind']) {
    case 'name':
    case 'literal':
      return String(node['text'])
    case 'name-use':
    case 'primitive':
    case 'named-type':
      return part('name')
    case 'string':
      return quoted(node['bytes'])
    case 'array-literal':
      return part('elements')
    case 'array-type':
      return `[${node['size'] === undefined ? '' : part('size')}]${part('element')}`
    case 'subscript':
      return `${part('base')}[${part('index')}]`
    case 'end':
      return part('channel') + part('direction')
    case 'dyadic':
      return `(${part('left')} ${part('operator')} ${part('right')})`
    case 'monadic':
      return `(${part('operator')} ${part('operand')})`
    case 'plain':
      return part('type' in node ? 'type' : 'value' in node ? 'value' : 'target')
    default:
      return undefined
  }
}

function quoted(bytes: unknown): string {
  return JSON.stringify(bytes instanceof Uint8Array ? textOf(bytes) : String(bytes))
}

function piece(value: unknown, label: string): Piece {
  const prefix = label === '' ? '' : `${label}:`
  if (Array.isArray(value)) return { text: `${prefix}[`, parts: value.map((item) => piece(item, '')) }
  if (value instanceof Uint8Array) return { text: prefix + quoted(value), parts: [] }
  if (!isTree(value)) return { text: prefix + String(value), parts: [] }
  const short = leaf(value)
  if (short !== undefined) return { text: prefix + short, parts: [] }
  const fields = Object.entries(value).filter(
    ([name, field]) => !silent.has(name) && field !== undefined && field !== false && !(Array.isArray(field) && field.length === 0),
  )
  const parts = fields.map(([name, field]) => (field === true ? { text: name, parts: [] } : piece(field, name)))
  return { text: `${prefix}(${typeof value['kind'] === 'string' ? value['kind'] : '-'}`, parts }
}

const closer = (text: string): string => (text.endsWith('[') ? ']' : /(^|:)\([a-z-]*$/.test(text) ? ')' : '')

function flat({ text, parts }: Piece): string {
  const inner = parts.map(flat).join(' ')
  return text + (inner === '' || text.endsWith('[') ? inner : ` ${inner}`) + closer(text)
}

function lines(shown: Piece, indent: string, out: string[]): void {
  const line = indent + flat(shown)
  if (line.length <= WIDTH || shown.parts.length === 0) {
    out.push(line)
    return
  }
  out.push(indent + shown.text)
  for (const part of shown.parts) lines(part, `${indent}  `, out)
  out.push(`${out.pop() ?? ''}${closer(shown.text)}`)
}

/**
 * @returns `program` as nested lists: `(kind field:value ...)`, without spans. Names, types and literals stand as written.
 */
export function printTree(program: Program): string {
  const out: string[] = []
  for (const item of [...program.pragmas, ...program.items]) lines(piece(item, ''), '', out)
  return out.map((line) => `${line}\n`).join('')
}

/** @returns one line for each logical line; a `{` or `}` for each Indent or Outdent before its first token. */
export function printTokens(tokens: readonly Token[]): string {
  let text = ''
  for (const token of tokens) {
    if (token.tokenType === Eol) text += '\n'
    else if (token.tokenType === Indent) text += '{ '
    else if (token.tokenType === Outdent) text += '} '
    else text += `${token.image} `
  }
  return text.replace(/ +$/gm, '')
}
