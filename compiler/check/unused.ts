/** Warns of local declarations that nothing uses. Parameters, top-level names and names in library modules may well be unused. */
import type { Reporting } from '../diagnostics/catalogue.ts'
import type { Resolved } from './resolve.ts'
import { kindOf } from './type-model.ts'

/** Reports the local names of the program's own file that no use was bound to. Names beginning with `unused` are left alone. */
export function reportUnused({ program, symbols, used }: Resolved, report: Reporting): void {
  for (const [name, symbol] of symbols) {
    if (
      symbol.declaredAt !== name.span ||
      used.has(symbol) ||
      symbol.level === 0 ||
      name.span.file !== program.span.file ||
      name.text.startsWith('unused')
    )
      continue
    const counts =
      symbol.kind === 'proc' ||
      symbol.kind === 'function' ||
      (symbol.kind === 'variable' && symbol.role !== 'formal' && symbol.role !== 'index' && symbol.type.kind !== 'poison')
    if (counts) report('W0301', name.span, { name: name.text, what: kindOf(symbol).replace(/^an? /, '') })
  }
}
