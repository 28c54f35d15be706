/** All checking passes in order, for whoever does not care about the steps between. */
import type { Program } from '../../grammar/ast.ts'
import type { Diagnostic } from '../../grammar/diagnostic.ts'
import type { Result } from '../../grammar/result.ts'
import type { CompilerOptions } from '../host.ts'
import type { Checked } from '../semantics.ts'
import { fold } from './constants.ts'
import { resolve } from './resolve.ts'
import { typecheck } from './types.ts'
import { checkUsage } from './usage.ts'

/**
 * Checks a parsed program. Parallel usage is looked at only when everything before is in order, as it would misread a program that is not.
 * @param program the tree, without syntax errors or with `missing` parts
 * @param before what was reported while it was read
 * @returns the checked program, undefined when there is an error; and what there is to say about it (without `before`)
 */
export function check(program: Program, options: CompilerOptions = {}, before: readonly Diagnostic[] = []): Result<Checked | undefined> {
  const resolved = resolve(program)
  const typed = typecheck(resolved.value, options)
  const folded = fold(typed.value)
  const diagnostics: Diagnostic[] = [...resolved.diagnostics, ...typed.diagnostics, ...folded.diagnostics]
  if (hasErrors(before) || hasErrors(diagnostics)) return { value: undefined, diagnostics }
  const usage = checkUsage(folded.value)
  diagnostics.push(...usage.diagnostics)
  return { value: hasErrors(diagnostics) ? undefined : usage.value, diagnostics }
}

function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((diagnostic) => diagnostic.severity === 'error')
}
