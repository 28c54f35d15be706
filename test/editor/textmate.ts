/** As much of TextMate's way of colouring texts as our grammar uses: patterns by line, captures, blocks from `begin` to `end`, and a repository. */

export interface Rule {
  readonly name?: string
  readonly match?: string
  readonly begin?: string
  readonly end?: string
  readonly captures?: Readonly<Record<string, { readonly name: string }>>
  readonly beginCaptures?: Readonly<Record<string, { readonly name: string }>>
  readonly endCaptures?: Readonly<Record<string, { readonly name: string }>>
  readonly patterns?: readonly Rule[]
  readonly include?: string
}

export interface Grammar {
  readonly patterns: readonly Rule[]
  readonly repository: Readonly<Record<string, Rule>>
}

const compiled = new Map<string, RegExp>()

function search(pattern: string, line: string, from: number): RegExpExecArray | null {
  let regexp = compiled.get(pattern)
  if (regexp === undefined) compiled.set(pattern, (regexp = new RegExp(pattern, 'gd')))
  regexp.lastIndex = from
  return regexp.exec(line)
}

/** Patterns as they stand, those of the repository in their places. */
function* flat(rules: readonly Rule[], grammar: Grammar): Generator<Rule> {
  for (const rule of rules) {
    const named = rule.include === undefined ? rule : grammar.repository[rule.include.slice(1)]
    if (named === undefined) throw new Error(`there is no ${rule.include ?? ''} in the repository`)
    if (named.match === undefined && named.begin === undefined) yield* flat(named.patterns ?? [], grammar)
    else yield named
  }
}

/** @returns for each character of a text the innermost name that it has been given; '' for none */
export function colours(text: string, grammar: Grammar): string[][] {
  const stack: Rule[] = []
  return text.split('\n').map((line) => {
    const names = new Array<string>(line.length).fill('')
    const paint = (found: RegExpExecArray, name: string | undefined, captures: Rule['captures']): void => {
      const end = found.index + found[0].length
      if (name !== undefined) names.fill(name, found.index, end)
      for (const [group, { name: inner }] of Object.entries(captures ?? {})) {
        const [from, to] = found.indices?.[Number(group)] ?? [0, 0]
        names.fill(inner, from, to)
      }
    }
    for (let at = 0; at <= line.length;) {
      const block = stack.at(-1)
      const end = block?.end === undefined ? null : search(block.end, line, at)
      let best: { readonly rule: Rule; readonly found: RegExpExecArray } | undefined
      for (const rule of flat(block?.patterns ?? (block === undefined ? grammar.patterns : []), grammar)) {
        const found = search(rule.match ?? rule.begin ?? '', line, at)
        if (found !== null && (best === undefined || found.index < best.found.index)) best = { rule, found }
      }
      if (block !== undefined && end !== null && (best === undefined || end.index <= best.found.index)) {
        if (block.name !== undefined) names.fill(block.name, at, end.index)
        paint(end, block.name, block.endCaptures)
        stack.pop()
        at = end.index + end[0].length
        if (end[0].length === 0 && at >= line.length) break
        continue
      }
      if (block?.name !== undefined) names.fill(block.name, at, best?.found.index ?? line.length)
      if (best === undefined) break
      const { rule, found } = best
      paint(found, rule.name, rule.match === undefined ? rule.beginCaptures : rule.captures)
      if (rule.match === undefined) stack.push(rule)
      at = found.index + Math.max(1, found[0].length)
    }
    return names
  })
}
