/** The compiler in the page: it reads the program and the library, which the page has. */
import { texts as LIBRARY } from 'godwit:library'
import { renderAll, toJson } from '../../../../compiler/diagnostics/render.ts'
import type { JsonDiagnostic } from '../../../../compiler/diagnostics/render.ts'
import { compile } from '../../../../compiler/index.ts'
import type { CompiledProgram } from '../../../../compiler/index.ts'
import { files } from '../../shims/fs.ts'
import { sha256 } from '../../shims/sha256.ts'

/** The path of the program, for messages. */
export const PROGRAM_PATH = 'program.csp'
const LIBRARY_DIRECTORY = 'library'

const encoder = new TextEncoder()
for (const [name, text] of Object.entries(LIBRARY)) files.set(`${LIBRARY_DIRECTORY}/${name}`, text)

/** What the compiler says of one place. */
export interface Message extends JsonDiagnostic {
  /** As the command shows it. */
  readonly rendered: string
}

export interface Compiled {
  readonly messages: readonly Message[]
  /** Absent when there is an error. */
  readonly program: CompiledProgram | undefined
  /** Milliseconds it took. */
  readonly milliseconds: number
}

export async function compileProgram(text: string): Promise<Compiled> {
  files.set(PROGRAM_PATH, text)
  const begun = performance.now()
  const { diagnostics, program } = await compile(PROGRAM_PATH, {
    libraryDirectory: LIBRARY_DIRECTORY,
    read: (path) => files.get(path.replace(/^\.\//, '')),
    sha256: (part) => sha256(encoder.encode(part)),
  })
  return {
    messages: diagnostics.map((diagnostic) => ({ ...toJson(diagnostic), rendered: renderAll([diagnostic], { width: 96 }) })),
    program,
    milliseconds: performance.now() - begun,
  }
}
