/** What holds for every text: the compiler refuses it with diagnostics or makes a program that keeps its promises, in time. */
import { renderAll } from '../../compiler/diagnostics/render.ts'
import { compile } from '../../compiler/index.ts'
import type { Compilation, CompiledProgram } from '../../compiler/host.ts'
import { format } from '../../editor/prettier-plugin/format.ts'
import type { Label } from '../../grammar/diagnostic.ts'
import { projectHost } from '../backend/compile.ts'
import { substance } from '../fmt/texts.ts'

/** A text for which something does not hold. `kind` tells one fault from another while an input is made smaller. */
export class Broken extends Error {
  constructor(
    readonly kind: string,
    message: string,
  ) {
    super(`${kind}: ${message}`)
  }
}

/** No text may take longer, in milliseconds of the processor: a busy machine makes no text slow. */
const DEADLINE = 2000

/** @returns the milliseconds that the processor has worked for this OS process */
function processorTime(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** The file that a text is compiled as. */
export const PATH = 'x.csp'

/**
 * Compiles a text, with every checker between the passes.
 * @returns the program, or undefined when it is refused
 * @throws Broken when it is neither
 */
export async function compiles(text: string): Promise<CompiledProgram | undefined> {
  const before = processorTime()
  const compilation = await caught('the compiler throws', () => compile(PATH, projectHost({ [PATH]: text }), { verify: true }))
  const time = processorTime() - before
  if (time > DEADLINE) throw new Broken('the compiler is slow', `${time.toFixed()} ms for ${text.length} characters`)
  checkDiagnostics(compilation)
  return compilation.program
}

function checkDiagnostics({ diagnostics, program }: Compilation): void {
  const errors = diagnostics.filter(({ severity }) => severity === 'error')
  if ((errors.length === 0) !== (program !== undefined)) {
    throw new Broken('neither a program nor an error', renderAll(diagnostics))
  }
  for (const { code, title, primary, secondary } of diagnostics) {
    for (const label of [primary, ...secondary]) {
      if (!isPlace(label)) throw new Broken(`${code} has no valid place`, title)
    }
    if (code === 'E0901') throw new Broken(`not translated: ${title}`, renderAll(errors))
  }
}

const isPlace = ({ span: { file, start, end } }: Label): boolean => 0 <= start && start <= end && end <= file.text.length

/** Formats a text. @throws Broken when that changes the program, or when there is something left to format */
export function formats(text: string): void {
  const before = processorTime()
  const once = formatted(text)
  if (once === undefined) return
  const time = processorTime() - before
  if (time > DEADLINE) throw new Broken('the formatter is slow', `${time.toFixed()} ms for ${text.length} characters`)
  if (JSON.stringify(substance(once)) !== JSON.stringify(substance(text))) throw new Broken('formatting changes the program', once)
  const twice = formatted(once)
  if (twice !== once) throw new Broken('formatting is not idempotent', `${once}\n----\n${twice ?? 'refused'}`)
}

function formatted(text: string): string | undefined {
  try {
    return format(text, { path: PATH }).text
  } catch (error) {
    throw thrown('the formatter throws', error)
  }
}

async function caught<T>(what: string, body: () => Promise<T>): Promise<T> {
  try {
    return await body()
  } catch (error) {
    throw thrown(what, error)
  }
}

/** An exception as a fault: where it was thrown is part of its kind, what it says is not. */
export function thrown(what: string, error: unknown): Broken {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
  const place = /at \S+ \(.*?\/((?:grammar|compiler|editor|runtime)\/[^)]*:\d+):\d+\)/.exec(stack)
  return new Broken(`${what} at ${place?.[1] ?? 'an unknown place'}`, stack.split('\n').slice(0, 12).join('\n'))
}
