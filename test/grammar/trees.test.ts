/** What the parser makes of each construct. */
import { test } from 'uvu'
import { printTree } from '../../grammar/print-tree.ts'
import { cases, parseText, renderDiagnostics } from './cases.ts'

cases('trees.cases', (source) => {
  const { program, diagnostics } = parseText(source)
  return printTree(program) + renderDiagnostics(diagnostics)
})

test.run()
