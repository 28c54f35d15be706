/** `i = base FOR count STEP step`. */
import type { Replicator } from '../../grammar/ast.ts'
import type { TypeContext } from './context.ts'
import { demandInt } from './demand.ts'
import { settle } from './context.ts'
import { integerValue } from './evaluate.ts'
import { INT } from './type-model.ts'

/** Types a replicator, gives its index a type and notes its count where known. */
export function replicator(ctx: TypeContext, written: Replicator): void {
  const { base, count, step } = written
  demandInt(ctx, base, 'the first value of a replicator', INT)
  if (demandInt(ctx, count, 'the count of a replicator', INT)) {
    const value = integerValue(ctx, count)
    if (value !== undefined && value < 0n) ctx.report('E0701', count.span, { count: value })
    else if (value !== undefined) ctx.counts.set(written, Number(value))
  }
  if (step !== undefined && demandInt(ctx, step, 'the STEP of a replicator', INT) && integerValue(ctx, step) === 0n)
    ctx.report('E0702', step.span, undefined)
  settle(ctx.symbols.get(written.name), INT)
}
