/**
 * From the code of two versions of a program to what becomes of each frame: the correspondence of their machines, resume points and slots.
 *
 * Invariants
 * - It is found in the code units alone: whoever has both versions and the map comes to the same plan, whatever runs.
 * - A machine whose unit is the same in both versions stays what it is, down to the last byte.
 * - A frame is converted only to a point where each slot that is live has a value of its type.
 */
import { liveSlots } from '../scheduler/state.ts'
import type { Machine, Unit } from '../scheduler/state.ts'
import type { Conversions, Fill, MachineConversion, PointConversion } from '../snapshot/conversion.ts'
import { lentSlots, saved } from '../snapshot/schema.ts'
import type { SlotType } from '../scheduler/value.ts'
import { align } from './alignment.ts'
import type { AlignedPoint } from './alignment.ts'
import { makerOf } from './initial-values.ts'
import type { UpgradeMap } from './upgrade-map.ts'

/** What an upgrade does. */
export interface UpgradePlan {
  /** Of all machines of the old version that are not in the new one as they are. */
  readonly conversions: Conversions
  /** Hashes of the units of the new version. */
  readonly after: ReadonlySet<string>
}

/** A machine that is made for one PAR: it has no name of its own in the text, so its number says nothing. */
const MADE_FOR_A_PAR = /\.par\.\d+$/

/** A slot as the text has it. */
interface Slot {
  readonly number: number
  readonly field: string
  readonly name: string
  readonly type: SlotType
  /** The type in the text, with the bounds of its values. */
  readonly declared: string
}

/**
 * @param before all units of the version that runs, and `after`, of the one that is to run
 * @param map what people say where the texts alone do not tell
 */
export function plan(before: Iterable<Unit>, after: Iterable<Unit>, map: UpgradeMap): UpgradePlan {
  const [old, now] = [[...before], [...after]]
  const hashes = new Set(now.map(({ hash }) => hash))
  const known = new Set(old.map(({ hash }) => hash))
  const planner = new Planner(machinesOf(old, hashes), machinesOf(now, known), map)
  const conversions = new Map<Machine, MachineConversion>()
  for (const unit of old)
    if (!hashes.has(unit.hash)) for (const machine of unit.machines) conversions.set(machine, planner.convert(machine))
  return { conversions, after: hashes }
}

/** @returns machines by name: of two of one name that of a unit which the other version has not */
function machinesOf(units: readonly Unit[], other: ReadonlySet<string>): Map<string, Machine> {
  const changed = units.filter(({ hash }) => !other.has(hash))
  const same = units.filter(({ hash }) => other.has(hash))
  return new Map([...same, ...changed].flatMap(({ machines }) => machines.map((machine) => [machine.name, machine] as const)))
}

class Planner {
  /** What each machine of the old version has become. */
  private readonly pairs = new Map<Machine, Machine>()
  /** For each of these, by resume point, its counterpart or -1. */
  private readonly aligned = new Map<Machine, readonly number[]>()

  constructor(
    private readonly old: ReadonlyMap<string, Machine>,
    private readonly now: ReadonlyMap<string, Machine>,
    private readonly map: UpgradeMap,
  ) {
    for (const [name, machine] of old) {
      const named = map.procs.get(name)
      const its = named === undefined && MADE_FOR_A_PAR.test(name) ? undefined : now.get(named ?? name)
      if (its !== undefined) this.pair(machine, its)
    }
    // what no other machine has led to: a branch of what is not run by anybody, or of what was renamed
    for (const [name, machine] of old) {
      const its = now.get(name)
      if (its !== undefined && !this.pairs.has(machine)) this.pair(machine, its)
    }
  }

