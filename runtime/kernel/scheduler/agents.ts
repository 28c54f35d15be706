/**
 * Mobile processes: a process that is a value while nobody runs it.
 *
 * Whoever runs one has it as the one branch of a join of its own. A SUSPEND, or its end, ends that join. What was suspended is a tree of processes
 * that wait for nothing, and goes on from there when it is run again.
 *
 * Invariants
 * - A mobile process that is idle is in no queue and no join. Its processes are SUSPENDED, or wait (JOIN) for branches that are.
 * - The first slots of its root frame are its parameters, and are live at each of its resume points. While it is idle they, and all slots that were
 *   given these, hold channels that nobody else has; each activation puts the actual ones in their places.
 * - It does not part from the process that runs it, nor do those of its branches that may be suspended (`Machine.tied`).
 * - An idle one that goes to another node, or into a snapshot, becomes an image: a mobile whose elements are a snapshot of it (snapshot/agents.ts).
 */
import { ready } from './channel.ts'
import { ChannelHandle } from './ends.ts'
import { Fault } from './fault.ts'
import { GuardSet } from './guard-set.ts'
import { NO_MOBILE } from './mobile.ts'
import { NO_BYTES } from './blanks.ts'
import { birth, Channel, ENDED, HOST, HostCall, Join, JOIN, Monitor, newProcess, SUSPENDED } from './state.ts'
import type { Frame, Process, Unit } from './state.ts'
import { Mobile } from './value.ts'
import type { Reference, TypedArray } from './value.ts'

/** What the join of an activation calls its branch. No PROC can have this name. */
export const RUN = 'MOBILE'

/** An idle mobile process. */
export class Agent extends Mobile {
  declare elements: TypedArray
  declare parts: Reference[]
  declare dims: readonly number[]
  /** Null when it has become an image. */
  process: Process | null

  constructor(process: Process) {
    super(NO_BYTES, [], [])
    this.process = process
  }

  /** It is an image from now on. */
  become(elements: TypedArray, parts: Reference[]): void {
    this.process = null
    this.elements = elements
    this.parts = parts
    this.dims = IMAGE
  }
}

/** The dimensions of an image. An array of size 0 has them too, but no elements. */
const IMAGE: readonly number[] = [0]

/** @returns whether a mobile is the image of a mobile process */
export function isImage({ elements, dims }: Mobile): boolean {
  return dims.length === 1 && dims[0] === 0 && elements.length > 0
}

/** The join of a process that runs a mobile one. */
export class Activation extends Join {}

/** What a mobile process was given, or is to be given instead. */
type Given = readonly unknown[]

/** Calls `visit` for each process of a mobile one that has not ended. */
export function eachOf(root: Process, visit: (p: Process) => void): void {
  const queue = [root]
  for (let p = queue.pop(); p !== undefined; p = queue.pop()) {
    if (p.state === ENDED) continue
    visit(p)
    const { pending } = p.frame
    if (pending instanceof Join) for (const branch of pending.branches) queue.push(branch)
  }
}

const fieldsOf = (frame: Frame): Record<string, unknown> => frame as unknown as Record<string, unknown> // one field per slot

function rootOf(p: Process): Frame {
  let f = p.frame
  while (f.caller !== null) f = f.caller
  return f
}

/** @returns the values of the first `n` slots of the root frame */
function parametersOf(root: Frame, n: number): unknown[] {
  const fields = fieldsOf(root)
  return root.machine.slots.slice(0, n).map(([name]) => fields[name])
}

/** @returns what stands in the places of channels and claims while nobody runs a mobile process */
function standIns(given: Given): unknown[] {
  return given.map((v) => {
    if (v instanceof Channel) return new Channel()
    if (v instanceof Monitor) return new Monitor(undefined)
    if (v instanceof ChannelHandle) return new ChannelHandle(new Channel(), v.use)
    if (v instanceof Mobile && v !== NO_MOBILE) return new Mobile(v.elements, standIns(v.parts) as Reference[], v.dims) // parts are references
    if (Array.isArray(v)) return standIns(v)
    return v
  })
}

/** By what a mobile process has, for each direction of the slots that may have it: what it is to have instead. */
type Exchange = Map<unknown, Map<string, unknown>>

function exchange(root: Frame, from: Given, to: Given): Exchange {
  const all: Exchange = new Map()
  const add = (a: unknown, b: unknown, way: string): void => {
    let byWay = all.get(a)
    if (byWay === undefined) all.set(a, (byWay = new Map<string, unknown>()))
    byWay.set(way, b)
    if (!byWay.has('')) byWay.set('', b)
  }
  from.forEach((a, i) => {
    const b = to[i]
    const type = root.machine.slots[i]?.[1] ?? 'int'
    const way = /[?!]$/.exec(type)?.[0] ?? ''
    if (Array.isArray(a) && Array.isArray(b)) {
      add(a, b, way)
      a.forEach((each, k) => {
        add(each, b[k], way)
      })
    } else if (a instanceof Mobile && b instanceof Mobile) {
      if (a === NO_MOBILE) return
      add(a, b, way)
      const [handles, others] = [a.parts, b.parts]
      handles.forEach((each, k) => {
        const other = others[k]
        if (each instanceof ChannelHandle && other instanceof ChannelHandle) add(each.channel, other.channel, each.use ?? '')
        else if (each instanceof Monitor) add(each, other, '')
      })
    } else if (a instanceof Channel || a instanceof Monitor) add(a, b, way)
  })
  return all
}

