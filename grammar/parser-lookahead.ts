/** Looking ahead by more than one token: what chevrotain's fixed lookahead cannot decide. Lines are short, so scanning them is cheap. */
import type { TokenType } from 'chevrotain'
import * as T from './tokens.ts'
import type { Token } from './tokens.ts'
import { BaseParser } from './parser-base.ts'

const declares: ReadonlySet<TokenType> = new Set([
  T.Val, T.Initial, T.Proc, T.Protocol, T.Data, T.Place, T.Inline, T.Recursive, T.Chan, T.Timer, T.Port, T.Barrier, T.Shared, T.Mobile,
]) // prettier-ignore

/** What follows the direction of a channel that stands within a declaration or brackets. */
const afterEnd: ReadonlySet<TokenType> = new Set([T.Comma, T.RParen, T.RBracket, T.Colon])

/** What follows a channel end that is a value; a communication cannot go on with any of these. */
const afterValue: ReadonlySet<TokenType> = new Set([
  ...afterEnd, T.From, T.For, T.Step, T.Bar, T.Semicolon, T.DoubleColon, T.Assign, T.Eol,
]) // prettier-ignore

/** What follows an end of a channel type in a protocol. */
const afterEndType: ReadonlySet<TokenType> = new Set([T.Semicolon, T.Eol, T.Colon])

const literals: ReadonlySet<TokenType> = new Set([T.Integer, T.Real, T.ByteLiteral, T.StringText, T.BoolLiteral])

const baseTypes: ReadonlySet<TokenType> = new Set([T.Primitive, T.Chan, T.Timer, T.Port, T.Barrier, T.Mobile, T.Shared])

const onlyProcesses: ReadonlySet<TokenType> = new Set([T.Seq, T.Par, T.While, T.Skip, T.Stop, T.Case])

const endsName: ReadonlySet<TokenType> = new Set([T.Eol, T.Comma, T.Is, T.Reshapes, T.Colon])

export abstract class LookingParser extends BaseParser {
  private typeAt(count: number): TokenType {
    return this.LA(count).tokenType
  }

  private isDirection(count: number): boolean {
    return this.is(T.Question, count) || this.is(T.Exclamation, count)
  }

  /** `c?` or `c!` as a value rather than the start of a communication. */
  protected endAhead(): boolean {
    if (!this.isDirection(1)) return false
    const next = this.typeAt(2)
    if (afterEnd.has(next)) return true
    if (!afterValue.has(next) && !T.isInfix(next)) return false
    return !T.communicates(this.tokens, this.ahead(1).position)
  }

  /** `?` or `!` at the type (`CHAN INT? c`), not at the name. */
  protected typeDirectionAhead(): boolean {
    return this.isDirection(1) && (this.is(T.Name, 2) || this.is(T.Chan, 2))
  }

  /** `T!` or `T?` as a type: an end of a channel type, in a declaration, or in a protocol. */
  protected endTypeAhead(): boolean {
    return this.typeDirectionAhead() || (this.isDirection(1) && afterEndType.has(this.typeAt(2)))
  }

  /** `c`, `c?` or `c!` followed by IS or RETYPES: an abbreviation without a type. */
  protected untypedAhead(): boolean {
    const after = this.isDirection(2) ? 3 : 2
    return this.is(T.Name) && (this.is(T.Is, after) || this.is(T.Reshapes, after))
  }

  /** `RESULT T x IS y:`, whereas `RESULT e` ends a VALOF. */
  private resultAbbreviationAhead(): boolean {
    return this.lastOfLine() === T.Colon && (this.find(T.Is, 2, true) > 0 || this.find(T.Reshapes, 2, true) > 0)
  }

  /** In a list of formals: a name that shares the type of the one before it. */
  protected formalNameAhead(): boolean {
    if (!this.is(T.Name)) return false
    const after = this.isDirection(2) ? 3 : 2
    return this.is(T.Comma, after) || this.is(T.RParen, after)
  }

