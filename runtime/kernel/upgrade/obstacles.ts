/** What stands in the way of an upgrade: the processes that cannot go on as the new version, found before anything changes. */
import { isImage } from '../scheduler/agents.ts'
import { Mobile } from '../scheduler/mobile.ts'
import { pathOf, rootFrame, runningBranchesOf } from '../inspect/paths.ts'
import type { Kernel } from '../scheduler/kernel.ts'
import { Channel, ENDED, Frame, GONE, Join, OUTPUT } from '../scheduler/state.ts'
import type { Machine, Process } from '../scheduler/state.ts'
import { isOfHost } from '../scheduler/unit.ts'
import type { MachineConversion } from '../snapshot/conversion.ts'
import { framesOf, fieldsOf, saved } from '../snapshot/schema.ts'
import { readHeader } from '../snapshot/snapshot-reader.ts'
import type { Decoded } from '../snapshot/snapshot-reader.ts'
import type { UpgradePlan } from './plan.ts'

/** A process that cannot go on as the new version. */
export interface Obstacle {
  /** `main/cell[5]` */
  readonly process: string
  /** Where it is, `ring.csp:12`, and what it does there; empty when the code says nothing of its text. */
  readonly line: string
  readonly text: string
  /** Why it cannot, as the end of a sentence about it. */
  readonly reason: string
}

/** What an upgrade would do, or why it cannot be done. */
export interface Survey {
  readonly obstacles: readonly Obstacle[]
  /** There may be more obstacles: having found so many it was looked no further. */
  readonly more?: true
  /** How many processes there are (those that were looked at, where there may be more obstacles), and how many of them have frames of machines that are not what they were. */
  readonly processes: number
  readonly changed: number
  /** How many frames each machine has that is not what it was: old name, new name, frames. */
  readonly machines: readonly { readonly from: string; readonly to: string; readonly frames: number }[]
}

/** Obstacles that are told: it is looked no further, and that there may be more is told, too. */
const MOST_TOLD = 1000

/** Looks at all processes of a program, each decoded as the version that it is of. */
export function survey(decoded: Iterable<Decoded>, plan: UpgradePlan): Survey {
  const surveyor = new Surveyor(plan)
  for (const each of decoded) {
    const paths = new Map(each.roots.map(({ process, path }) => [process, path]))
    const parted = new Set(each.roots.flatMap(({ process, slot }) => (slot === undefined ? [] : [process])))
    for (const { process, value } of each.waits)
      surveyor.add(process, { isBranch: process.join !== null || parted.has(process), offered: value, path: () => pathIn(process, paths) })
    if (surveyor.isFull) break
  }
  return surveyor.found
}

/** Looks at all processes of a program that is in one kernel; the kernel may run where it yields. */
export function* surveyWithin(kernel: Kernel, plan: UpgradePlan): Generator<void, Survey, void> {
  const surveyor = new Surveyor(plan)
  const stack = [...kernel.roots].filter((p) => !isOfHost(rootFrame(p).machine.unit))
  for (let p = stack.pop(); p !== undefined && !surveyor.isFull; p = stack.pop()) {
    if (p.state === ENDED) continue
    const process = p
    const offered = p.state === OUTPUT && p.value instanceof Channel ? p.value.value : 0
    surveyor.add(process, { isBranch: process.join !== null, offered, path: () => pathOf(process) })
    for (const branch of runningBranchesOf(process)) stack.push(branch)
    yield
  }
  return surveyor.found
}

/** What is known of a process besides what it says itself. */
interface Surroundings {
  /** Whether it has a parent. */
  readonly isBranch: boolean
  /** What it offers, if it does. */
  readonly offered: unknown
  readonly path: () => string
}

class Surveyor {
  private readonly obstacles: Obstacle[] = []
  private readonly frames = new Map<Machine, number>()
  private processes = 0
  private changed = 0

  constructor(private readonly plan: UpgradePlan) {}

  add(process: Process, { isBranch, offered, path }: Surroundings): void {
    const { conversions, after } = this.plan
    this.processes++
    const its = framesOf(process.frame)
    let converted = 0
    for (const frame of its) {
      const conversion = conversions.get(frame.machine)
      if (conversion === undefined) continue
      converted++
      this.frames.set(frame.machine, (this.frames.get(frame.machine) ?? 0) + 1)
      this.tell(refusalOf(conversion, frame.pc, frame.caller === null && isBranch), frame, path)
    }
    if (converted > 0) this.changed++
    const images = conversions.size > 0 ? imageRefusal(its, [process.value, offered], after) : undefined
    this.tell(pendingRefusal(process, conversions) ?? images, process.frame, path)
  }

