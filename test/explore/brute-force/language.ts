/** The core language that the explorer is compared in: its programs as trees, and as texts that the compiler reads. */

/** Values are 0 to 3. */
export const VALUES = 4

export type Expression =
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: 'variable'; readonly variable: number }
  /** The variable and one, modulo VALUES. */
  | { readonly kind: 'next'; readonly variable: number }
  /** Twice the first and the second, modulo VALUES. */
  | { readonly kind: 'mix'; readonly left: Expression; readonly right: Expression }

export type Condition = true | { readonly variable: number; readonly is: '=' | '<>' | '<'; readonly value: number }

export interface Guard {
  readonly when: Condition
  /** Null: the guard is SKIP. */
  readonly input: { readonly channel: number; readonly variable: number } | null
  readonly body: Statement
}

export type Statement =
  | { readonly kind: 'skip' }
  | { readonly kind: 'stop' }
  | { readonly kind: 'assert'; readonly condition: Condition }
  | { readonly kind: 'assign'; readonly variable: number; readonly value: Expression }
  | { readonly kind: 'output'; readonly channel: number; readonly value: Expression }
  | { readonly kind: 'input'; readonly channel: number; readonly variable: number }
  | { readonly kind: 'alt'; readonly pri: boolean; readonly guards: readonly Guard[] }
  | { readonly kind: 'if'; readonly branches: readonly { readonly condition: Condition; readonly body: Statement }[] }
  | { readonly kind: 'while'; readonly condition: Condition; readonly body: Statement }
  | { readonly kind: 'seq'; readonly body: readonly Statement[] }
  | { readonly kind: 'par'; readonly branches: readonly Statement[] }
  /** Declares variables, each 0 at first, and channels: each by itself, or all of them as one array. */
  | {
      readonly kind: 'local'
      readonly variables: readonly number[]
      readonly channels: readonly number[]
      readonly asArray: boolean
      readonly body: Statement
    }

/** A program: what its variables are in the end is its result. */
export interface Program {
  readonly results: readonly number[]
  readonly body: Statement
}

// ---------------------------------------------------------------------------------------------- as a text

/** @returns a PROC of that name, with a VAR parameter for each result */
export function textOf({ results, body }: Program, name: string): string {
  const names = new Map<number, string>()
  const formals = results.map((v) => `INT ${variableName(v)}`).join(', ')
  return [`PROC ${name} (${formals})`, ...statementLines(body, '  ', names), ':', ''].join('\n')
}

/** @returns the number that stands for the values of the results */
export function numberOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum * VALUES + value, 0)
}

export const variableName = (variable: number): string => `v${variable}`

function spelled(expression: Expression): string {
  switch (expression.kind) {
    case 'constant':
      return `${expression.value}`
    case 'variable':
      return variableName(expression.variable)
    case 'next':
      return `((${variableName(expression.variable)} + 1) \\ ${VALUES})`
    case 'mix':
      return `(((2 * ${spelled(expression.left)}) + ${spelled(expression.right)}) \\ ${VALUES})`
  }
}

function conditionText(condition: Condition): string {
  return condition === true ? 'TRUE' : `${variableName(condition.variable)} ${condition.is} ${condition.value}`
}

function guardText({ when, input }: Guard, names: ReadonlyMap<number, string>): string {
  if (input === null) return `${when === true ? 'TRUE' : `(${conditionText(when)})`} & SKIP`
  const read = `${names.get(input.channel) ?? ''} ? ${variableName(input.variable)}`
  return when === true ? read : `(${conditionText(when)}) & ${read}`
}

/** @param names of the channels: each declaration adds its own */
function statementLines(statement: Statement, pad: string, names: Map<number, string>): string[] {
  const within = (body: Statement): string[] => statementLines(body, `${pad}  `, names)
  switch (statement.kind) {
    case 'skip':
      return [`${pad}SKIP`]
    case 'stop':
      return [`${pad}STOP`]
    case 'assert':
      return [`${pad}ASSERT (${conditionText(statement.condition)})`]
    case 'assign':
      return [`${pad}${variableName(statement.variable)} := ${spelled(statement.value)}`]
    case 'output':
      return [`${pad}${names.get(statement.channel) ?? ''} ! ${spelled(statement.value)}`]
    case 'input':
      return [`${pad}${names.get(statement.channel) ?? ''} ? ${variableName(statement.variable)}`]
    case 'alt':
      return [
        `${pad}${statement.pri ? 'PRI ALT' : 'ALT'}`,
        ...statement.guards.flatMap((guard) => [`${pad}  ${guardText(guard, names)}`, ...statementLines(guard.body, `${pad}    `, names)]),
      ]
    case 'if':
      return [
        `${pad}IF`,
        ...statement.branches.flatMap(({ condition, body }) => [
          `${pad}  ${conditionText(condition)}`,
          ...statementLines(body, `${pad}    `, names),
        ]),
      ]
    case 'while':
      return [`${pad}WHILE ${conditionText(statement.condition)}`, ...within(statement.body)]
    case 'seq':
      return [`${pad}SEQ`, ...statement.body.flatMap(within)]
    case 'par':
      return [`${pad}PAR`, ...statement.branches.flatMap(within)]
    case 'local': {
      const { variables, channels, asArray, body } = statement
      const [first] = channels
      for (const [i, channel] of channels.entries()) names.set(channel, asArray ? `c${first ?? 0}[${i}]` : `c${channel}`)
      const declared = channels.map((channel) => names.get(channel)).join(', ')
      return [
        ...variables.map((v) => `${pad}INITIAL INT ${variableName(v)} IS 0:`),
        ...(first === undefined ? [] : [asArray ? `${pad}[${channels.length}]CHAN INT c${first}:` : `${pad}CHAN INT ${declared}:`]),
        ...statementLines(body, pad, names),
      ]
    }
  }
}