/** Gives a mobile process, and all that is below it, other channels and claims. */
function give(root: Process, given: Given): void {
  const top = rootOf(root)
  const before = parametersOf(top, given.length)
  const all = exchange(top, before, given)
  const other = (v: unknown, way: string): unknown => {
    const byWay = all.get(v)
    return byWay === undefined ? v : (byWay.get(way) ?? byWay.get(''))
  }
  const done = new Set<unknown>()
  eachOf(root, (p) => {
    for (let f: Frame | null = p.frame; f !== null; f = f.caller) {
      const fields = fieldsOf(f)
      for (const [name, v] of Object.entries(fields)) if (v instanceof GuardSet) fields[name] = null // it is of other channels
      for (const [name, type] of f.machine.slots) {
        const way = /[?!]$/.exec(type)?.[0] ?? ''
        const v = fields[name]
        if (Array.isArray(v) && !all.has(v)) {
          if (done.has(v) || !(type.startsWith('chans') || type === 'monitors')) continue
          done.add(v)
          const list = v as unknown[]
          list.forEach((each, k) => {
            list[k] = other(each, way)
          })
        } else if (type.startsWith('chan') || type.startsWith('monitor') || type === 'mobile') fields[name] = other(v, way)
      }
    }
  })
  const fields = fieldsOf(top)
  given.forEach((v, i) => {
    const name = top.machine.slots[i]?.[0]
    if (name !== undefined) fields[name] = v // sizes too
  })
}

// ---------------------------------------------------------------------------------------------- suspension

/** A branch has ended or been suspended: if no other goes on, the process above it does, or is as good as suspended itself. */
export function joined(j: Join): void {
  for (let at = j; ;) {
    const { parent } = at
    if (at.running !== at.idle) return
    if (at.running === 0 || at instanceof Activation) {
      if (parent.state === JOIN) ready(parent)
      return
    }
    if (parent.state !== JOIN || parent.join === null) return
    at = parent.join
    at.idle++
  }
}

/** A process of a mobile one is suspended. */
export function idles(p: Process): void {
  if (p.join === null) return
  p.join.idle++
  joined(p.join)
}

// ---------------------------------------------------------------------------------------------- what generated code calls

/** `MOBILE m`. @param frame of the MOBILE PROC, given channels that nobody else has */
export function agent(p: Process, frame: Frame): Mobile {
  const made = newProcess(p.kernel, frame, null, 0, p.priority)
  made.state = SUSPENDED
  return new Agent(made)
}

/**
 * Makes ready what is to be run.
 * @returns a mobile process, or NO_MOBILE; null when `p` waits for its code, and begins again
 */
export function awaken(p: Process, m: Mobile): Mobile | null {
  if (m instanceof Agent ? m.process !== null : !isImage(m)) return m
  const { kernel } = p
  const awake = kernel.thaw(m)
  if (awake instanceof Mobile) return awake
  p.value = new HostCall('CODE', [])
  p.state = HOST
  kernel.fetchCode(p, awake)
  return null
}

/** `x (a?, b!)`: runs a mobile process; `p` waits in `f` until it ends or is suspended. @throws Fault R0212 when there is none */
export function activate(p: Process, f: Frame, m: Mobile, given: Given, u: Unit, site: number): void {
  if (!(m instanceof Agent) || m.process === null) throw new Fault('R0212', u, site)
  const root = m.process
  m.process = null
  give(root, given.map(asGiven))
  const j = new Activation(p)
  j.born = birth()
  j.name(RUN, NaN)
  j.branches.push(root)
  j.running = 1
  root.join = j
  root.index = 0
  f.pending = j
  eachOf(root, (each) => {
    if (each.frame.pending instanceof Join) each.frame.pending.idle = 0
    if (each.state === SUSPENDED) ready(each)
  })
  p.value = 0
  p.state = JOIN
}

/** @returns an end as a parameter has it: what other variables get of it is another object, so that the parameter's can be told */
function asGiven(v: unknown): unknown {
  return v instanceof Mobile && v !== NO_MOBILE ? new Mobile(v.elements, [...v.parts], v.dims) : v
}

/** @returns what a mobile process that was run has left in parameter number `i`, an end */
export function leftIn(f: Frame, i: number): Mobile {
  const root = f.pending instanceof Join ? f.pending.branches[0] : undefined
  const value = root === undefined ? undefined : parametersOf(rootOf(root), i + 1)[i]
  return value instanceof Mobile ? value : NO_MOBILE
}

/** The end of an activation. @param n how many parameters it has @returns the mobile process, or NO_MOBILE when it has ended */
export function retrieve(f: Frame, n: number): Mobile {
  const root = f.pending instanceof Join ? f.pending.branches[0] : undefined
  f.pending = null
  if (root === undefined || root.state === ENDED) return NO_MOBILE
  give(root, standIns(parametersOf(rootOf(root), n)))
  root.join = null
  return new Agent(root)
}

/** `SUSPEND`. The caller has stored the pc of the point after it. @returns false */
export function suspend(p: Process): false {
  p.value = 0
  p.state = SUSPENDED
  idles(p)
  return false
}