  /** `LENGTH x`: a conversion to a named type. (`LENGTH (x)` looks like a call and is left to the compiler.) */
  protected namedConversionAhead(): boolean {
    if (!this.is(T.Name)) return false
    const next = this.typeAt(2)
    if (next === T.LBracket) return this.groupAhead(2)
    return next === T.Name || next === T.Rounding || next === T.Primitive || literals.has(next)
  }

  /** `[1, 2]`, `[a FROM i FOR n]` or `[i = 0 FOR n | e]` at `count`: a value, whereas `[i]` is a subscript. */
  private groupAhead(count: number): boolean {
    for (let depth = 0; ; count++) {
      if (depth > 0) count = this.afterBlock(count)
      const { tokenType, startOffset } = this.LA(count)
      if (tokenType === T.LBracket || tokenType === T.LParen) depth++
      else if (tokenType === T.RBracket || tokenType === T.RParen) depth--
      else if (depth === 1 && (tokenType === T.Comma || tokenType === T.From || tokenType === T.For || tokenType === T.Bar)) return true
      if (depth === 0 || tokenType === T.Eol || Number.isNaN(startOffset)) return false
    }
  }

  /** `[3]INT x` or `[3]V x`: a conversion to an array type. A value in brackets has no name or type right after it. */
  protected arrayConversionAhead(): boolean {
    if (!this.is(T.LBracket)) return false
    const base = this.afterDimensions(1)
    return (
      this.is(T.Primitive, base) ||
      (this.is(T.Name, base) && this.ahead(base).startOffset === this.ahead(base - 1).end && this.operandAhead(base + 1))
    )
  }

  private operandAhead(count: number): boolean {
    const type = this.typeAt(count)
    return type === T.Name || type === T.LParen || type === T.LBracket || literals.has(type)
  }

  /** Whether the next line, where a choice or an alternative could begin as well, is surely a process: an assignment, an output, a SEQ. */
  protected processAhead(): boolean {
    if (onlyProcesses.has(this.typeAt(1))) return true
    return this.find(T.Assign, 1, false) > 0 || this.find(T.Exclamation, 1, true) > 0
  }

  /** A name where a type should be: what comes after it could only come after a name. */
  protected untypedNameAhead(): boolean {
    return this.is(T.Name) && (afterEnd.has(this.typeAt(2)) || (this.isDirection(2) && afterEnd.has(this.typeAt(3))) || this.is(T.Eol, 2))
  }

  /** `i = base FOR count |` after the `[` that is next. */
  protected constructorAhead(): boolean {
    return this.is(T.Name, 2) && this.is(T.Equals, 3) && this.find(T.For, 4, true) > 0
  }

  /** A condition in the line of its IF. */
  protected conditionAhead(): boolean {
    return !this.is(T.Eol) && this.find(T.For, 1, false) === 0
  }

  /** A replicator after SEQ, PAR, IF or ALT. */
  protected replicatorAhead(): boolean {
    return this.is(T.Name) && (this.is(T.Equals, 2) || this.find(T.For, 1, false) > 0)
  }

  /** `ENROLL b` or `BARRIER b` in the line of a PAR. */
  protected enrolAhead(): boolean {
    return this.find(T.Enroll, 1, false) > 0 || this.find(T.Barrier, 1, false) > 0
  }

  /** `CHAN TYPE T` and `RECURSIVE CHAN TYPE T`. */
  protected channelTypeDeclarationAhead(): boolean {
    const at = this.is(T.Recursive) ? 2 : 1
    return this.is(T.Chan, at) && this.is(T.Type, at + 1)
  }

  protected mobileProcAhead(): boolean {
    return this.is(T.Mobile) && this.is(T.Proc, 2)
  }

  protected functionAhead(): boolean {
    return this.find(T.Func, 1, false) > 0
  }

  /** @returns the place after the value process whose Indent is at `count`; the same place if no Indent is there */
  private afterBlock(count: number): number {
    for (let depth = 0; ; count++) {
      const token = this.LA(count)
      if (token.tokenType === T.Indent) depth++
      else if (depth === 0 || Number.isNaN(token.startOffset)) return count
      else if (token.tokenType === T.Outdent) depth--
    }
  }

