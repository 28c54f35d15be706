/** A copy of the sources as plain JavaScript, in which single files can be changed: a mutant is written in milliseconds, and starts in a fraction of a second. */
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import ts from 'typescript'

/** What is copied of the project. */
const FOLDERS = ['grammar', 'runtime', 'numbers', 'test/simulate', 'test/node', 'test/kernel', 'test/fuzz', 'test/harness'] as const

const options: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  verbatimModuleSyntax: true,
  rewriteRelativeImportExtensions: true,
}

function toJavaScript(text: string, fileName: string): string {
  return ts.transpileModule(text, { compilerOptions: options, fileName }).outputText
}

export class TranspiledCopy {
  /** Of all files. */
  readonly digest: string
  readonly folder: string
  private readonly texts = new Map<string, string>()

  /**
   * @param root the project's folder
   * @param files others that stand in the copy, by their paths, with their contents
   */
  constructor(root: string, files: Readonly<Record<string, string>>) {
    this.folder = mkdtempSync(join(tmpdir(), 'godwit-mutants-'))
    const hash = createHash('sha256')
    for (const folder of FOLDERS) {
      for (const name of readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).sort()) {
        if (!name.endsWith('.ts')) continue
        const path = join(folder, name)
        const text = readFileSync(join(root, path), 'utf8')
        const code = toJavaScript(text, path)
        this.texts.set(path, text)
        hash.update(path).update(code)
        this.put(path, code)
      }
    }
    for (const [path, text] of Object.entries(files)) {
      hash.update(path).update(text)
      this.put(path, text)
    }
    symlinkSync(join(root, 'node_modules'), join(this.folder, 'node_modules'))
    writeFileSync(join(this.folder, 'package.json'), readFileSync(join(root, 'package.json')))
    this.digest = hash.digest('hex')
  }

  private put(path: string, code: string): void {
    const target = join(this.folder, path.replace(/\.ts$/, '.js'))
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(target, code)
  }

  /**
   * Replaces texts of a file where they occur first, until `restore`.
   * @throws Error when the file has no such text, or when it makes no difference
   */
  change(path: string, changes: readonly { readonly text: string; readonly by: string }[]): void {
    const before = this.texts.get(path) ?? ''
    let after = before
    for (const { text, by } of changes) {
      if (!after.includes(text)) throw new Error(`${path} has no text ${JSON.stringify(text)}`)
      after = after.replace(text, () => by)
    }
    if (toJavaScript(after, path) === toJavaScript(before, path)) throw new Error(`${path} is the same with ${JSON.stringify(changes)}`)
    this.put(path, toJavaScript(after, path))
  }

  restore(path: string): void {
    this.put(path, toJavaScript(this.texts.get(path) ?? '', path))
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}
