/** Messages of the compiler, as editors have them, and the changes that they propose. */
import {
  CodeActionKind,
  DiagnosticSeverity,
  DiagnosticTag,
  type CodeAction,
  type Diagnostic as EditorDiagnostic,
  type TextEdit,
} from 'vscode-languageserver'
import { proposalsOf } from '../../compiler/diagnostics/proposals.ts'
import type { Diagnostic } from '../../grammar/diagnostic.ts'
import type { SourceFile } from '../../grammar/source.ts'
import { locationOf, positionAt, rangeOf, uriOf } from './places.ts'
import type { View, Workspace } from './workspace.ts'

/** What nobody uses: editors show it faded. */
const UNNECESSARY: ReadonlySet<string> = new Set(['W0301'])

/** @returns a message as an editor shows it, with a link to its page and its other places */
export function toEditor(diagnostic: Diagnostic, workspace: Workspace): EditorDiagnostic {
  const { code, severity, title, primary, secondary, help } = diagnostic
  const page = workspace.page(code)
  const label = primary.text === '' ? [] : [primary.text]
  return {
    range: rangeOf(primary.span),
    severity: severity === 'error' ? DiagnosticSeverity.Error : DiagnosticSeverity.Warning,
    code,
    ...(page === undefined ? {} : { codeDescription: { href: uriOf(page.path) } }),
    source: 'godwit',
    message: [title, ...label, ...help.map((each) => `help: ${each}`)].join('\n'),
    ...(UNNECESSARY.has(code) ? { tags: [DiagnosticTag.Unnecessary] } : {}),
    relatedInformation: secondary.map(({ span, text }) => ({ location: locationOf(span), message: text === '' ? 'see here' : text })),
  }
}

/** @returns the messages of a program by file: an entry for each of its own files, those of libraries left out where they have none */
export function byFile(
  diagnostics: readonly Diagnostic[],
  files: readonly SourceFile[],
  workspace: Workspace,
): Map<string, EditorDiagnostic[]> {
  const found = new Map<string, EditorDiagnostic[]>(files.filter(({ path }) => !workspace.isLibrary(path)).map(({ path }) => [path, []]))
  for (const diagnostic of diagnostics) {
    const { path } = diagnostic.primary.span.file
    const list = found.get(path) ?? []
    found.set(path, list)
    list.push(toEditor(diagnostic, workspace))
  }
  return found
}

/** @returns the one edit that makes one text of another: what they have in common at both ends is left alone */
export function editBetween(file: SourceFile, after: string): TextEdit {
  const before = file.text
  const most = Math.min(before.length, after.length)
  let start = 0
  while (start < most && before[start] === after[start]) start++
  let end = 0
  while (end < most - start && before[before.length - 1 - end] === after[after.length - 1 - end]) end++
  return {
    range: { start: positionAt(file, start), end: positionAt(file, before.length - end) },
    newText: after.slice(start, after.length - end),
  }
}

/**
 * @param start where the selection begins
 * @param end where it ends
 * @returns what the messages there propose to write
 */
export function codeActions({ analysis, path, file }: View, start: number, end: number, workspace: Workspace): CodeAction[] {
  const actions: CodeAction[] = []
  for (const diagnostic of analysis.diagnostics) {
    const { span } = diagnostic.primary
    if (span.file.path !== path || span.start > end || span.end < start) continue
    const proposed = diagnostic.help.flatMap((help) => (proposalsOf(diagnostic, help) ?? []).map((text) => ({ help, text })))
    for (const { help, text } of proposed) {
      if (text === file.text) continue
      const edit = editBetween(file, text)
      actions.push({
        title: titleOf(help, edit),
        kind: CodeActionKind.QuickFix,
        diagnostics: [toEditor(diagnostic, workspace)],
        isPreferred: proposed.length === 1,
        edit: { changes: { [uriOf(path)]: [edit] } },
      })
    }
  }
  return actions
}

/** Of a help that proposes one of two the edit tells which. */
function titleOf(help: string, { newText }: TextEdit): string {
  const sentence = help.charAt(0).toUpperCase() + help.slice(1)
  return /` or `/.test(help) ? `${sentence} (${newText.trim()})` : sentence
}
