/** Two names for one variable: allowed only where nothing can tell. Only what is certain is reported; the rest is for run time. */
import type { Expression, ProcCall } from '../../../grammar/ast.ts'
import type { Label } from '../../../grammar/diagnostic.ts'
import type { Span } from '../../../grammar/source.ts'
import type { Reporting } from '../../diagnostics/catalogue.ts'
import type { ProcSymbol, VariableSymbol } from '../../semantics.ts'
import { isData, primitiveName } from '../type-model.ts'
import { overlap } from './overlap.ts'
import type { Surroundings } from './surroundings.ts'
import { describeRegion, regionsOf, type Access, type Region, type RegionContext } from './regions.ts'
import type { CallAccesses } from './summary.ts'

export interface AliasContext {
  readonly report: Reporting
  readonly around: Surroundings
  readonly exempt: (symbol: VariableSymbol) => boolean
  /** Takes the calls that give a variable two names and may. */
  readonly permitted: Set<ProcCall>
}

const certain = (context: AliasContext, a: Region, b: Region): boolean =>
  a.root === b.root && !context.exempt(a.root) && overlap(a, b, context.around) === 'overlap'

/** Whether two regions may be one, and nobody minds. */
const permitted = (context: AliasContext, a: Region, b: Region): boolean =>
  a.root === b.root && context.exempt(a.root) && overlap(a, b, context.around) !== 'disjoint'

/** Checks one call: reference parameters that overlap, and parameters that the callee also uses by their own name. */
export function checkCall(context: AliasContext, regions: RegionContext, callee: ProcSymbol, call: ProcCall, does: CallAccesses): void {
  const references = does.handed
    .filter(({ formal }) => isData(formal.type))
    .map((handed) => ({ ...handed, regions: regionsOf(regions, handed.actual) }))
  const given = references.map((each) => ({ ...each, writes: each.accesses.some((access) => access.kind === 'write') }))
  // a VAL array is not copied, so it must not change under the callee either
  for (const [i, formal] of callee.formals.entries()) {
    const actual = call.actuals[i]
    if (actual === undefined || formal.mode !== 'val' || primitiveName(formal.type) !== undefined) continue
    given.push({ formal, actual, accesses: [], regions: regionsOf(regions, actual), writes: false })
  }
  for (const [i, a] of given.entries()) {
    for (const b of given.slice(i + 1)) {
      if (!a.writes && !b.writes) continue
      if (a.regions.some((x) => b.regions.some((y) => permitted(context, x, y)))) context.permitted.add(call)
      if (!a.regions.some((x) => b.regions.some((y) => certain(context, x, y)))) continue
      const [first, second] = a.actual.span.start < b.actual.span.start ? [a, b] : [b, a]
      context.report('E0607', second.actual.span, { name: textOf(second.actual), first: textOf(first.actual) }, [
        { span: first.actual.span, text: 'the same variable' },
      ])
      return
    }
  }
  for (const { regions: mine, actual, writes } of given) {
    const rivals = does.free.filter((access) => writes || access.kind === 'write')
    if (rivals.some((access) => mine.some((region) => permitted(context, region, access)))) context.permitted.add(call)
    const clash = rivals.find((access) => mine.some((region) => certain(context, region, access)))
    if (clash !== undefined) context.report('E0608', actual.span, { name: describeRegion(clash), callee: callee.name }, declared(callee))
  }
}

const textOf = ({ span }: Expression): string => span.file.text.slice(span.start, span.end)

function declared({ declaredAt }: ProcSymbol): Label[] {
  return declaredAt === undefined ? [] : [{ span: declaredAt, text: 'declared here' }]
}

/** An abbreviation whose scope has ended. */
export interface Ended {
  readonly symbol: VariableSymbol
  readonly at: Span
  /** What a reference abbreviation stands for. */
  readonly standsFor: readonly Region[]
  /** What the value or the subscripts were computed from. */
  readonly reads: readonly Access[]
  /** Everything done in the scope. */
  readonly accesses: readonly Access[]
}

/** Checks that what an abbreviation stands for is used through it only, and that what it was computed from stays as it is. */
export function checkAbbreviation(context: AliasContext, ended: Ended): void {
  const { symbol, at, standsFor, reads, accesses } = ended
  const label: Label = { span: at, text: 'abbreviated here' }
  if (isData(symbol.type)) {
    for (const region of standsFor) {
      const other = accesses.find((access) => !access.via.includes(symbol) && certain(context, region, access))
      if (other === undefined) continue
      context.report('E0609', other.span, { name: other.root.name, abbreviation: symbol.name }, [label])
      return
    }
  }
  for (const read of reads) {
    const write = accesses.find((access) => access.kind === 'write' && !access.via.includes(symbol) && certain(context, read, access))
    if (write === undefined) continue
    context.report('E0610', write.span, { name: write.root.name, abbreviation: symbol.name, val: symbol.role === 'val' }, [label])
    return
  }
}
