/**
 * Joins between nodes: a branch and its parent part, and come together again.
 *
 * Invariants
 * - The place of a branch in its join is an object of its own (a slot), at home where the parent is. A branch that is elsewhere stands in its
 *   join as a process that is GONE and whose root frame is a shadow: blank, but for the arrays it writes, which are the parent's own.
 * - A process whose slot is elsewhere has a join of its own with a `Stub`, is a root of its kernel, and shares no memory with its parent.
 * - What a branch wrote into an array is what differs at its end from what it borrowed when they parted. No other branch has written those
 *   elements, and nobody has read them, so writing them into the parent's array at the end is exact.
 * - The results of an ended branch are kept and sent again until the join has them; the join takes them once.
 */
import { joined } from '../scheduler/agents.ts'
import { Forks } from '../scheduler/forks.ts'
import { ByteReader, ByteWriter, readValue, writeValue } from '../snapshot/codec.ts'
import type { Kernel } from '../scheduler/kernel.ts'
import { adoptHandles, eachHandle, nameHandles } from './handles.ts'
import type { HandleNames } from './handles.ts'
import type { Joined, Whereabouts } from './messages.ts'
import { HERE, PARTED, SlotLink, Stub, TRANSIT } from './objects.ts'
import type { Linked } from './objects.ts'
import type { Router } from './router.ts'
import { BranchPlaces, PartedBranches } from './slot-tables.ts'
import { ENDED, Join } from '../scheduler/state.ts'
import type { Frame, Process } from '../scheduler/state.ts'
import { rootFrame } from '../inspect/paths.ts'
import { fieldsOf, isArray, lentArrays, lentSlots, slotName } from '../snapshot/schema.ts'
import type { BackBranch, Borrowed, SlotRecord } from '../snapshot/snapshot-format.ts'
import type { Handle, TypedArray, Value } from '../scheduler/value.ts'
import { readChanges, writeChanges } from '../snapshot/views.ts'
import { privatise } from '../snapshot/privatise.ts'

/** The slots, and the processes that are apart from theirs. */
export class JoinLinks {
  /** Processes here whose slots are elsewhere, by slot. */
  readonly parted = new PartedBranches()
  /** What stands for branches that are elsewhere, and their slots. */
  readonly places = new BranchPlaces()
  /** The program's main process, while it is here and has a slot of nobody's. */
  main: Process | undefined
  /** Branches that are back at their joins with memory of their own. */
  readonly back = new Map<Process, BackBranch>()
  /** The ids that images have given to the slots of branches which are with their parents. */
  private readonly slotIds = new WeakMap<Process, number>()
  /** Is told of processes that look different in an image though they have not run; only for kernels that track changes. */
  touched: (p: Process) => void = () => undefined
  /** Results of ended branches that their joins have not confirmed. */
  private readonly unsettled = new Map<number, Results>()

  constructor(
    private readonly kernel: Kernel,
    private readonly router: Router,
    private readonly handles: HandleNames,
    private readonly rootEnded: (p: Process) => void,
  ) {}

  // ------------------------------------------------------------------------------------------ parting

  /** The branch leaves and its parent stays. @returns the record of its slot here */
  leave(p: Process): SlotLink {
    const j = realJoin(p)
    const link = this.freshSlot(HERE, p)
    link.process = p
    j.link = PARTED
    this.touched(j.parent)
    this.places.set(p, link)
    return link
  }

  /** The parent leaves (`place` TRANSIT) and the branch stays: it gets memory and a join of its own. @returns its slot */
  stayBehind(p: Process, path: string): { readonly slot: SlotLink; readonly shadow: Frame } {
    const root = rootFrame(p)
    const known = this.back.get(p)
    const shadow = known?.shadow ?? shadowOf(root)
    const borrowed = known?.borrowed ?? borrow(root)
    if (known === undefined && borrowed !== undefined) privatise(p, this.back)
    this.back.delete(p)
    const slot = this.freshSlot(TRANSIT, p)
    this.touched(p)
    this.part(p, slot.id, { path, borrowed, born: p.join?.born ?? 0 })
    return { slot, shadow }
  }

  /**
   * The id of the slot of a process: the same until the process comes together with its parent, or is moved with it as one.
   * @returns undefined for a main process
   */
  slotIdOf(p: Process): number | undefined {
    const j = p.join
    if (j === null) return undefined
    if (j.link instanceof Stub) return j.link.slot
    j.known = true
    let id = this.places.get(p)?.id ?? this.slotIds.get(p)
    if (id === undefined) this.slotIds.set(p, (id = this.router.freshId()))
    return id
  }

