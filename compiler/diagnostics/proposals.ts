/**
 * What the help of a message proposes to write, applied to the program that it is about.
 *
 * Each kind of proposal has its own sentence, and its own way into the text: most replace what the message points at, some are put above it. A help
 * that ends with something to write and is of no kind here is an error, unless it only shows a form (`FORMS`).
 */
import type { Diagnostic } from '../../grammar/diagnostic.ts'

/** What a proposal is applied to: a text, and the stretch of it that the message points at. */
interface Target {
  readonly text: string
  readonly start: number
  readonly end: number
}

interface Kind {
  readonly pattern: RegExp
  /** @returns the changed text for each thing that is proposed; undefined when there is nothing to apply it to */
  readonly apply: (target: Target, ...found: string[]) => readonly string[] | undefined
}

/** Replaces what the message points at. */
const instead = ({ text, start, end }: Target, by: string): string => text.slice(0, start) + by + text.slice(end)

/** Replaces a name from where the message points at it on, since a name that is wrong is reported once. */
function everywhere(target: Target, by: string): string {
  const { text, start, end } = target
  const found = text.slice(start, end)
  if (!/^\w[\w.]*$/.test(found)) return instead(target, by)
  const name = new RegExp(`(?<![\\w.])${found.replaceAll('.', '\\.')}(?![\\w.])`, 'g')
  return text.slice(0, start) + text.slice(start).replace(name, by)
}

const bare = (text: string): string => text.replace(/[\s()]/g, '')

/** @returns the stretch around what the message points at that is `expression` but for brackets and spaces */
function sameBut({ text, start, end }: Target, expression: string): Target | undefined {
  const from = Math.max(0, start - expression.length)
  for (let first = start; first >= from; first--) {
    if (/\s/.test(text[first] ?? '')) continue
    for (let last = end; last <= end + 2 * expression.length + 40; last++) {
      if (/\s/.test(text[last - 1] ?? '')) continue
      const part = text.slice(first, last)
      if (bare(part) === bare(expression) && part.split('(').length === part.split(')').length) return { text, start: first, end: last }
    }
  }
  return undefined
}

const lineStart = ({ text, start }: Target): number => text.lastIndexOf('\n', start - 1) + 1
const lineEnd = ({ text, start }: Target): number => {
  const end = text.indexOf('\n', start)
  return end < 0 ? text.length : end
}
const indentOf = (target: Target): string => /^ */.exec(target.text.slice(lineStart(target)))?.[0] ?? ''

/** Replaces the statement that the message points into. */
function statement(target: Target, by: string): string {
  return target.text.slice(0, lineStart(target)) + indentOf(target) + by + target.text.slice(lineEnd(target))
}

function above(target: Target, line: string): string {
  const at = lineStart(target)
  return `${target.text.slice(0, at)}${indentOf(target)}${line}\n${target.text.slice(at)}`
}

/** Puts a line above all, but below the line of options that programs of tests begin with. */
function atTop(text: string, line: string): string {
  return text.startsWith('-- ') ? text.replace('\n', `\n${line}\n`) : `${line}\n${text}`
}

/** What is written instead of something: an operator whose operands are proposed too stands for the whole. */
function written(target: Target, by: string): string {
  const whole = sameBut(target, by)
  if (whole !== undefined) return whole.text.slice(0, whole.start) + by + whole.text.slice(whole.end)
  const found = target.text.slice(target.start, target.end)
  if (/^\W+$/.test(found) && /^\w.*\w$/.test(by) && by.includes(' ')) {
    if (!/[!?:]/.test(by)) return target.text.replace(/(?<=:= ).*(?=\n)/, (old) => (target.start > target.text.indexOf(old) ? by : old))
    return statement(target, by)
  }
  return everywhere(target, by)
}

/** Puts a line below the declaration of a name. */
function afterDeclaration(text: string, name: string, line: string): string | undefined {
  const declaration = new RegExp(`^( *)[^\\n-]*\\b${name.replaceAll('.', '\\.')}\\b[^\\n]*:$`, 'm').exec(text)
  if (declaration === null) return undefined
  const at = declaration.index + declaration[0].length
  return `${text.slice(0, at)}\n${declaration[1] ?? ''}${line}${text.slice(at)}`
}

