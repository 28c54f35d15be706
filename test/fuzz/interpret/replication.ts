/** Replicators: an environment for each value of the index. */
import type { Replicator } from '../../../grammar/ast.ts'
import { wrapped } from './arithmetic.ts'
import type { Environment } from './environment.ts'
import { integer } from './expressions.ts'
import { Fault } from './fault.ts'
import { fresh } from './memory.ts'

const INT = { kind: 'primitive', name: 'INT' } as const

/** @yields the scope of each round, with the index bound. @throws Fault when the count is negative, the step zero, or the last index no INT */
export function* replicated(env: Environment, r: Replicator): Generator<Environment> {
  const base = integer(env, r.base)
  const count = integer(env, r.count)
  const step = r.step === undefined ? 1 : integer(env, r.step)
  if (count < 0) throw new Fault('R0106', r.count.span)
  if (step === 0) throw new Fault('R0108', r.span)
  const last = BigInt(base) + BigInt(count - 1) * BigInt(step)
  if (count > 0 && wrapped(last, 'INT') !== last) throw new Fault('R0201', r.span)
  for (let n = 0; n < count; n++) {
    env.machine.step()
    const inner = env.inner()
    inner.bind(r.name, { kind: 'data', place: fresh(INT, wrapped(BigInt(base) + BigInt(n) * BigInt(step), 'INT')) })
    yield inner
  }
}
