/**
 * Processes as words: what of a process at rest is state, as 32-bit integers, and back. What is equal has equal words.
 *
 * Saved is what snapshots save (kernel/snapshot/schema.ts). A process alone is written: arrays that it shares with others are copied, channels and
 * monitors are written by name, and of the branches that it waits for only where their arrays lie in its own.
 *
 * Invariants
 * - Views of one process that overlap do so again when it is read.
 * - An array that a branch writes for its parent is the branch's own while it runs; the parent's stays as it was when the PAR began, so when the
 *   branches have ended, what differs from that is what they wrote (the usage rules keep branches apart).
 * - A word that is a time is relative to `base`, and its position is in `times`.
 */
import { ALT, ENDED, Frame, GONE, HOST, INPUT, JOIN, MONITOR, OUTPUT, READY, SUSPENDED, TIMER } from '../kernel/scheduler/state.ts'
import type { Channel, Machine, Monitor, Process } from '../kernel/scheduler/state.ts'
import { kindOf, kindOfElement, bytesOf } from '../kernel/snapshot/codec.ts'
import { elementOf, fieldsOf, formOf, framesOf, lentSlots, saved, slotName } from '../kernel/snapshot/schema.ts'
import type { Fields } from '../kernel/snapshot/schema.ts'
import { NO_REFERENCES } from '../kernel/scheduler/mobile.ts'
import type { Mobile, Reference, SlotType, TypedArray } from '../kernel/scheduler/value.ts'
import { branchesAwaited } from './gate.ts'
import type { Held } from './held.ts'
import { Memory } from './memory.ts'
import { MobileWriter, readMobiles } from './mobile-words.ts'
import type { Numbering } from './numbering.ts'
import { NotExplored } from './not-explored.ts'
import { WordList } from './word-list.ts'

const float = new Float64Array(1)
const int64 = new BigInt64Array(float.buffer)
const halves = new Int32Array(float.buffer)

/** A process as words. */
export interface Written {
  readonly words: number[]
  /** Positions of words that are times relative to the base. */
  readonly times: number[]
  /** Positions of words that are names; see renaming.ts. */
  readonly names: number[]
  readonly held: Held
}

// ---------------------------------------------------------------------------------------------- writing

/** Where the array of a branch lies in the memory of its parent. */
const ELSEWHERE = -1

class Writer extends WordList<Numbering> {
  readonly times: number[] = []
  private readonly memory = new Memory()
  private readonly mobiles = new MobileWriter(this.memory)

  constructor(
    numbering: Numbering,
    private readonly base: number,
  ) {
    super(numbering)
  }

  process(p: Process, isBranch: boolean): Written {
    const { words, memory } = this
    const frames = framesOf(p.frame)
    const branches = branchesAwaited(p) ?? []
    if (branches.some(({ frame }) => rootOf(frame).machine.tied === true))
      throw new NotExplored('branches that change parts of one mobile, or what #PRAGMA SHARED lets them share', p)
    const { pending } = p.frame
    const results = pending instanceof Frame ? pending : undefined
    const saves = frames.map((frame, i) =>
      p.state === ENDED ? frame.machine.results : saved(frame.machine, frame.pc, isBranch && i === 0),
    )
    frames.forEach((frame, i) => {
      this.gather(frame, saves[i] ?? [])
    })
    if (results !== undefined) this.gather(results, results.machine.results)
    memory.arrange()
    if (this.lend(branches)) memory.arrange()
    words.push(p.state)
    memory.write(words, this.numbering)
    this.mobiles.write(this)
    words.push(frames.length)
    frames.forEach((frame, i) => {
      this.frame(frame, saves[i] ?? [])
    })
    if (results === undefined) words.push(0)
    else {
      words.push(1)
      this.frame(results, results.machine.results)
    }
    this.wait(p, branches)
    return this
  }

  private gather(frame: Frame, slots: readonly number[]): void {
    const fields = fieldsOf(frame)
    for (const slot of slots) {
      const [name, type] = frame.machine.slots[slot] as readonly [string, SlotType] // slots of the machine
      const v = fields[name]
      if (elementOf(type) !== undefined)
        this.memory.add(v as TypedArray) // slot type, here and below
      else if (type === 'mobile') this.mobiles.add(v as Mobile)
      else if (type === 'mobiles') this.mobiles.addParts(v as Reference[])
    }
  }

