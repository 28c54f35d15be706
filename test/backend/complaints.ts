/** Emitted TypeScript under `strict`, many units at once. */
import ts from 'typescript'
import { ROOT } from './compile.ts'

/** @returns what TypeScript says of the files, which import `godwit/abi` and each other */
export function complaints(files: ReadonlyMap<string, string>): string[] {
  const options: ts.CompilerOptions = {
    strict: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    noEmit: true,
    lib: ['lib.es2023.d.ts'],
    types: [],
    paths: { 'godwit/abi': [`${ROOT}runtime/abi.ts`] },
    allowImportingTsExtensions: true,
    skipLibCheck: true,
  }
  const disk = ts.createCompilerHost(options)
  const host: ts.CompilerHost = {
    ...disk,
    fileExists: (path) => files.has(path) || disk.fileExists(path),
    directoryExists: () => true,
    readFile: (path) => files.get(path) ?? disk.readFile(path),
    getSourceFile(path, version) {
      const text = files.get(path)
      return text === undefined ? disk.getSourceFile(path, version) : ts.createSourceFile(path, text, version)
    },
  }
  const program = ts.createProgram([...files.keys()], options, host)
  return ts.getPreEmitDiagnostics(program).map((d) => `${d.file?.fileName ?? ''}: ${ts.flattenDiagnosticMessageText(d.messageText, '\n')}`)
}