  /** Makes a slot for a branch that is to be at another node. */
  reserve(standIn: Process, at: number): SlotLink {
    const link = this.freshSlot(HERE, standIn)
    link.process = standIn
    link.at = at
    realJoin(standIn).link = PARTED
    this.touched(realJoin(standIn).parent)
    this.places.set(standIn, link)
    return link
  }

  /** @returns whether the slot of a process has an id by now; a main process needs none */
  hasSlotId(p: Process): boolean {
    return p.join === null || p.join.link instanceof Stub || this.slotIds.has(p)
  }

  private freshSlot(place: typeof HERE | typeof TRANSIT, branch: Process): SlotLink {
    const link = new SlotLink(this.slotIds.get(branch) ?? this.router.freshId())
    link.place = place
    link.hint = this.router.self
    link.at = this.router.self
    this.router.enter(link)
    return link
  }

  /** Makes `p` a root of this kernel. @param slot undefined for a main process */
  part(
    p: Process,
    slot: number | undefined,
    { path, borrowed, born }: { path: string; borrowed: Borrowed | undefined; born: number },
  ): void {
    const j = new Join(p)
    j.born = born
    j.link = new Stub(slot, path, borrowed)
    p.join = j
    p.index = 0
    this.kernel.roots.add(p)
    if (slot === undefined) this.main = p
    else this.parted.set(slot, p)
  }

  // ------------------------------------------------------------------------------------------ coming together

  /** A branch has come to this node whose slot is here. */
  rejoin(p: Process, slot: SlotLink, borrowed: Borrowed | undefined): void {
    const standIn = slot.process
    if (standIn === undefined) throw new Error('a slot that is here has no process')
    const j = realJoin(standIn)
    this.kernel.observer?.before(j.parent)
    j.branches[standIn.index] = p
    this.touched(p)
    this.touched(j.parent)
    p.join = j
    p.index = standIn.index
    this.slotIds.delete(p) // messages about the old slot may still be under way, with versions that the next one has yet to reach
    if (borrowed !== undefined) this.back.set(p, { shadow: standIn.frame, borrowed })
    this.places.delete(standIn)
    this.router.links.delete(slot.id)
    this.router.flush(slot)
  }

  /** A branch has come together with its parent, and has memory of its own from an earlier parting. */
  adoptBack(j: Join, p: Process, back: BackBranch): void {
    j.link = PARTED
    this.back.set(p, back)
  }

  /** A parent has come to this node with the place of a branch that is not with it. */
  arrive(record: SlotRecord, at: number, standIn: Process): void {
    const known = this.router.links.get(record.id)
    const slot = known instanceof SlotLink ? known : new SlotLink(record.id)
    if (known !== slot) this.router.enter(slot)
    slot.settleHere(this.router.self)
    slot.version = record.version
    slot.sought = undefined
    slot.process = standIn
    slot.at = at
    const j = realJoin(standIn)
    j.link = PARTED
    this.places.set(standIn, slot)
    const branch = this.parted.get(record.id)
    if (branch === undefined) return
    const stub = branch.join?.link as Stub // parted processes have one
    this.parted.delete(record.id)
    this.kernel.roots.delete(branch)
    this.rejoin(branch, slot, stub.borrowed)
  }

  /** A slot is known here by name: where messages to it go. */
  known(record: SlotRecord): SlotLink {
    const known = this.router.links.get(record.id)
    if (known instanceof SlotLink) {
      this.router.learn(known, record.version, record.hint)
      return known
    }
    const slot = new SlotLink(record.id)
    this.router.enter(slot)
    this.router.learn(slot, record.version, record.hint)
    return slot
  }

  // ------------------------------------------------------------------------------------------ the end

  /** A process has ended whose join has a link. */
  ended(p: Process): void {
    const j = p.join as Join // it has one
    if (!(j.link instanceof Stub)) {
      const back = this.back.get(p)
      if (back !== undefined) {
        applyResults(back.shadow, encodeResults(p.frame, back.borrowed, this.handles).bytes, this.handles)
        p.frame = back.shadow
        this.back.delete(p)
      }
      finish(j)
      return
    }
    this.kernel.roots.delete(p)
    const { slot, borrowed } = j.link
    if (slot === undefined) {
      if (this.main === p) this.main = undefined
      this.rootEnded(p)
      return
    }
    this.parted.delete(slot)
    this.unsettled.set(slot, encodeResults(p.frame, borrowed, this.handles))
    this.report(slot)
  }