  /** @returns the first place from `count` on, outside brackets, where `type` stands in this line; 0 if it does not. */
  private find(type: TokenType, count: number, stopAtComma: boolean): number {
    for (let depth = 0; ; count++) {
      if (depth > 0) count = this.afterBlock(count)
      const token = this.LA(count)
      const found = token.tokenType
      if (found === T.LBracket || found === T.LParen) depth++
      else if (found === T.RBracket || found === T.RParen) depth--
      else if (depth === 0 && found === type) return count
      if (depth < 0 || found === T.Eol || found === T.Indent || Number.isNaN(token.startOffset)) return 0
      if (depth === 0 && stopAtComma && found === T.Comma) return 0
    }
  }

  /** @returns the place after the groups `[...]` that begin at `count`. */
  private afterDimensions(count: number): number {
    for (let depth = 0; ; count++) {
      if (depth > 0) count = this.afterBlock(count)
      const token = this.LA(count)
      if (token.tokenType === T.LBracket) depth++
      else if (depth === 0 || token.tokenType === T.Eol || Number.isNaN(token.startOffset)) return count
      else if (token.tokenType === T.RBracket) depth--
    }
  }

  /** A type and nothing that it would convert: `INT`, `[4]BYTE`. @param count where it would begin */
  protected typeAhead(count: number): boolean {
    const base = this.afterDimensions(count)
    const type = this.typeAt(base)
    if (type === T.Name) return base > count
    if (!baseTypes.has(type)) return false
    const next = this.typeAt(base + 1)
    return (
      type !== T.Primitive || (next !== T.Name && next !== T.LParen && next !== T.Rounding && next !== T.LBracket && !literals.has(next))
    )
  }

  /** `RESIGN b`, `RESIGN b[i], c`: a word only where a process can begin and names fill the line. */
  protected resignAhead(): boolean {
    if (!this.is(T.Name) || this.ahead(1).image !== 'RESIGN') return false
    for (let count = 2; this.is(T.Name, count); count++) {
      count = this.afterDimensions(count + 1)
      if (this.is(T.Eol, count)) return true
      if (!this.is(T.Comma, count)) return false
    }
    return false
  }

  /** Whether the next line is a declaration, or was meant to be one. */
  protected declarationAhead(): boolean {
    const type = this.typeAt(1)
    if (declares.has(type)) return true
    if (type === T.Result) return this.resultAbbreviationAhead()
    if (type !== T.Name && type !== T.Primitive && type !== T.LBracket) return false
    const next = this.typeAt(2)
    if (this.resignAhead()) return false
    if (type === T.Name) {
      if (next === T.Assign || next === T.LParen || next === T.Eol || next === T.LBracket) return false
      if (next === T.Is || next === T.Reshapes || next === T.Func) return true
      if (this.isDirection(2)) return this.is(T.Is, 3) || this.is(T.Reshapes, 3) || (this.is(T.Name, 3) && this.lastOfLine() === T.Colon)
      if (next === T.Name && endsName.has(this.typeAt(3))) return true
    } else {
      const base = this.afterDimensions(1)
      if (baseTypes.has(this.typeAt(base)) && (base > 1 || (this.is(T.Name, base + 1) && endsName.has(this.typeAt(base + 2))))) return true
      if (base > 1 && this.is(T.Name, base) && this.is(T.Name, base + 1)) return true
    }
    return this.lastOfLine() === T.Colon || this.functionAhead()
  }

  /** The type of the token before the Eol of this line. */
  private lastOfLine(): TokenType {
    let depth = 0
    for (let count = 1; ; count++) {
      const token: Token = this.ahead(count)
      if (token.tokenType === T.Indent) depth++
      else if (token.tokenType === T.Outdent) depth--
      if (Number.isNaN(token.startOffset) || depth < 0 || (depth === 0 && token.tokenType === T.Eol)) return this.typeAt(count - 1)
    }
  }
}