const KINDS: readonly Kind[] = [
  { pattern: /^(?:convert it|compare it|decorate it for a wider type): `(.+)`$/, apply: (t, by = '') => [instead(t, by)] },
  {
    pattern: /^compare twice: `(.+)`$/,
    apply: ({ text }, by = '') => [text.replace(by.slice(1, -1).replaceAll(/\) AND \(\S+/g, ''), by)],
  },
  { pattern: /^operators have no precedence; .*: `(.+)`$/, apply: (t, by = '') => [written(t, by)] },
  { pattern: /^use `~` for the bits of an integer, or compare: `(.+)`$/, apply: (t, by = '') => [instead(t, by)] },
  { pattern: /^say how to round: `(.+)` or `(.+)`$/, apply: (t, ...all) => all.map((by) => instead(t, by)) },
  { pattern: /^did you mean `(\w+\.\w+)`\?$/, apply: (t, by = '') => [quotedName(t, by)] },
  {
    pattern: /^where nothing is to be done meanwhile, write `\?`$/,
    apply: (t) => [instead(t, t.text.slice(t.start, t.end).replace('??', '?'))],
  },
  { pattern: /^end the line of the PAR with `(ENROLL \S+)`$/, apply: (t, by = '') => [before(t, /PAR[^\n]*/g, `$& ${by}`)] },
  { pattern: /^write `(MOBILE RECORD)`$/, apply: (t, by = '') => [before(t, /RECORD/g, by)] },
  { pattern: /^write `(MOBILE PROC .* IMPLEMENTS \S+)`$/, apply: (t, by = '') => [statement(t, by)] },
  { pattern: /^write `(n::s)`$/, apply: (t, by = '') => [instead(t, by)] },
  { pattern: /^write `(["'])` in its place$/, apply: (t, by = '') => [instead(t, by + t.text.slice(t.start + 1, t.end - 1) + by)] },
  { pattern: /^write `([A-Z]+ \w+(?:, \w+)*:)`$/, apply: (t, line = '') => [statement(t, line)] },
  { pattern: /^did you mean `(.+)`\?$/, apply: (t, by = '') => [everywhere(t, by)] },
  { pattern: /^names are made of letters, digits and points: `(.+)`$/, apply: (t, by = '') => [everywhere(t, by)] },
  { pattern: /^(?:where nothing is to be done meanwhile, )?write `([^`.]*) *\.\.\.` to assign$/, apply: (t, by = '') => [assigned(t, by)] },
  { pattern: /^write `([^`.]* )\.\.\.`$/, apply: (t, by = '') => [assigned(t, by)] },
  { pattern: /^write `([^`]+)` if this is to be (?:output to|input from)$/, apply: (t, by = '') => [instead(t, by)] },
  { pattern: /^write `([^`]+)` to call a PROC without parameters$/, apply: (t, by = '') => [instead(t, by)] },
  { pattern: /^to call it write `([^`]+)`$/, apply: (t, by = '') => [instead(t, by)] },
  { pattern: /^write `([^`]+)`, which goes round with it: /, apply: (t, by = '') => [instead(t, by)] },
  { pattern: /^write `(CLAIM [^`]+)` or `(CLAIM [^`]+)`$/, apply: (t, ...all) => all.map((by) => instead(t, by.slice('CLAIM '.length))) },
  { pattern: /^write `b & SKIP`, or `b & c \? v`$/, apply: (t) => [instead(t, `${t.text.slice(t.start, t.end)} & SKIP`)] },
  { pattern: /^write `(\S+ & SKIP)`, or `.*`$/, apply: (t, by = '') => [instead(t, by)] },
  { pattern: /write `(#(?:USE|INCLUDE) "[^"]+")` at the top$/, apply: ({ text }, line = '') => [atTop(text, line)] },
  { pattern: /^`(#INCLUDE "[^"]+")` declares it$/, apply: ({ text }, line = '') => [atTop(text, line)] },
  { pattern: /^copy it: `(INITIAL .* local IS .*:)`$/, apply: (t, line = '') => [above({ ...t, text: instead(t, 'local') }, line)] },
  {
    pattern: /^to make it a variable write `INITIAL .* (\S+) IS \.\.\.:`$/,
    apply: ({ text }, name = '') => [text.replace(new RegExp(`VAL ([^\\n]*\\b${name} IS )`), 'INITIAL $1')],
  },
  {
    pattern: /^declare `(\S+)` with `INITIAL` instead of `VAL` to make it a copy$/,
    apply: ({ text }, name = '') => [text.replace(new RegExp(`VAL ([^\\n]*\\b${name} IS )`), 'INITIAL $1')],
  },
  { pattern: /^put this under `(CLAIM [^`]+)`$/, apply: (t, claim = '') => [under(t, claim)] },
  {
    pattern: /^where you know better, say `(#PRAGMA SHARED (\S+))` after its declaration$/,
    apply: ({ text }, line = '', name = '') => optional(afterDeclaration(text, name, line)),
  },
  { pattern: /^to let it .*, write `(REC ([^`]+))`$/, apply: ({ text }, by = '', old = '') => [text.replace(old, by)] },
  {
    pattern: /^write `VAL` before the parameter, or make it a PROC$/,
    apply: (t) => [t.text.slice(0, t.start) + 'VAL ' + t.text.slice(t.start)],
  },
  {
    pattern: /^declare it on a line above, `(.+)`, and write its name alone here$/,
    apply: (t, line = '') => [above({ ...t, text: instead(t, line.replace(/^.* |:$/g, '')) }, line)],
  },
  { pattern: /^to (?:give the elements|move it in and out) write `(.+)`$/, apply: (t, by = '') => [instead(t, by)] },
  {
    pattern: /^to keep what it has, move a copy: `(CLONE .+)`$/,
    apply: ({ text }, by = '') => [text.replace(new RegExp(`(?<=(?:!|:=) )${by.slice('CLONE '.length)}\\b`, 'g'), by)],
  },
  { pattern: /^write `(#UNDEFINE .+)` first$/, apply: (t, line = '') => [above(t, line)] },
  {
    pattern: /^write `([^`]+)`(?: in its place|: escapes begin with an asterisk|: the first condition that is true is chosen)?$/,
    apply: (t, by = '') => [written(t, by)],
  },
]

/** Replaces the last of a word that stands above or before what the message points at. */
function before({ text, start }: Target, word: RegExp, by: string): string {
  const last = [...text.slice(0, start).matchAll(word)].at(-1)
  if (last === undefined) return text
  return text.slice(0, last.index) + last[0].replace(/^[^]*$/, by) + text.slice(last.index + last[0].length)
}

/** Replaces a name in quotes, or the name that the message points at. */
function quotedName(target: Target, by: string): string {
  const found = target.text.slice(target.start, target.end)
  return found.includes('"') ? instead(target, found.replace(/"[^"]*"/, `"${by}"`)) : everywhere(target, by)
}

const optional = <T>(value: T | undefined): readonly T[] | undefined => (value === undefined ? undefined : [value])

/** Replaces a line up to what the message points at. */
function assigned(target: Target, by: string): string {
  return target.text.slice(0, lineStart(target)) + indentOf(target) + by.trimEnd() + target.text.slice(target.end)
}

/** Puts a line above a statement, which is indented under it. */
function under(target: Target, line: string): string {
  const at = lineStart(target)
  return `${target.text.slice(0, at)}${indentOf(target)}${line}\n  ${target.text.slice(at)}`
}

/** Helps that end with something to write, which only show a form. */
const FORMS: readonly RegExp[] = [
  /^(?:it is the writing end: )?to (?:send on|receive from|read) it write `\S+ [!?] \w`$/,
  /^to give a first value write `INITIAL INT x IS 3:`$/,
  /^declare the variable inside the PAR, or make it an array and write `\w+\[i\]`$/,
  /^write `x \* x`$/,
]

/** @returns the program with each of its proposals applied; undefined when it proposes nothing that can be applied */
export function proposalsOf({ primary: { span } }: Diagnostic, help: string): readonly string[] | undefined {
  if (FORMS.some((form) => form.test(help))) return undefined
  const target: Target = { text: span.file.text, start: span.start, end: span.end }
  for (const { pattern, apply } of KINDS) {
    const found = pattern.exec(help)
    if (found !== null) return apply(target, ...found.slice(1))
  }
  return undefined
}

/** @returns whether a help ends with something to write, of a kind that this file does not know */
export function isUnknown(help: string): boolean {
  return (
    /(?:write|say|convert it:|compare it:) `[^`]+`$/.test(help) &&
    ![...KINDS.map(({ pattern }) => pattern), ...FORMS].some((each) => each.test(help))
  )
}
