import { allPrograms, compileFile, ROOT } from '/work/main/test/backend/compile.ts'
import { renderAll } from '/work/main/compiler/diagnostics/render.ts'
import ts from 'typescript'
const files = new Map<string,string>()
const only = process.argv.slice(2)
for (const path of only.length ? only : allPrograms()) {
  try {
    const { program, diagnostics } = await compileFile(path)
    if (program === undefined) { console.log('REJECTED', path, renderAll(diagnostics.filter(d=>d.severity==='error')).slice(0, 1500)); continue }
    for (const u of program.units) files.set(`/work/main/gen/${path.replace(/\W/g,'_')}/${u.name}.ts`, u.typescript)
  } catch (e) { console.log('CRASH', path, (e as Error).stack?.split('\n').slice(0,6).join('\n')) }
}
const options: ts.CompilerOptions = { strict: true, target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext, noEmit: true, lib: ['lib.es2023.d.ts'], types: [], paths: { 'godwit/abi': ['/work/main/runtime/abi.ts'] }, allowImportingTsExtensions: true, skipLibCheck: true }
const host = ts.createCompilerHost(options)
const rf = host.readFile.bind(host), fe = host.fileExists.bind(host), gs = host.getSourceFile.bind(host)
host.readFile = (f) => files.get(f) ?? rf(f)
host.directoryExists = () => true
host.fileExists = (f) => files.has(f) || fe(f)
host.getSourceFile = (f, o) => files.has(f) ? ts.createSourceFile(f, files.get(f)!, o) : gs(f, o)
const prog = ts.createProgram([...files.keys()], options, host)
let n = 0
for (const d of ts.getPreEmitDiagnostics(prog)) {
  if (n++ > 40) break
  const f = d.file; const pos = f && d.start !== undefined ? f.getLineAndCharacterOfPosition(d.start) : undefined
  console.log(f?.fileName, pos ? pos.line+1 : '', ts.flattenDiagnosticMessageText(d.messageText, '\n'))
  if (f && pos) console.log('   ', f.text.split('\n')[pos.line])
}
console.log(files.size, 'units', n, 'errors')