  private tell(reason: string | undefined, frame: Frame, path: () => string): void {
    if (reason !== undefined && !this.isFull) this.obstacles.push({ process: path(), ...placeOf(frame), reason })
  }

  get isFull(): boolean {
    return this.obstacles.length >= MOST_TOLD
  }

  get found(): Survey {
    const { obstacles, processes, changed } = this
    const machines = [...this.frames].map(([machine, frames]) => {
      const conversion = this.plan.conversions.get(machine)
      return { from: machine.name, to: conversion === undefined || 'refusal' in conversion ? '' : conversion.to.name, frames }
    })
    return { obstacles, ...(this.isFull ? { more: true } : {}), processes, changed, machines }
  }
}

function refusalOf(conversion: MachineConversion, pc: number, isBranch: boolean): string | undefined {
  if ('refusal' in conversion) return conversion.refusal
  const point = conversion.points[pc]
  if (point === undefined) return 'the new version has no such point'
  if ('refusal' in point) return point.refusal
  return isBranch ? conversion.sharedRefusal : undefined
}

/** What has ended, and whose results nobody has read yet; and what branches elsewhere have borrowed. */
function pendingRefusal({ frame }: Process, conversions: UpgradePlan['conversions']): string | undefined {
  for (const { machine } of endedOf(frame)) {
    const conversion = conversions.get(machine)
    if (conversion === undefined) continue
    const reason = 'refusal' in conversion ? conversion.refusal : conversion.sharedRefusal
    if (reason !== undefined) return reason
  }
  return undefined
}

/** The frames that have ended and whose results the frame has still to read, and those that stand for branches elsewhere. */
function endedOf({ pending }: Frame): readonly Frame[] {
  if (pending instanceof Frame) return [pending]
  if (!(pending instanceof Join)) return []
  return pending.branches.flatMap(({ state, frame }) => (state === ENDED || state === GONE ? [frame] : []))
}

/** A mobile process that is suspended is bytes, which nobody converts. */
function imageRefusal(frames: readonly Frame[], values: readonly unknown[], after: ReadonlySet<string>): string | undefined {
  const queue = [...values]
  const innermost = frames.at(-1)
  const held = frames.map((frame) => ({ frame, slots: saved(frame.machine, frame.pc, false) }))
  if (innermost !== undefined) for (const frame of endedOf(innermost)) held.push({ frame, slots: frame.machine.results })
  for (const { frame, slots } of held) {
    const fields = fieldsOf(frame)
    for (const slot of slots) {
      const [name = '', type = 'int'] = frame.machine.slots[slot] ?? []
      if (type === 'mobile') queue.push(fields[name])
      else if (type === 'mobiles') for (const part of fields[name] as readonly unknown[]) queue.push(part) // slot type
    }
  }
  for (let v = queue.pop(); v !== undefined; v = queue.pop()) {
    if (!(v instanceof Mobile)) continue
    if (isImage(v) && v.elements instanceof Uint8Array && readHeader(v.elements).unitHashes.some((hash) => !after.has(hash)))
      return 'it holds a mobile process that is suspended in code which the new version does not have'
    for (const part of v.parts) queue.push(part)
  }
  return undefined
}

function placeOf({ machine, pc }: Frame): Pick<Obstacle, 'line' | 'text'> {
  const { debug } = machine.unit
  const [file = 0, line = 0, , text = ''] = debug?.machines[machine.index]?.points[pc] ?? []
  return { line: debug === undefined ? '' : `${debug.files[file] ?? ''}:${line}`, text }
}

/** @param paths of the roots of what was decoded */
function pathIn(process: Process, paths: ReadonlyMap<Process, string>): string {
  const names: string[] = []
  let at = process
  while (at.join !== null) {
    const index = at.join.replicator(at.index)
    names.push(Number.isNaN(index) ? at.join.label(at.index) : `${at.join.label(at.index)}[${index}]`)
    at = at.join.parent
  }
  return [paths.get(at) ?? 'main', ...names.reverse()].join('/')
}
