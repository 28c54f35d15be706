/** `godwit explain` */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { UsageError } from '../errors.ts'
import { renderMarkdown } from '../markdown.ts'
import { diagnosticPages } from '../package.ts'
import { columns, out, print } from '../terminal.ts'

const FAMILIES: readonly (readonly [prefix: RegExp, title: string])[] = [
  [/^[EW]01/, 'Text and layout'],
  [/^[EW]02/, 'Syntax'],
  [/^[EW]03/, 'Names'],
  [/^[EW]04/, 'Types'],
  [/^[EW]05/, 'Protocols and directions'],
  [/^[EW]06/, 'Parallel usage'],
  [/^[EW]07/, 'Choice and replication'],
  [/^[EW]08/, 'Placement and migration'],
  [/^R0[12]/, 'Run-time errors'],
  [/^R0[34]/, 'Nodes and migration'],
  [/^R05/, 'Code, checkpoints and starting'],
  [/^R07/, 'Programs as libraries'],
]

/**
 * Shows the page of a code, or lists all codes.
 * @throws UsageError when there is no such code
 */
export function explain(code: string | undefined): void {
  if (code === undefined) {
    list()
    return
  }
  const wanted = code.toUpperCase()
  const page = join(diagnosticPages, `${wanted}.md`)
  if (!/^[A-Z]\d{4}$/.test(wanted) || !existsSync(page)) {
    const near = codes()
      .filter((other) => alike(wanted, other) || (wanted.length >= 3 && other.startsWith(wanted.slice(0, 3))))
      .slice(0, 5)
    throw new UsageError(
      `there is no diagnostic \`${code}\``,
      ...(near.length === 0 ? [] : [`near it are ${near.map((other) => `${other} (${titleOf(other)})`).join(', ')}`]),
      '`godwit explain` lists all of them',
    )
  }
  print(renderMarkdown(readFileSync(page, 'utf8'), out, columns()))
}

function list(): void {
  const all = codes()
  let rest = all
  for (const [prefix, title] of [...FAMILIES, [/./, 'Others'] as const]) {
    const family = rest.filter((code) => prefix.test(code))
    rest = rest.filter((code) => !prefix.test(code))
    if (family.length === 0) continue
    print(`${out.bold(title)}\n${family.map((code) => `  ${out.cyan(code)}  ${titleOf(code)}`).join('\n')}\n`)
  }
  print(`${String(all.length)} codes; \`godwit explain CODE\` shows one`)
}

/** @returns the codes of all diagnostics, in order */
export function codes(): readonly string[] {
  if (!existsSync(diagnosticPages)) return []
  return readdirSync(diagnosticPages)
    .filter((name) => /^[A-Z]\d{4}\.md$/.test(name))
    .map((name) => name.slice(0, -3))
    .sort()
}

/** @returns the heading of a page, without the code. */
function titleOf(code: string): string {
  const [heading = ''] = readFileSync(join(diagnosticPages, `${code}.md`), 'utf8').split('\n', 1)
  return heading.replace(/^# */, '').replace(new RegExp(`^\`?${code}\`?[: -]*`), '')
}

/** @returns whether two codes differ in one character at most, or by one character that one of them lacks */
function alike(a: string, b: string): boolean {
  if (a.length === b.length) return Array.from(a).filter((c, i) => c !== b[i]).length <= 1
  const [short, long] = a.length < b.length ? [a, b] : [b, a]
  return long.length - short.length === 1 && Array.from(long).some((_, i) => long.slice(0, i) + long.slice(i + 1) === short)
}
