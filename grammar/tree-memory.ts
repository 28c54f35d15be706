/**
 * The trees of a text that changes: what was read from the same tokens as before is not read again.
 *
 * An item of the top level depends on nothing but the tokens that the parser looked at while it read it, from its first one to the furthest
 * that it looked ahead to. So its tree is kept with these tokens, and it is taken again where the same tokens stand, further up or down
 * perhaps: then its spans are moved, which is the one place where a tree is changed after it was made. An item with faults is always read anew.
 */
import type { Declaration, Test } from './ast.ts'
import type { SourceFile, Span } from './source.ts'
import type { Token } from './tokens.ts'

type Item = Declaration | Test

interface Kept {
  readonly item: Item
  /** The tokens that it depends on. */
  readonly tokens: readonly Token[]
  /** How many of them it takes. */
  readonly taken: number
  /** It ended where the text did. */
  readonly atEnd: boolean
  /** The file of the program when the item was read. */
  readonly origin: SourceFile
  /** The file of the program, and where the item's first token of it stands, when its spans were last moved. */
  file: SourceFile
  start: number
  /** All spans of the tree in the program's own file; found when they are first moved. */
  spans?: MovableSpan[]
}

interface MovableSpan {
  file: SourceFile
  start: number
  end: number
}

export class TreeMemory {
  private before = new Map<string, Kept[]>()
  private now = new Map<string, Kept[]>()
  private file: SourceFile = { path: '', text: '' }

  /** Prepares for another reading of the program, whose own text is `file`. */
  begin(file: SourceFile): void {
    this.before = this.now
    this.now = new Map()
    this.file = file
  }

  /**
   * @param position of the first token of an item
   * @returns the item that was read from the same tokens before, in its new place, and how many tokens it takes
   */
  find(tokens: readonly Token[], position: number): { readonly item: Item; readonly taken: number } | undefined {
    const list = this.before.get(keyOf(tokens, position))
    const index = list?.findIndex((kept) => this.matches(kept, tokens, position)) ?? -1
    const kept = index < 0 ? undefined : list?.splice(index, 1)[0]
    if (kept === undefined) return undefined
    this.move(kept, tokens, position)
    this.add(keyOf(tokens, position), kept)
    return kept
  }

  /**
   * Keeps an item that was read without faults.
   * @param from position of its first token
   * @param taken how many tokens it takes
   * @param furthest position of the furthest token that was looked at
   */
  keep(item: Item, tokens: readonly Token[], from: number, taken: number, furthest: number): void {
    const atEnd = furthest >= tokens.length
    const { file } = this
    const start = startIn(file, tokens, from, taken) ?? 0
    const kept: Kept = { item, tokens: tokens.slice(from, furthest + 1), taken, atEnd, origin: file, file, start }
    this.add(keyOf(tokens, from), kept)
  }

  private add(key: string, kept: Kept): void {
    const list = this.now.get(key)
    if (list === undefined) this.now.set(key, [kept])
    else list.push(kept)
  }

  private matches(kept: Kept, tokens: readonly Token[], position: number): boolean {
    const { length } = kept.tokens
    if (kept.atEnd ? tokens.length !== position + length : tokens.length < position + length) return false
    /** How far the tokens of the program's own file have moved. */
    let shift: number | undefined
    for (let i = 0; i < length; i++) {
      const before = kept.tokens[i] as Token // i < length
      const after = tokens[position + i] as Token // the list is long enough
      const moved = before.file === kept.origin && after.file === this.file
      if (moved) shift ??= after.startOffset - before.startOffset
      if (!moved && before.file !== after.file) return false
      if (
        before.tokenType !== after.tokenType ||
        before.column !== after.column ||
        before.first !== after.first ||
        before.startOffset + (moved ? (shift ?? 0) : 0) !== after.startOffset ||
        before.end - before.startOffset !== after.end - after.startOffset ||
        before.image !== after.image
      )
        return false
    }
    return true
  }

  private move(kept: Kept, tokens: readonly Token[], position: number): void {
    const { file } = this
    if (kept.file === file) return
    const shift = (startIn(file, tokens, position, kept.taken) ?? kept.start) - kept.start
    kept.spans ??= spansOf(kept.item, kept.file)
    for (const span of kept.spans) {
      span.file = file
      span.start += shift
      span.end += shift
    }
    kept.file = file
    kept.start += shift
  }
}

/** @returns where the first of some tokens stands that is of `file` */
function startIn(file: SourceFile, tokens: readonly Token[], from: number, count: number): number | undefined {
  for (let i = from; i < from + count; i++) if (tokens[i]?.file === file) return tokens[i]?.startOffset
  return undefined
}

/** What an item is looked for by: the first tokens of its line. */
function keyOf(tokens: readonly Token[], position: number): string {
  let key = ''
  for (let i = position; i < position + 6; i++) {
    const token = tokens[i]
    if (token === undefined || (token.first && i > position)) break
    key += ` ${token.image}`
  }
  return key
}

/** Every span in a tree that lies in `file`, each once. */
function spansOf(item: Item, file: SourceFile): MovableSpan[] {
  const found: MovableSpan[] = []
  const seen = new Set<object>()
  const stack: object[] = [item]
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    if (seen.has(next)) continue
    seen.add(next)
    if (isSpan(next)) {
      if (next.file === file) found.push(next)
      continue
    }
    for (const value of Object.values(next) as unknown[])
      if (typeof value === 'object' && value !== null && !ArrayBuffer.isView(value)) stack.push(value)
  }
  return found
}

function isSpan(value: object): value is Span {
  return 'file' in value && 'start' in value && 'end' in value
}
