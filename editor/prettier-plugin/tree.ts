/** Tokens to lines: what layout found, with brackets as groups and every aside in its place. */
import { lineOf, type Aside, type Separated } from './asides.ts'
import { spacing, type Spacing } from './spacing.ts'
import * as T from '../../grammar/tokens.ts'
import type { Token } from '../../grammar/tokens.ts'

export interface Leaf extends Spacing {
  readonly kind: 'leaf'
  readonly token: Token
  readonly text: string
  /** What stands between it and the next token of its line. */
  readonly after: readonly Aside[]
  /** In the text as it was, the next token of its line began a new one. */
  readonly broken: boolean
}

/** Brackets with what is in them. */
export interface Group {
  readonly kind: 'group'
  readonly open: Leaf
  readonly children: readonly Node[]
  readonly close: Leaf
  /** Whether it lists elements, whose rows are kept. */
  readonly table: boolean
}

/** A value process in brackets. */
export interface Block {
  readonly kind: 'block'
  readonly open: Leaf
  readonly body: Body
  readonly close: Leaf
}

export type Node = Leaf | Group | Block

/** An aside that has a line of its own. */
export interface OwnLine {
  readonly aside: Aside
  /** Empty lines before it. */
  readonly blanks: number
}

/** One line as layout sees it, however many it takes. */
export interface Line {
  readonly nodes: readonly Node[]
  /** How many blocks of the body it is in. */
  readonly depth: number
  /** Its column in the text as it was. */
  readonly column: number
  readonly before: readonly OwnLine[]
  /** Empty lines before it, after `before`. */
  readonly blanks: number
  /** The comment behind it. */
  behind: Aside | undefined
}

export interface Body {
  readonly lines: readonly Line[]
  /** What follows the last line. */
  readonly tail: readonly OwnLine[]
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }
type Draft = Mutable<Leaf> & { after: Aside[] }

class Builder {
  private at = 0
  private nextAside = 0
  /** The line of the text where the last token or aside ended. */
  private textLine = 0
  private last: Line | undefined
  /** The leaves of the current line in order. */
  private leaves: Draft[] = []

  constructor(
    private readonly source: Separated,
    private readonly tokens: readonly Token[],
  ) {}

  /** The lines of the whole text, or of the block that begins at the next token, up to its Outdent. */
  body(end: () => number): Body {
    const lines: Line[] = []
    let depth = 0
    for (let token = this.tokens[this.at]; token !== undefined; token = this.tokens[this.at]) {
      if (token.tokenType === T.Indent) depth++
      else if (token.tokenType === T.Outdent) {
        if (depth === 0) break
        depth--
      } else if (token.tokenType !== T.Eol) {
        lines.push(this.line(token, depth))
        continue
      }
      this.at++
    }
    return { lines, tail: this.ownLines(end()) }
  }

  private line(first: Token, depth: number): Line {
    const before = this.ownLines(first.startOffset)
    const blanks = this.blanksBefore(lineOf(first.file, first.startOffset))
    const outer = this.leaves
    this.leaves = []
    const nodes = this.nodes()
    const spaces = spacing(this.leaves.map(({ token }) => token))
    this.leaves.forEach((leaf, i) => Object.assign(leaf, spaces[i]))
    this.leaves = outer
    this.last = { nodes, depth, column: first.column, before, blanks, behind: undefined }
    return this.last
  }

  /** Nodes up to the end of the line or a bracket that closes. */
  private nodes(): Node[] {
    const nodes: Node[] = []
    for (;;) {
      const token = this.tokens[this.at]
      switch (token?.tokenType) {
        case undefined:
        case T.Eol:
        case T.RParen:
        case T.RBracket:
          return nodes
        case T.LParen:
        case T.LBracket:
          nodes.push(this.bracketed())
          break
        default:
          nodes.push(this.leaf())
      }
    }
  }

  private bracketed(): Node {
    const open = this.leaf()
    if (this.tokens[this.at]?.tokenType === T.Indent) {
      this.at++
      for (const aside of this.takeAsides(this.tokens[this.at]?.startOffset ?? 0)) open.after.push(aside)
      // Its lines are lines of their own; what is behind the last of them was found when the bracket closed.
      const body = this.body(() => this.tokens[this.at + 1]?.startOffset ?? Infinity)
      this.at++
      return { kind: 'block', open, body, close: this.leaf() }
    }
    const children = this.nodes()
    const close = this.leaf()
    const table = open.token.tokenType === T.LBracket && children.some((node) => node.kind === 'leaf' && node.token.tokenType === T.Comma)
    return { kind: 'group', open, children, close, table }
  }

  private leaf(): Draft {
    const token = this.tokens[this.at++] as Token // brackets are balanced: there is one
    const previous = this.leaves.at(-1)
    const asides = this.takeAsides(token.startOffset)
    if (previous !== undefined) {
      for (const aside of asides) previous.after.push(aside)
      previous.broken = token.first
    }
    const text = token.file.text.slice(token.startOffset, token.end)
    const leaf: Draft = { kind: 'leaf', token, text, after: [], broken: false, spaced: false, infix: false, communicates: false }
    this.textLine = lineOf(token.file, token.end)
    this.leaves.push(leaf)
    return leaf
  }

  // ------------------------------------------------------------------------------------------ asides

  private takeAsides(end: number): Aside[] {
    const start = this.nextAside
    const { asides } = this.source
    while ((asides[this.nextAside]?.start ?? Infinity) < end) this.nextAside++
    const taken = asides.slice(start, this.nextAside)
    this.textLine = taken.at(-1)?.lastLine ?? this.textLine
    return taken
  }

  private blanksBefore(line: number): number {
    return this.textLine === 0 ? 0 : Math.max(0, line - this.textLine - 1)
  }

  /** Takes the asides up to `end`: the first may belong to the last line, the others stand alone. */
  private ownLines(end: number): OwnLine[] {
    const own: OwnLine[] = []
    const { asides } = this.source
    for (let aside = asides[this.nextAside]; aside !== undefined && aside.start < end; aside = asides[this.nextAside]) {
      this.nextAside++
      if (aside.gap !== undefined && this.last !== undefined) this.last.behind = aside
      else own.push({ aside, blanks: this.blanksBefore(aside.line) })
      this.textLine = aside.lastLine
    }
    return own
  }
}

/**
 * Builds the lines of a text.
 * @param source the text, which `laidOut` was made of
 * @param laidOut its tokens with layout among them, free of faults
 */
export function buildLines(source: Separated, laidOut: readonly Token[]): Body {
  return new Builder(source, laidOut).body(() => Infinity)
}
