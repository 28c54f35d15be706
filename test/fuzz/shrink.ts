/** Makes a failing text smaller while it goes on to fail in the same way. */

/** How many texts are tried at most. */
const TRIES = 1500

/**
 * @param text a text that fails
 * @param fails whether a text still does, in the same way
 * @param milliseconds when to be content with what was found
 * @returns a text that fails, from which no line can be left out
 */
export async function shrink(text: string, fails: (text: string) => Promise<boolean>, milliseconds = 30_000): Promise<string> {
  const end = Date.now() + milliseconds
  let tries = 0
  const attempt = async (candidate: string): Promise<boolean> => {
    if (candidate === best || ++tries > TRIES || Date.now() > end) return false
    if (!(await fails(candidate))) return false
    best = candidate
    return true
  }
  let best = text
  for (let before = ''; before !== best;) {
    before = best
    for (let size = Math.ceil(best.split('\n').length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
      await withoutLines(size)
    }
    await withoutBlocks()
    await simpler()
  }
  return best

  /** Leaves out `size` lines at every place. */
  async function withoutLines(size: number): Promise<void> {
    for (let at = 0; at < best.split('\n').length;) {
      const lines = best.split('\n')
      if (!(await attempt([...lines.slice(0, at), ...lines.slice(at + size)].join('\n')))) at += size
    }
  }

  /** Leaves out a line with all that is indented below it, or puts what is below in its place. */
  async function withoutBlocks(): Promise<void> {
    for (let at = 0; at < best.split('\n').length; at++) {
      const lines = best.split('\n')
      const margin = indentation(lines[at] ?? '')
      let end = at + 1
      while (end < lines.length && indentation(lines[end] ?? '') > margin) end++
      if (end === at + 1) continue
      const head = lines.slice(0, at)
      const body = lines.slice(at + 1, end)
      const least = Math.min(...body.map(indentation))
      const rest = lines.slice(end)
      const lifted = body.map((line) => ' '.repeat(margin) + line.slice(least))
      const skipped = [`${' '.repeat(margin)}SKIP`]
      for (const instead of [[], skipped, lifted, [lines[at] ?? '', ...lifted.map((line) => `  ${line}`)]]) {
        if (await attempt([...head, ...instead, ...rest].join('\n'))) break
      }
    }
  }

  /** Puts something short for what stands in brackets, and for statements. */
  async function simpler(): Promise<void> {
    for (let at = 0; at < best.length; at++) {
      const open = best[at]
      if (open !== '(' && open !== '[') continue
      const close = closing(best, at)
      if (close < 0) continue
      const inside = best.slice(at + 1, close)
      const replacements = open === '(' ? ['1', '0', 'TRUE', ...inside.split(/ (?:PLUS|MINUS|TIMES|AND|OR|[-+*/\\<>=]+) /)] : []
      for (const by of replacements) {
        if (by.length < inside.length && (await attempt(best.slice(0, at) + by + best.slice(close + 1)))) break
      }
    }
  }
}

const indentation = (line: string): number => (line.trim() === '' ? Infinity : line.length - line.trimStart().length)

/** @returns where the bracket that opens at `at` closes; -1 when it does not */
function closing(text: string, at: number): number {
  let depth = 0
  for (let i = at; i < text.length && text[i] !== '\n'; i++) {
    if (text[i] === '(' || text[i] === '[') depth++
    else if (text[i] === ')' || text[i] === ']') depth--
    if (depth === 0) return i
  }
  return -1
}