  /** Two machines are versions of one, and so are those that run at their points. */
  private pair(before: Machine, after: Machine): void {
    const queue: (readonly [Machine, Machine])[] = [[before, after]]
    for (const [a, b] of queue) {
      if (this.pairs.has(a)) continue
      this.pairs.set(a, b)
      const [pointsOfA, pointsOfB] = [pointsOf(a), pointsOf(b)]
      const counterparts = this.counterparts(a, pointsOfA, pointsOfB)
      this.aligned.set(a, counterparts)
      counterparts.forEach((to, from) => {
        pointsOfA[from]?.runs.forEach((run, i) => {
          const [x, y] = [this.old.get(run), this.now.get(pointsOfB[to]?.runs[i] ?? '')]
          if (x !== undefined && y !== undefined && !this.pairs.has(x)) queue.push([x, y])
        })
      })
    }
  }

  private counterparts(a: Machine, before: readonly AlignedPoint[], after: readonly AlignedPoint[]): number[] {
    const found = align(before, after, (x, y) => this.mayBecome(x, y))
    const lineOf = (machine: Machine, pc: number): number => machine.unit.debug?.machines[machine.index]?.points[pc]?.[1] ?? 0
    const now = this.pairs.get(a)
    for (let pc = 1; pc < found.length; pc++) {
      const { points } = this.map
      const line = points.get(`${a.name}:${lineOf(a, pc)}`) ?? points.get(`${now?.name ?? ''}:${lineOf(a, pc)}`)
      if (line === undefined || now === undefined) continue
      const kind = before[pc]?.kind.split(' ', 1)[0]
      found[pc] = after.findIndex((point, to) => to > 0 && lineOf(now, to) === line && point.kind.split(' ', 1)[0] === kind)
    }
    return found
  }

  private mayBecome(before: string, after: string): boolean {
    const a = this.old.get(before)
    const known = a === undefined ? undefined : this.pairs.get(a)
    if (known !== undefined) return known.name === after
    const named = this.map.procs.get(before)
    if (named !== undefined) return named === after
    if (MADE_FOR_A_PAR.test(before)) return MADE_FOR_A_PAR.test(after) || !this.old.has(after)
    return before === after || (!this.now.has(before) && !this.old.has(after)) // or it was renamed
  }

  convert(machine: Machine): MachineConversion {
    const to = this.pairs.get(machine)
    if (to === undefined) return { refusal: `the new version has no PROC ${machine.name}` }
    const [before, after] = [slotsOf(machine), slotsOf(to)]
    const counterparts = this.aligned.get(machine) ?? []
    const points = machine.live.map((_, pc) => this.point({ machine, to, before, after }, pc, counterparts[pc] ?? -1))
    const shared = new Map<number, string>()
    const wanted = new Set([...to.results, ...lentSlots(to)])
    const match = this.match(
      { machine, to },
      pick(before, [...new Set([...machine.results, ...lentSlots(machine)])]),
      pick(after, [...wanted]),
    )
    for (const [a, b] of match) shared.set(a.number, b.field)
    const lacking = [...wanted].find((number) => ![...match.values()].some((slot) => slot.number === number))
    const sharedRefusal = lacking === undefined ? undefined : `the old version has nothing for its result ${after[lacking]?.name ?? ''}`
    return { to, points, shared, sharedRefusal }
  }

  private point({ machine, to, before, after }: MachinePair, pc: number, there: number): PointConversion {
    const counterpart = to.live[there]
    if (there < 0 || counterpart === undefined) return { refusal: 'the new version has no such point' }
    const ran = pointsOf(machine)[pc]?.runs ?? []
    const runs = pointsOf(to)[there]?.runs ?? []
    const other = ran.findIndex((run, i) => {
      const callee = this.old.get(run)
      return callee !== undefined && this.pairs.get(callee) !== this.now.get(runs[i] ?? '')
    })
    if (other >= 0) return { refusal: `${ran[other] ?? ''} is not what the new version runs there` }
    const names = new Map<number, string>()
    const from = pick(before, saved(machine, pc, false))
    const wanted = pick(after, liveSlots(to, there))
    const match = this.match({ machine, to }, from, wanted)
    for (const [a, b] of match) names.set(a.number, b.field)
    const held = new Set(match.values())
    const fills: Fill[] = []
    for (const slot of wanted) {
      if (held.has(slot)) continue
      const make = this.fill(to, slot)
      if (make === undefined) return { refusal: lacks(slot, from) }
      fills.push({ name: slot.field, make })
    }
    for (const slot of from) {
      if (!match.has(slot) && slot.type.startsWith('mo') && !slot.type.includes(':'))
        return { refusal: `the new version has no place for ${slot.name}, which may hold barriers or ends of channels` }
    }
    return { pc: there, names, fills }
  }

