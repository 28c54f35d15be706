/** What processes are called: `main`, `main/prefix`, `main/cell[5]`, `main/cell#2`, `main/par.2`. */
import { Stub } from '../links/objects.ts'
import { ENDED, Frame, GONE } from '../scheduler/state.ts'
import type { Process } from '../scheduler/state.ts'
import { isOfHost, isOfOutside } from '../scheduler/unit.ts'

/** The root frame of a process. */
export function rootFrame(p: Process): Frame {
  let f = p.frame
  while (f.caller !== null) f = f.caller
  return f
}

/** Names that a path has at most: of a process below more PARs the path begins with `...`. */
const LONGEST_PATH = 100

/** What the processes are called that stand for those outside who hold ends of channels. */
export const THE_OUTSIDE = 'the outside'

/** The path of a process, wherever its parents are. Roots of the host are called `host:` and the name of their machine. */
export function pathOf(p: Process): string {
  return pathWithin(p, LONGEST_PATH)
}

/** As `pathOf`, however deep the process is. */
export function wholePathOf(p: Process): string {
  return pathWithin(p, Infinity)
}

/** @param longest how many names the path has at most */
function pathWithin(p: Process, longest: number): string {
  const names: string[] = []
  for (let at = p; ;) {
    const j = at.join
    if (names.length === longest) {
      names.push('...')
      break
    }
    if (j === null) {
      const machine = rootFrame(at).machine
      names.push(isOfOutside(machine.unit) ? THE_OUTSIDE : isOfHost(machine.unit) ? `host:${machine.name}` : 'main')
      break
    }
    if (j.link instanceof Stub) {
      names.push(j.link.path)
      break
    }
    const index = j.replicator(at.index)
    names.push(Number.isNaN(index) ? j.label(at.index) : `${j.label(at.index)}[${index}]`)
    at = j.parent
  }
  return names.reverse().join('/')
}

/** The process that waits for the branch `p`, where it is on this node. */
export function parentOf(p: Process): Process | undefined {
  return p.join === null || p.join.link instanceof Stub ? undefined : p.join.parent
}

/**
 * Whether a path matches a pattern: `*` stands for any characters within one name, `**` for any at all.
 */
export function matchPath(pattern: string, path: string): boolean {
  return pathMatcher(pattern)(path)
}

/** One element of a pattern: a character, any characters within a name, any at all. */
type Element = { readonly char: string } | { readonly any: 'within' | 'across' }

/**
 * @param pattern as for `matchPath`; whoever is asked by others gets it from them, so no pattern may take long
 * @returns whether a path matches it, in a time that is at most the length of the path times that of the pattern
 */
export function pathMatcher(pattern: string): (path: string) => boolean {
  const elements = pattern.split(/(\*+)/).flatMap((part): Element[] => {
    if (!part.startsWith('*')) return Array.from(part, (char) => ({ char }))
    return [{ any: part === '*' ? 'within' : 'across' }]
  })
  const least = elements.filter((element) => 'char' in element).length
  return (path) => {
    const chars = Array.from(path)
    if (least > chars.length) return false
    /** Whether the elements up to each match the characters so far. */
    let before = new Array<boolean>(elements.length + 1).fill(false)
    before[0] = true
    skipAny(elements, before)
    for (const char of chars) {
      const after = new Array<boolean>(elements.length + 1).fill(false)
      elements.forEach((element, i) => {
        if ('char' in element) after[i + 1] = before[i] === true && element.char === char
        else if (before[i + 1] === true && (element.any === 'across' || char !== '/')) after[i + 1] = true
      })
      skipAny(elements, after)
      before = after
    }
    return before[elements.length] === true
  }
}

/** What stands for any characters stands for none too. */
function skipAny(elements: readonly Element[], matched: boolean[]): void {
  elements.forEach((element, i) => {
    if ('any' in element && matched[i] === true) matched[i + 1] = true
  })
}

/** What a process was given is older than this, what it has made is younger; see `Join.born`. */
export function bornOf(p: Process): number {
  return p.join?.born ?? p.kernel.born.get(p) ?? Infinity
}

/** The branches of a process that are here and have not ended. */
export function runningBranchesOf(p: Process): Process[] {
  return branchesOf(p).filter(({ state }) => state !== ENDED && state !== GONE)
}

/** The branches of the PAR that a process waits for, innermost; none when it waits for none. */
export function branchesOf(p: Process): readonly Process[] {
  const pending = p.frame.pending
  return pending === null || pending instanceof Frame ? [] : pending.branches
}
