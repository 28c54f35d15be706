/** What the user is told: each program of `faults.cases` with its diagnostics. */
import { test } from 'uvu'
import { cases, parseText, renderDiagnostics } from './cases.ts'

cases('faults.cases', (source) => renderDiagnostics(parseText(source).diagnostics))

test.run()
