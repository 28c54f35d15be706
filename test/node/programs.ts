/** The machines as a compiled program: translated to canonical code, as a compiler would have written it. */
import { readFileSync } from 'node:fs'
import ts from 'typescript'
import type { CodeUnit, MainEntry, Program } from '../../runtime/code/program.ts'
import { codeHash } from '../../runtime/code/store.ts'
import { ABI_VERSION } from '../../runtime/abi.ts'

function canonical(name: string, imports: Readonly<Record<string, string>>): CodeUnit {
  const text = readFileSync(new URL(`./machines/${name}.ts`, import.meta.url), 'utf8')
  const { outputText } = ts.transpileModule(text, {
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ES2022,
      removeComments: true,
      verbatimModuleSyntax: true,
      useDefineForClassFields: false,
    },
  })
  // Names say what a frame and a join are: nodes accept no other code.
  const code = outputText
    .replace(/super\(\.\.\.arguments\)/g, 'super(null)')
    .replace(/\bg\b/g, 'callee')
    .replace(/\bj\b/g, 'forked')
    .replace(/export const U = unit\(([^]*)$/, 'const $ = unit($1\nexport const U = $')
    .replace(/'[./]*runtime\/abi\.ts'/, "'godwit:abi'")
    .replace(/'\.\/(\w+)\.ts'/g, (_, other: string) => `'unit:${imports[other] ?? ''}'`)
  const debug = { name, files: [`${name}.csp`], sites: [], machines: [] }
  return { hash: codeHash(code), name, code, codeMap: '', imports: Object.values(imports), debug }
}

/** @param main which machine of machines/main.ts is the program, and what its parameters are connected to */
export function program(main: Pick<MainEntry, 'name' | 'parameters'>): Program {
  const stages = canonical('stages', {})
  const entry = canonical('main', { stages: stages.hash })
  const units = [stages, entry]
  return {
    units,
    manifest: {
      abi: ABI_VERSION,
      source: 'main.csp',
      units: units.map(({ hash, name, imports }) => ({ hash, name, imports })),
      main: { ...main, unit: entry.hash },
    },
  }
}
