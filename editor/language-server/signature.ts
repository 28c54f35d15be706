/** The parameters of the routine whose call is being written. */
import type { SignatureHelp } from 'vscode-languageserver'
import type { Entry } from '../../compiler/check/scope.ts'
import type { FunctionSymbol, ProcSymbol, Symbol } from '../../compiler/semantics.ts'
import { commentsAbove, formalText, headingOf } from './describe.ts'
import type { View } from './workspace.ts'

/** @returns the innermost symbol of a name that is visible */
export function find(entry: Entry | undefined, name: string): Symbol | undefined {
  for (let at = entry; at !== undefined; at = at.below) if (at.name === name) return at.symbol
  return undefined
}

/** @returns the call that is open at the end of a text: its name, and how many actual parameters are complete */
export function openCall(text: string): { readonly name: string; readonly complete: number } | undefined {
  let depth = 0
  let complete = 0
  for (let i = text.length - 1; i >= 0; i--) {
    const c = text[i]
    if (c === ')' || c === ']') depth++
    else if (c === '[') {
      if (depth === 0) return undefined
      depth--
    } else if (c === '(') {
      if (depth > 0) {
        depth--
        continue
      }
      const name = /([A-Za-z][A-Za-z0-9.]*)[ \t]*$/.exec(text.slice(Math.max(0, i - 200), i))?.[1]
      if (name !== undefined) return { name, complete }
      complete = 0 // brackets within an expression
    } else if (c === ',' && depth === 0) complete++
  }
  return undefined
}

/** @returns the part of the statement that stands before an offset: its line, and those above that it goes on from */
export function statementBefore(text: string, offset: number): string {
  let start = text.lastIndexOf('\n', offset - 1) + 1
  for (let lines = 0; start > 0 && lines < 20; lines++) {
    const before = text.lastIndexOf('\n', start - 2) + 1
    const line = text
      .slice(before, start - 1)
      .replace(/--.*$/, '')
      .trimEnd()
    if (!/[,;(&+\-*/]$/.test(line)) break
    start = before
  }
  return text.slice(start, offset).replace(/"(?:[^"*\n]|\*.)*"/g, (string) => `"${'x'.repeat(string.length - 2)}"`)
}

/** @returns the heading of the routine that is being called at an offset */
export function signatureHelp(view: View, offset: number): SignatureHelp | undefined {
  const call = openCall(statementBefore(view.file.text, offset))
  if (call === undefined) return undefined
  const symbol = find(view.names.visibleAt(view.file, offset), call.name)
  if (symbol?.kind !== 'proc' && symbol?.kind !== 'function') return undefined
  return signatureOf(symbol, call.complete)
}

function signatureOf(symbol: ProcSymbol | FunctionSymbol, active: number): SignatureHelp {
  const comments = symbol.declaredAt && commentsAbove(symbol.declaredAt)
  return {
    signatures: [
      {
        label: headingOf(symbol),
        ...(comments === undefined ? {} : { documentation: comments }),
        parameters: symbol.formals.map((formal) => ({ label: formalText(formal) })),
      },
    ],
    activeSignature: 0,
    activeParameter: Math.min(active, Math.max(0, symbol.formals.length - 1)),
  }
}