  /** Sends the results of an ended branch to its join, unless they are known to be there. */
  report(slot: number): void {
    const results = this.unsettled.get(slot)
    if (results === undefined) return
    const version = this.router.links.get(slot)?.version ?? 0
    this.router.route({ type: 'joined', id: slot, version, replyTo: this.router.self, results: results.bytes })
  }

  onJoined(slot: SlotLink, { id, replyTo, results }: Joined): void {
    const standIn = slot.process
    if (!slot.settled && standIn !== undefined) {
      const j = realJoin(standIn)
      if (j instanceof Forks && standIn.index > 0) j.drop(standIn)
      else applyResults(standIn.frame, results, this.handles)
      slot.settled = true
      slot.process = undefined
      standIn.state = ENDED
      this.places.delete(standIn)
      this.touched(j.parent)
      finish(j)
    }
    this.router.post(replyTo, { type: 'settled', id })
  }

  onSettled(id: number): void {
    this.unsettled.delete(id)
  }

  onWhereabouts(slot: SlotLink, { at, moves }: Whereabouts): void {
    if (moves < slot.moves) return // of an earlier move
    slot.at = at
    slot.moves = moves
  }

  /** Tells the place of a branch where the branch is now. */
  tell(slot: SlotLink, at: number, moves: number): void {
    this.router.route({ type: 'whereabouts', id: slot.id, version: slot.version, at, moves })
  }

  // ------------------------------------------------------------------------------------------ nodes that go

  /** Messages may have been lost with a node. */
  repeat(): void {
    for (const slot of [...this.unsettled.keys()]) this.report(slot)
  }

  /** @returns the process that waits in vain for the branch of a slot, if any */
  stranded(link: Linked, node: number): Process | undefined {
    if (!(link instanceof SlotLink) || link.place !== HERE || link.settled || link.at !== node) return undefined
    return link.process?.join?.parent
  }

  /** @returns what the results hold that are not known to be at their joins */
  *unsettledHandles(): Generator<Handle, void, void> {
    for (const { handles } of this.unsettled.values()) yield* handles
  }

  /** @returns whether something here has to know where the join of a slot is */
  needs(slot: number): boolean {
    return this.parted.has(slot) || this.unsettled.has(slot)
  }
}

function realJoin(p: Process): Join {
  const j = p.join
  if (j === null || j.link instanceof Stub) throw new Error('a process is no branch of a join here')
  return j
}

function finish(j: Join): void {
  if (--j.running === j.idle) joined(j)
}

/** @returns a blank root frame whose lent arrays are those of `root` */
export function shadowOf(root: Frame): Frame {
  const shadow = root.machine.blank()
  const [from, to] = [fieldsOf(root), fieldsOf(shadow)]
  for (const slot of lentSlots(root.machine)) {
    const name = slotName(root.machine, slot)
    to[name] = from[name]
  }
  return shadow
}

/** @returns copies of the arrays that a branch writes for its parent, or undefined when it writes none */
export function borrow(root: Frame): Borrowed | undefined {
  if (lentSlots(root.machine).length === 0) return undefined
  return new Map([...lentArrays(root)].map(([slot, view]) => [slot, view.slice()]))
}

/** The results of an ended branch: scalars, mobiles with their handles, and what changed in arrays. */
interface Results {
  readonly bytes: Uint8Array
  readonly handles: readonly Handle[]
}

function encodeResults(root: Frame, borrowed: Borrowed | undefined, names: HandleNames): Results {
  const w = new ByteWriter(64)
  const handles: Handle[] = []
  const fields = fieldsOf(root)
  for (const slot of root.machine.results) {
    const [name, type] = root.machine.slots[slot] ?? ['', 'int']
    const v = fields[name] as Value // results are no channels
    nameHandles(v, names)
    eachHandle(v, (h) => handles.push(h))
    if (isArray(type))
      writeChanges(w, borrowed?.get(slot) ?? (v as TypedArray), v as TypedArray) // slot type
    else writeValue(w, v)
  }
  return { bytes: w.finish(), handles }
}

/** Gives results to the join's frame for the branch, arrays to the parent's memory. */
function applyResults(shadow: Frame, results: Uint8Array, names: HandleNames): void {
  const r = new ByteReader(results)
  const fields = fieldsOf(shadow)
  for (const slot of shadow.machine.results) {
    const [name, type] = shadow.machine.slots[slot] ?? ['', 'int']
    if (isArray(type))
      readChanges(r, fields[name] as TypedArray) // slot type
    else {
      const v = readValue(r)
      adoptHandles(v, names)
      fields[name] = v
    }
  }
  r.finish()
}
