/** `godwit types` */
import { compilerOptions, loadOrExit } from '../load-program.ts'
import type { SourceOptions } from '../load-program.ts'
import { requireNoText, textsOf, writeOutput } from '../output-file.ts'

export interface TypesOptions extends SourceOptions {
  readonly output?: string
}

/**
 * Writes declarations of what a program looks like from TypeScript.
 * @throws Exit with status 2 when the program was rejected
 */
export async function types(file: string, options: TypesOptions): Promise<void> {
  const { program, inputs } = await loadOrExit(file, { ...compilerOptions(options), entries: true })
  const { interface: shown, services = [] } = program.manifest
  if (shown === undefined) throw new Error(`${file} was compiled without its interface`)
  const { declarations } = await import('../declarations.ts')
  const text = declarations(file, shown, services)
  if (options.output === undefined) process.stdout.write(text)
  else {
    requireNoText('--output', options.output, textsOf(inputs))
    writeOutput(options.output, text)
  }
}
