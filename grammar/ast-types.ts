/** Questions about types as they are written. */
import type { Expression, TypeExpression } from './ast.ts'

/** @returns the size of each dimension of an array type, the outermost first; undefined where it is left open */
export function dimensionsOf(type: TypeExpression): readonly (Expression | undefined)[] {
  const sizes: (Expression | undefined)[] = []
  for (let at = type; at.kind === 'array-type'; at = at.element) sizes.push(at.size)
  return sizes
}

/** @returns the sizes that are written in an array type */
export function sizesOf(type: TypeExpression): readonly Expression[] {
  return dimensionsOf(type).filter((size) => size !== undefined)
}
