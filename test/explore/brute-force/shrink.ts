/** Makes a program of the core language smaller while it goes on to be wrong. */
import type { Program, Statement } from './language.ts'

const SKIP: Statement = { kind: 'skip' }

/**
 * @param isWrong whether a smaller program still is
 * @param tries how many programs are tried at most
 * @returns a program that is wrong, of which nothing can be left out
 */
export async function smallest(program: Program, isWrong: (program: Program) => Promise<boolean>, tries = 400): Promise<Program> {
  let best = program
  for (let left = tries, found = true; found;) {
    found = false
    for (const body of smaller(best.body)) {
      if (left-- <= 0) return best
      const candidate = { ...best, body }
      if (!(await isWrong(candidate))) continue
      best = candidate
      found = true
      break
    }
  }
  return best
}

/** @returns what is left of a statement when something is left out of it, the smallest first */
function* smaller(statement: Statement): Generator<Statement> {
  switch (statement.kind) {
    case 'skip':
      return
    case 'stop':
    case 'assert':
    case 'assign':
    case 'output':
    case 'input':
      yield SKIP
      return
    case 'alt':
      yield SKIP
      for (const guards of fewer(statement.guards)) yield { ...statement, guards }
      for (const guards of within(statement.guards)) yield { ...statement, guards }
      return
    case 'if':
      yield SKIP
      yield* statement.branches.map(({ body }) => body)
      for (const branches of fewer(statement.branches)) yield { ...statement, branches }
      for (const branches of within(statement.branches)) yield { ...statement, branches }
      return
    case 'while':
      yield SKIP
      yield statement.body
      for (const body of smaller(statement.body)) yield { ...statement, body }
      return
    case 'seq':
      yield* statement.body
      for (const body of fewer(statement.body)) yield { ...statement, body }
      for (const [i, each] of statement.body.entries())
        for (const less of smaller(each)) yield { ...statement, body: statement.body.with(i, less) }
      return
    case 'par':
      yield* statement.branches
      for (const branches of fewer(statement.branches)) yield { ...statement, branches }
      for (const [i, each] of statement.branches.entries())
        for (const less of smaller(each)) yield { ...statement, branches: statement.branches.with(i, less) }
      return
    case 'local':
      yield SKIP
      for (const body of smaller(statement.body)) yield { ...statement, body }
  }
}

/** @returns the list without each of its items, as long as one is left */
function* fewer<T>(items: readonly T[]): Generator<readonly T[]> {
  if (items.length > 1) for (const i of items.keys()) yield items.toSpliced(i, 1)
}

function* within<T extends { readonly body: Statement }>(items: readonly T[]): Generator<readonly T[]> {
  for (const [i, each] of items.entries()) for (const body of smaller(each.body)) yield items.with(i, { ...each, body })
}
