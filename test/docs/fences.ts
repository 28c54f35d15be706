/**
 * The code fences of a page. The words behind the three backquotes say what an example shall do:
 *
 *   csp                 compiles, without a warning
 *   csp run             runs to its end; an `output` fence holds what it prints, an `input` fence what is typed
 *   csp test            all its TESTs pass
 *   csp stops R0203     compiles and stops with that run-time error; an `output` fence holds the report
 *   csp fails E0601     is rejected with that code; an `output` fence holds the message
 *   csp warns W0601     compiles with that warning and no other
 *   csp file NAME       a file that the other examples of the page include
 *   csp ... FILE        with the path of a `.csp` file of the project: is that file, word for word
 *
 * Fences of other languages are left alone, but for `console`: the `godwit` commands in it must be ones that there are. One that begins with
 * `$ godwit run NAME.csp` below an example that stops or is rejected shows what that command says of the example, saved as NAME.csp.
 */

/** What an example shall do. */
export type Verb = 'compiles' | 'run' | 'test' | 'stops' | 'fails' | 'warns' | 'file'

/** A fence of the text, by its lines; `end` is the line of the closing backquotes. Lines count from 0. */
export interface Fence {
  readonly words: readonly string[]
  readonly start: number
  readonly end: number
  readonly text: string
}

export interface Example {
  readonly verb: Verb
  /** The code it stops, fails or warns with. */
  readonly code: string
  /** The name of an included file, or the path of the file that it is a copy of. */
  readonly file: string | undefined
  /** Where the fence begins, as people count lines. */
  readonly line: number
  readonly text: string
  readonly input: string
  readonly output: Fence | undefined
  /** The fence that shows the example run from a terminal. */
  readonly session: Fence | undefined
}

const VERBS: ReadonlySet<string> = new Set<Verb>(['run', 'test', 'stops', 'fails', 'warns', 'file'])

/**
 * Finds the fences of a page.
 * @throws Error when one is not closed
 */
export function fencesOf(page: string): readonly Fence[] {
  const lines = page.split('\n')
  const fences: Fence[] = []
  for (let start = 0; start < lines.length; start++) {
    const opening = /^```(.*)$/.exec(lines[start] ?? '')
    if (opening === null) continue
    const end = lines.indexOf('```', start + 1)
    if (end < 0) throw new Error(`the fence in line ${start + 1} is not closed`)
    const words = (opening[1] ?? '').split(' ').filter((word) => word !== '')
    fences.push({
      words,
      start,
      end,
      text: lines
        .slice(start + 1, end)
        .map((line) => `${line}\n`)
        .join(''),
    })
    start = end
  }
  return fences
}

/**
 * Finds the examples of a page. An `input` and an `output` fence belong to the example before them.
 * @throws Error for words that mean nothing
 */
export function examplesOf(page: string): readonly Example[] {
  const fences = fencesOf(page)
  return fences.flatMap((fence, i) => {
    const [language, ...rest] = fence.words
    if (language !== 'csp') return []
    const following = fences.slice(i + 1)
    const next = following.findIndex(({ words }) => words[0] === 'csp')
    const own = next < 0 ? following : following.slice(0, next)
    const line = fence.start + 1
    const verb = rest[0] !== undefined && VERBS.has(rest[0]) ? (rest.shift() as Verb) : 'compiles' // a member of VERBS
    const code = /^[EWR]\d{4}$/.test(rest[0] ?? '') ? (rest.shift() ?? '') : ''
    const file = rest.shift()
    if (rest.length > 0 || (code === '') === ['stops', 'fails', 'warns'].includes(verb)) {
      throw new Error(`line ${line}: \`${fence.words.join(' ')}\` is no kind of example`)
    }
    const part = (name: string): Fence | undefined => own.find(({ words }) => words[0] === name)
    const session = ['stops', 'fails', 'warns'].includes(verb)
      ? own.find(({ words, text }) => words[0] === 'console' && /^\$ godwit run \S+\.csp\n/.test(text))
      : undefined
    return [{ verb, code, file, line, text: fence.text, input: part('input')?.text ?? '', output: part('output'), session }]
  })
}
