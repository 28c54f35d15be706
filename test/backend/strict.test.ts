/** Every unit of every sample and language test passes `tsc --strict` against the real ABI, and every checker of the back end. */
import ts from 'typescript'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { allPrograms, compileFile, projectHost, ROOT } from './compile.ts'
import { complaints } from './complaints.ts'
import { compile } from '../../compiler/index.ts'

test('emitted TypeScript passes tsc --strict, and the JavaScript is what TypeScript makes of it', async () => {
  const files = new Map<string, string>()
  for (const path of allPrograms()) {
    const { program, diagnostics } = await compileFile(path)
    if (program === undefined) {
      const errors = diagnostics.filter((d) => d.severity === 'error').map((d) => `${d.code} ${d.title}`)
      throw new Error(`${path}: ${errors.join('\n')}`)
    }
    for (const { name, typescript, code } of program.units) assert.ok(tokens(code) === tokens(transpiled(typescript)), `${path} ${name}`)
    for (const unit of program.units) files.set(`${ROOT}generated/${path.replace(/\W/g, '_')}/${unit.name}.ts`, unit.typescript)
  }
  assert.ok(files.size > 100)
  assert.equal(complaints(files), [])
})

test('and so does what only the corners of the language use', async () => {
  const text = `
PROC main ()
  VAL x IS 3:
  BOOL a, b:
  INT n:
  [2]INT v:
  SEQ
    a, b := TRUE, FALSE
    IF
      a = b
        n := 1
      TRUE
        n := 2
    v[0] := 1
    IF
      (v[0] = 1) AND (v[0] <> 2)
        v[0] := 2
      TRUE
        SKIP
    IF
      v[0] = 2
        SKIP
      TRUE
        SKIP
    n := INT a
    IF
      (INT a) = 99
        SKIP
      n = 99
        SKIP
      TRUE
        SKIP
    TIMER tim:
    INT t1, t2, U, pc, fuel:
    SEQ
      tim ? t1
      t2, U, pc, fuel := t1, 1, 2, 3
      v[v[v[t1 /\\ 1] /\\ 1] /\\ 1] := (t2 + U) + (pc + fuel)
    CASE x
      1
        SKIP
      3
        SKIP
    CASE a
      TRUE
        SKIP
      FALSE
        SKIP
    IF
      n = 2
        IF
          n = 3
            SKIP
          TRUE
            SKIP
      TRUE
        SKIP
:
`
  const { program } = await compile('corners.csp', projectHost({ 'corners.csp': text }), { verify: true })
  assert.ok(program)
  assert.equal(complaints(new Map(program.units.map((u) => [`${ROOT}generated/${u.name}.ts`, u.typescript]))), [])
})

function transpiled(text: string): string {
  const compilerOptions = {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    removeComments: true,
    useDefineForClassFields: false,
  }
  return ts.transpileModule(text, { compilerOptions }).outputText
}

/** @returns the tokens of a module but brackets, semicolons and what it imports from; strings by value */
function tokens(text: string): string {
  const scanner = ts.createScanner(ts.ScriptTarget.ES2022, true, ts.LanguageVariant.Standard, text)
  const list: string[] = []
  for (let kind = scanner.scan(); kind !== ts.SyntaxKind.EndOfFileToken; kind = scanner.scan()) {
    if (kind === ts.SyntaxKind.OpenParenToken || kind === ts.SyntaxKind.CloseParenToken || kind === ts.SyntaxKind.SemicolonToken) continue
    const from = kind === ts.SyntaxKind.StringLiteral && list.at(-1) === 'from'
    list.push(from ? 'somewhere' : kind === ts.SyntaxKind.StringLiteral ? `'${scanner.getTokenValue()}` : scanner.getTokenText())
  }
  return list.join(' ')
}

test.run()