  /** Arrays that branches write are whole in the memory of their parent. @returns whether there are any */
  private lend(branches: readonly Process[]): boolean {
    let lent = false
    for (const { frame } of branches) {
      const root = rootOf(frame)
      for (const slot of lentSlots(root.machine)) {
        const view = fieldsOf(root)[slotName(root.machine, slot)] as TypedArray // slot type
        if (!this.memory.overlaps(view)) continue
        this.memory.add(view)
        lent = true
      }
    }
    return lent
  }

  private frame(frame: Frame, slots: readonly number[]): void {
    const { machine, pc } = frame
    this.words.push(this.numbering.machine(machine), pc)
    const fields = fieldsOf(frame)
    for (const slot of slots) this.slot(machine, slot, fields)
  }

  private slot(machine: Machine, slot: number, fields: Fields): void {
    const { words } = this
    const [name, type] = machine.slots[slot] as readonly [string, SlotType] // slots of the machine
    const v = fields[name]
    switch (formOf(type)) {
      case 'bool':
        words.push(v === true ? 1 : 0)
        return
      case 'byte':
      case 'int':
      case 'int16':
      case 'int32':
        words.push(v as number) // slot type, here and below
        return
      case 'int64':
        int64[0] = v as bigint
        words.push(halves[0] ?? 0, halves[1] ?? 0)
        return
      case 'real32':
      case 'real64':
        float[0] = v as number
        words.push(halves[0] ?? 0, halves[1] ?? 0)
        return
      case 'channel':
        this.channel(v as Channel | undefined, useOf(type))
        return
      case 'channels': {
        const list = (v as Channel[] | undefined) ?? []
        words.push(list.length)
        for (const c of list) this.channel(c, useOf(type))
        return
      }
      case 'monitor':
        this.monitor(v as Monitor)
        return
      case 'monitors': {
        const list = v as Monitor[]
        words.push(list.length)
        for (const m of list) this.monitor(m)
        return
      }
      case 'mobile':
        words.push(this.mobiles.number(v as Mobile))
        return
      case 'mobiles':
        words.push(this.mobiles.numberOfParts(v as Reference[]))
        return
      case 'view':
        this.memory.writeReference(words, v as TypedArray)
    }
  }

  private wait(p: Process, branches: readonly Process[]): void {
    const { words, numbering } = this
    switch (p.state) {
      case OUTPUT: {
        const c = p.value as Channel // OUTPUT
        this.channel(c, '!')
        if (typeof c.value === 'number' && Number.isInteger(c.value) && !Object.is(c.value, -0) && c.value === (c.value | 0))
          words.push(0, c.value)
        else {
          words.push(1)
          this.value(numbering.value(c.value))
        }
        return
      }
      case INPUT:
        this.channel(p.value as Channel, '?') // INPUT
        return
      case TIMER:
        this.times.push(words.length)
        words.push((p.value as number) - this.base) // TIMER
        return
      case MONITOR:
        this.monitor(p.value as Monitor) // MONITOR
        words.push(numbering.request(p))
        return
      case JOIN:
        this.join(branches)
        return
      case ALT:
      case ENDED:
      case READY: // it was forked and has not begun
        return
      case HOST:
      case GONE:
      case SUSPENDED:
        throw new NotExplored('a process that waits for something else than other processes', p)
    }
  }

  private join(branches: readonly Process[]): void {
    const { words } = this
    words.push(branches.length)
    for (const { frame } of branches) {
      const root = rootOf(frame)
      for (const slot of lentSlots(root.machine)) {
        const view = fieldsOf(root)[slotName(root.machine, slot)] as TypedArray // slot type
        if (this.memory.overlaps(view)) this.memory.writeView(words, view)
        else words.push(ELSEWHERE)
      }
    }
  }
}

/** @returns a process that waits, or has ended, as words. @param base what the clock says */
export function writeProcess(p: Process, isBranch: boolean, numbering: Numbering, base: number): Written {
  return new Writer(numbering, base).process(p, isBranch)
}

/** @returns what can be done at the channels of a slot; '' for both */
function useOf(type: SlotType): '?' | '!' | '' {
  return type.endsWith('?') ? '?' : type.endsWith('!') ? '!' : ''
}

function rootOf(innermost: Frame): Frame {
  let f = innermost
  while (f.caller !== null) f = f.caller
  return f
}

// ---------------------------------------------------------------------------------------------- reading

/** A process that was read: its frames, which wait for nothing yet. */
export interface ProcessRead {
  readonly innermost: Frame
  readonly state: number
  readonly memory: Memory
  /** Of a join: where the words about the arrays of the branches begin. */
  readonly at: number
}

class Reader {
  private at = 0
  private memory = new Memory()
  private mobiles: readonly Mobile[] = []

