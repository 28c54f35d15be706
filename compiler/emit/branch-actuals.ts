/** What the channels given to the branches of a PAR are called where it stands: for reports of processes that wait. */
import type { Span } from '../../grammar/source.ts'
import type { Call } from '../core/ir/ir.ts'

/**
 * @param call what a branch runs
 * @returns for each formal that is a channel or an array of them the actual as written, without its direction
 */
export function channelActuals({ routine, span }: Call): Readonly<Record<string, string>> {
  const written = actualsIn(span)
  const named = routine.params.slice(0, written.length).map(({ name, type }, i) => [name, type.item === 'channel' ? written[i] : undefined])
  return Object.fromEntries(named.filter(([, actual]) => actual !== undefined)) as Readonly<Record<string, string>> // undefined is left out
}

/** @returns the actuals of a call as its text has them; none where it is no call */
function actualsIn({ file, start, end }: Span): string[] {
  const inside = /^[A-Za-z][\w.]*\s*\((.*)\)$/s.exec(file.text.slice(start, end))?.[1]
  if (inside === undefined || /["'\n]|--/.test(inside)) return []
  const parts: string[] = []
  let depth = 0
  let from = 0
  for (let i = 0; i <= inside.length; i++) {
    const c = inside[i]
    if (c === '(' || c === '[') depth++
    else if (c === ')' || c === ']') depth--
    else if (c === undefined || (c === ',' && depth === 0)) {
      parts.push(
        inside
          .slice(from, i)
          .trim()
          .replace(/\s*[?!]$/, ''),
      )
      from = i + 1
    }
  }
  return parts
}
