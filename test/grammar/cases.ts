/**
 * Golden cases: a text file of small programs, each with what some stage makes of it. `--update` writes the file anew.
 *
 *     === what is true
 *     program
 *     ---
 *     result
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Diagnostic } from '../../grammar/diagnostic.ts'
import { parseProgram, type Parsed } from '../../grammar/parse.ts'
import { memoryReader } from '../../grammar/reader.ts'
import { lineColumn, type Span } from '../../grammar/source.ts'

interface Case {
  readonly title: string
  readonly source: string
  readonly expected: string
}

function read(text: string): Case[] {
  return text
    .split(/^=== /m)
    .slice(1)
    .map((part) => {
      const [head = '', expected = ''] = part.split(/^---\n/m)
      const cut = head.indexOf('\n') + 1
      return { title: head.slice(0, cut).trim(), source: head.slice(cut), expected: expected.trimEnd() }
    })
}

/**
 * Registers one test for each case of `test/grammar/<name>`.
 * @param render makes the result of a source text
 */
export function cases(name: string, render: (source: string) => string): void {
  const path = new URL(name, import.meta.url)
  const all = read(readFileSync(path, 'utf8'))
  if (process.argv.includes('--update')) {
    const updated = all.map(({ title, source }) => `=== ${title}\n${source}---\n${render(source).trimEnd()}\n\n`)
    writeFileSync(path, updated.join('').trimEnd() + '\n')
    return
  }
  for (const { title, source, expected } of all)
    test(title, () => {
      assert.fixture(render(source).trimEnd(), expected)
    })
}

/** Parses one text by itself. */
export function parseText(source: string): Parsed {
  const parsed = parseProgram('x.csp', memoryReader({ 'x.csp': source }))
  if (parsed === undefined) throw new Error('the file is there')
  return parsed
}

function underline({ file, start, end }: Span): string[] {
  const { line, column } = lineColumn(file, start)
  const text = file.text.split('\n')[line - 1] ?? ''
  const length = Math.max(1, Math.min(end - start, text.length - column + 1))
  return [`${String(line).padStart(3)} | ${text}`.trimEnd(), `    | ${' '.repeat(column - 1)}${'^'.repeat(length)}`]
}

/** Shows diagnostics one below the other, each with its line. */
export function renderDiagnostics(diagnostics: readonly Diagnostic[]): string {
  const lines = diagnostics.flatMap(({ code, title, primary, secondary, help }) => [
    `${code}: ${title}`,
    ...underline(primary.span),
    ...secondary.map(({ span, text }) => `    = line ${lineColumn(span.file, span.start).line}${text === '' ? '' : `: ${text}`}`),
    ...help.map((line) => `    = help: ${line}`),
  ])
  return lines.map((line) => `${line}\n`).join('')
}