  constructor(
    private readonly words: Int32Array,
    private readonly times: readonly number[],
    private readonly numbering: Numbering,
    private readonly base: number,
  ) {}

  private next(): number {
    return this.words[this.at++] ?? 0
  }

  process(isBranch: boolean): ProcessRead {
    const state = this.next()
    const next = (): number => this.next()
    this.memory = Memory.read(next, this.numbering)
    this.mobiles = readMobiles(next, this.memory, this.numbering)
    let frame: Frame | null = null
    for (let n = this.next(), i = 0; i < n; i++) {
      const machine = this.numbering.machineAt(this.next())
      const pc = this.next()
      const slots = state === ENDED ? machine.results : saved(machine, pc, isBranch && i === 0)
      const read = this.frame(machine, pc, slots)
      read.caller = frame
      if (frame !== null) frame.pending = read
      frame = read
    }
    if (frame === null) throw new Error('a process has no frame')
    if (this.next() === 1) {
      const machine = this.numbering.machineAt(this.next())
      const callee = this.frame(machine, this.next(), machine.results)
      callee.caller = frame
      frame.pending = callee
    }
    if (state === JOIN) this.next() // how many branches
    return { innermost: frame, state, memory: this.memory, at: this.at }
  }

  private frame(machine: Machine, pc: number, slots: readonly number[]): Frame {
    const frame = machine.blank()
    frame.pc = pc
    const fields = fieldsOf(frame)
    for (const slot of slots) this.slot(machine, slot, fields)
    return frame
  }

  private slot(machine: Machine, slot: number, fields: Fields): void {
    const [name, type] = machine.slots[slot] as readonly [string, SlotType] // slots of the machine
    switch (formOf(type)) {
      case 'bool':
        fields[name] = this.next() === 1
        return
      case 'byte':
      case 'int':
      case 'int16':
      case 'int32':
        fields[name] = this.int()
        return
      case 'int64':
        halves[0] = this.next()
        halves[1] = this.next()
        fields[name] = int64[0]
        return
      case 'real32':
      case 'real64':
        halves[0] = this.next()
        halves[1] = this.next()
        fields[name] = float[0]
        return
      case 'channel':
        fields[name] = this.numbering.channelAt(this.next())
        return
      case 'channels':
        fields[name] = Array.from({ length: this.next() }, () => this.numbering.channelAt(this.next()))
        return
      case 'monitor':
        fields[name] = this.numbering.monitorAt(this.next())
        return
      case 'monitors':
        fields[name] = Array.from({ length: this.next() }, () => this.numbering.monitorAt(this.next()))
        return
      case 'mobile':
        fields[name] = this.mobiles[this.next()]
        return
      case 'mobiles': {
        const number = this.next()
        fields[name] = number === 0 ? NO_REFERENCES : this.mobiles[number]?.parts
        return
      }
      case 'view':
        fields[name] = this.memory.readReference(kindOfElement(elementOf(type) ?? 'byte'), () => this.next())
    }
  }

  private int(): number {
    const isTime = this.times.includes(this.at)
    return isTime ? (this.next() + this.base) | 0 : this.next()
  }
}

/** @returns a process as it was written, at another time perhaps */
export function readProcess(
  { words, times }: { readonly words: Int32Array; readonly times: readonly number[] },
  isBranch: boolean,
  numbering: Numbering,
  base: number,
): ProcessRead {
  return new Reader(words, times, numbering, base).process(isBranch)
}

/**
 * What branches that have ended wrote goes to the arrays of their parent.
 * @param words of the parent, with where the arrays of the branches lie from `at` on
 * @param roots the root frames of the branches, with their results
 */
export function mergeArrays(words: Int32Array, at: number, memory: Memory, roots: readonly Frame[]): void {
  const before = memory.copy()
  let next = at
  for (const root of roots) {
    const fields = fieldsOf(root)
    for (const slot of lentSlots(root.machine)) {
      const name = slotName(root.machine, slot)
      const mine = fields[name] as TypedArray // slot type
      const segment = words[next++] ?? ELSEWHERE
      if (segment === ELSEWHERE) continue
      const offset = words[next++] ?? 0
      const length = words[next++] ?? 0
      const kind = kindOf(mine)
      const target = memory.view(kind, segment, offset, length)
      const old = bytesOf(before.view(kind, segment, offset, length))
      const bytes = bytesOf(target)
      bytesOf(mine).forEach((byte, i) => {
        if (byte !== old[i]) bytes[i] = byte
      })
      fields[name] = target
    }
  }
}
