/**
 * A channel joins two processes that run at the same time. One process that outputs to it and inputs from it in sequence would wait for itself
 * for ever; its ends have to be in different branches of a PAR.
 */
import { Buckets } from './columns.ts'
import { compareSubscripts, overlap } from './overlap.ts'
import type { Surroundings } from './surroundings.ts'
import type { Access, Branch, Kind } from './regions.ts'
import { accessKey } from './summary.ts'

/** An output and an input, the one that comes first in the text first. */
export type BothEnds = readonly [first: Access, second: Access]

export interface EndsFound {
  /** Two ends of one channel in one sequential process. */
  readonly pair: BothEnds | undefined
  /** Accesses whose other end is in another branch of a PAR in the same scope. */
  readonly joined: ReadonlySet<Access>
}

/**
 * @param accesses all those to a channel or an array of channels in the scope that is looked at
 * @param within the branch that the scope stands in
 * @param around what is known of replicator indices, and whether a variable stays the same all through the scope
 */
export function findEnds(accesses: readonly Access[], within: Branch | undefined, around: Surroundings): EndsFound {
  const uses = accesses.filter(({ kind }) => kind === 'input' || kind === 'output')
  if (!uses.some(({ kind }) => kind === 'input') || !uses.some(({ kind }) => kind === 'output'))
    return { pair: undefined, joined: new Set() }
  const search = new Search(around)
  const alone = search.sequence(uses.map((access) => ({ access, branches: branchesOf(access.branch, within) })))
  const joined = new Set(uses)
  for (const access of alone) joined.delete(access)
  return { pair: search.pair, joined }
}

/** A use, and the branches of PARs around it, outermost first. */
interface Use {
  readonly access: Access
  readonly branches: readonly Branch[]
}

function branchesOf(branch: Branch | undefined, within: Branch | undefined): Branch[] {
  const found: Branch[] = []
  for (let at = branch; at !== undefined && at !== within; at = at.outer) found.unshift(at)
  return found
}

class Search {
  pair: BothEnds | undefined

  constructor(private readonly around: Surroundings) {}

  /** @returns the uses whose other end is in no branch beside theirs. */
  sequence(uses: readonly Use[], depth = 0): Access[] {
    const parts: Access[][] = []
    const pars = new Map<object, Map<Branch, Use[]>>()
    for (const use of uses) {
      const branch = use.branches[depth]
      if (branch === undefined) {
        if (use.access.joined !== true) parts.push([use.access])
        continue
      }
      let par = pars.get(branch.par)
      if (par === undefined) pars.set(branch.par, (par = new Map<Branch, Use[]>()))
      const own = par.get(branch)
      if (own === undefined) par.set(branch, [use])
      else own.push(use)
    }
    for (const par of pars.values()) parts.push(this.parallel(par, depth))
    this.compare(parts)
    return parts.flat()
  }

  private parallel(par: ReadonlyMap<Branch, readonly Use[]>, depth: number): Access[] {
    const branchOf = new Map<Access, Branch>()
    const all = new Ends(this.around)
    for (const [branch, uses] of par)
      for (const { access } of uses) {
        branchOf.set(access, branch)
        all.add(access)
      }
    const beside = (access: Access, branch: Branch): boolean => {
      if (branch.replicated) return all.hasOther(access)
      for (const other of all.othersNear(access))
        if (branchOf.get(other) !== branch && compareSubscripts(access, other, this.around) !== 'disjoint') return true
      return false
    }
    return [...par].flatMap(([branch, uses]) => this.sequence(uses, depth + 1).filter((access) => !beside(access, branch)))
  }

  /** Looks for both ends in different parts of a sequence. */
  private compare(parts: readonly (readonly Access[])[]): void {
    const ends = new Ends(this.around)
    const seen = new Map<string, Seen>()
    const keyOfEnd = new Map<Access, string>()
    for (const part of parts) {
      for (const access of part) {
        if (this.pair !== undefined) return
        const others: Seen[] = []
        for (const near of ends.othersNear(access)) {
          const other = seen.get(keyOfEnd.get(near) ?? '')
          if (other !== undefined) others.push(other)
        }
        for (const { latest: other } of others.sort((a, b) => a.number - b.number)) {
          // a call that uses both ends has been reported in its PROC
          if (other.span === access.span || overlap(other, access, this.around) !== 'overlap') continue
          this.pair = other.span.start < access.span.start ? [other, access] : [access, other]
          return
        }
      }
      for (const access of part) {
        const key = accessKey(access)
        const before = seen.get(key)
        if (before === undefined) {
          keyOfEnd.set(access, key)
          ends.add(access)
        }
        seen.set(key, { latest: access, number: before?.number ?? seen.size })
      }
    }
  }
}

/** Equal uses of one end, as they come in the text. */
interface Seen {
  readonly latest: Access
  /** They are compared in the order in which the first of each kind came. */
  readonly number: number
}

const NO_RUNS: ReadonlyMap<string, number> = new Map()

/** Uses of channels, sorted so that those that certainly do not meet are not compared one by one. */
class Ends {
  private readonly byKind = new Map<Kind, Buckets<Access>>()

  constructor(private readonly around: Surroundings) {}

  add(access: Access): void {
    let buckets = this.byKind.get(access.kind)
    if (buckets === undefined) this.byKind.set(access.kind, (buckets = new Buckets(this.around, NO_RUNS)))
    buckets.add(access)
  }

  /** @returns whether there is a use of the other end. */
  hasOther({ kind }: Access): boolean {
    return this.byKind.has(otherEnd(kind))
  }

  /** @returns the uses of the other end that may be of the same channel. */
  othersNear(access: Access): Iterable<Access> {
    return this.byKind.get(otherEnd(access.kind))?.near(access) ?? []
  }
}

const otherEnd = (kind: Kind): Kind => (kind === 'input' ? 'output' : 'input')