  /** @returns what makes the first value of a slot, if somebody has said what that is */
  private fill(to: Machine, slot: Slot): (() => unknown) | undefined {
    const said = this.map.values.get(`${to.name}.${slot.name}`)
    if (said !== undefined) return makerOf(slot.type, said)
    const initial = to.unit.debug?.machines[to.index]?.initials?.find(([number]) => number === slot.number)
    return initial === undefined ? undefined : makerOf(slot.type, initial[1])
  }

  /** @returns for each slot of some the one of others that is the same variable */
  private match({ machine, to }: Pick<MachinePair, 'machine' | 'to'>, before: readonly Slot[], after: readonly Slot[]): Map<Slot, Slot> {
    const result = new Map<Slot, Slot>()
    const taken = new Set<Slot>()
    const { locals } = this.map
    const nameNow = ({ name }: Slot): string => locals.get(`${machine.name}.${name}`) ?? locals.get(`${to.name}.${name}`) ?? name
    for (const a of before) {
      const b = after.find((slot) => !taken.has(slot) && slot.name === nameNow(a) && agree(a, slot))
      if (b === undefined) continue
      taken.add(b)
      result.set(a, b)
    }
    return result
  }
}

interface MachinePair {
  readonly machine: Machine
  readonly to: Machine
  readonly before: readonly Slot[]
  readonly after: readonly Slot[]
}

function lacks({ name, declared }: Slot, before: readonly Slot[]): string {
  const other = before.find((slot) => slot.name === name)
  const now = declared === '' ? 'another type' : declared
  if (other === undefined) return `the old version has no value for ${name} there`
  return other.declared === declared
    ? `${name} is not what it was`
    : `${name} was ${other.declared === '' ? 'something else' : other.declared} and is ${now}`
}

const pick = (slots: readonly Slot[], numbers: readonly number[]): Slot[] => numbers.flatMap((number) => slots[number] ?? [])

function slotsOf(machine: Machine): Slot[] {
  const debug = machine.unit.debug?.machines[machine.index]
  return machine.slots.map(([field, type], number) => ({
    number,
    field,
    type,
    name: debug?.slots?.[number] ?? field,
    declared: debug?.declared?.[number] ?? '',
  }))
}

/** Units that say nothing of their points have points that are the same if their numbers are. */
function pointsOf(machine: Machine): AlignedPoint[] {
  const debug = machine.unit.debug?.machines[machine.index]
  return machine.live.map((_, pc) => {
    const [around = '', kind = `point ${pc}`, ...runs] = debug?.ways?.[pc]?.split(' | ') ?? []
    return { around, kind, runs, text: pc === 0 ? '' : (debug?.points[pc]?.[3] ?? '') }
  })
}

const BOUNDED = /^(.*) (-?\d+)\.\.(-?\d+)$/s

/** Whether what a slot holds may be held by another one. */
function agree(before: Slot, after: Slot): boolean {
  if (before.type.replace(/[?!]$/, '') !== after.type.replace(/[?!]$/, '')) return false
  const [, base = after.declared, low = '', high = ''] = BOUNDED.exec(after.declared) ?? []
  const [, baseBefore = before.declared, lowBefore = '', highBefore = ''] = BOUNDED.exec(before.declared) ?? []
  if (base !== baseBefore) return false
  return low === '' || (lowBefore !== '' && Number(low) <= Number(lowBefore) && Number(high) >= Number(highBefore))
}
