/**
 * Part of the build: makes constants of the variables that a bundle has in their place. V8 takes the value of a constant of a module for granted when
 * it optimises, and looks a variable up at every use (docs/decisions/0002-form-of-generated-code.md): commstime takes a seventh longer with variables.
 */
import { parse } from 'acorn'
import type { AnyNode, Pattern, Program } from 'acorn'

/** @returns the names that a pattern binds or assigns */
function namesOf(pattern: Pattern): string[] {
  switch (pattern.type) {
    case 'Identifier':
      return [pattern.name]
    case 'MemberExpression':
      return []
    case 'ObjectPattern':
      return pattern.properties.flatMap((each) => namesOf(each.type === 'RestElement' ? each.argument : each.value))
    case 'ArrayPattern':
      return pattern.elements.flatMap((each) => (each === null ? [] : namesOf(each)))
    case 'RestElement':
      return namesOf(pattern.argument)
    case 'AssignmentPattern':
      return namesOf(pattern.left)
  }
}

const isNode = (value: unknown): value is AnyNode => typeof value === 'object' && value !== null && 'type' in value

/** @returns every name that something is assigned to, wherever it is declared: a variable that shares its name with one of them stays a variable */
function assignedNames(program: Program): ReadonlySet<string> {
  const names = new Set<string>()
  const open: AnyNode[] = [program]
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (node.type === 'AssignmentExpression') for (const name of namesOf(node.left)) names.add(name)
    else if (node.type === 'UpdateExpression') {
      if (node.argument.type === 'Identifier') names.add(node.argument.name)
    } else if (node.type === 'ForInStatement' || node.type === 'ForOfStatement') {
      if (node.left.type !== 'VariableDeclaration') for (const name of namesOf(node.left)) names.add(name)
    }
    for (const value of Object.values(node)) {
      if (isNode(value)) open.push(value)
      else if (Array.isArray(value)) for (const part of value) if (isNode(part)) open.push(part)
    }
  }
  return names
}

/**
 * @param code of a module, in which each declaration of the module begins a line
 * @returns the same code with constants in the place of the module's variables that nothing is assigned to after their declaration
 */
export function withConstants(code: string): string {
  const program = parse(code, { ecmaVersion: 2022, sourceType: 'module', allowHashBang: true })
  const assigned = assignedNames(program)
  const declarations = program.body.flatMap((node) => (node.type === 'VariableDeclaration' && node.kind === 'var' ? [node] : []))
  const times = new Map<string, number>()
  for (const { declarations: parts } of declarations)
    for (const name of parts.flatMap(({ id }) => namesOf(id))) times.set(name, (times.get(name) ?? 0) + 1)
  let result = ''
  let end = 0
  for (const { start, declarations: parts } of declarations) {
    const isConstant = ({ id, init }: (typeof parts)[number]): boolean =>
      init !== null && init !== undefined && namesOf(id).every((name) => !assigned.has(name) && times.get(name) === 1)
    if (!parts.every(isConstant)) continue
    result += `${code.slice(end, start)}const`
    end = start + 'var'.length
  }
  return result + code.slice(end)
}
