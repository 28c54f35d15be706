/**
 * Gives a process and all below it memory of their own: every array they hold becomes a copy, shared among them as before.
 */
import { ChannelLink } from '../links/objects.ts'
import { Channel, REMOTE, ENDED, Frame, GONE, HostCall, OUTPUT } from '../scheduler/state.ts'
import type { Process } from '../scheduler/state.ts'
import type { BackBranch } from './snapshot-format.ts'
import { Monitor } from '../scheduler/monitor.ts'
import { Mobile } from '../scheduler/mobile.ts'
import { copier } from './mobiles.ts'
import { elementOf, fieldsOf } from './schema.ts'
import type { Reference, TypedArray, Value } from '../scheduler/value.ts'
import { ViewSet } from './views.ts'

/** What stands in the place of arrays and mobiles. */
interface Replace {
  readonly view: (view: TypedArray) => TypedArray
  readonly mobile: (m: Mobile) => Mobile
  readonly parts: (parts: Reference[]) => Reference[]
}

/** @param back the branches below it that have memory of their own, with their shadows in that of their parents */
export function privatise(root: Process, back: ReadonlyMap<Process, BackBranch>): void {
  const views = new ViewSet()
  const { mobiles } = views
  walk(root, back, {
    view: (view) => {
      views.add(view)
      return view
    },
    mobile: (m) => {
      mobiles.add(m)
      return m
    },
    parts: (parts) => {
      mobiles.addParts(parts)
      return parts
    },
  })
  views.arrange()
  const view = views.copies()
  walk(root, back, { view, ...copier(view) })
}

function walk(root: Process, back: ReadonlyMap<Process, BackBranch>, replace: Replace): void {
  const owned = (v: Value): Value => (v instanceof Mobile ? replace.mobile(v) : typeof v === 'object' ? replace.view(v) : v)
  const queue = [root]
  for (let p = queue.pop(); p !== undefined; p = queue.pop()) {
    for (let f: Frame | null = p.frame; f !== null; f = f.caller) walkFrame(f, replace)
    const shadow = p === root ? undefined : back.get(p)?.shadow
    if (shadow !== undefined) walkFrame(shadow, replace)
    if (p.state === ENDED || p.state === GONE) continue // its frames are results, or a shadow
    if (p.state === OUTPUT) walkOffer(p, owned)
    else if (p.value instanceof HostCall) p.value = new HostCall(p.value.service, p.value.actuals.map(owned))
    else if (!(p.value instanceof Channel) && !(p.value instanceof Monitor)) p.value = owned(p.value)
    const pending = p.frame.pending
    if (pending instanceof Frame) walkFrame(pending, replace)
    else if (pending !== null) for (const branch of pending.branches) queue.push(branch)
  }
}

function walkFrame(frame: Frame, replace: Replace): void {
  const fields = fieldsOf(frame)
  for (const [name, type] of frame.machine.slots) {
    const v = fields[name]
    if (elementOf(type) !== undefined && ArrayBuffer.isView(v))
      fields[name] = replace.view(v as TypedArray) // slot type
    else if (type === 'mobile' && v instanceof Mobile) fields[name] = replace.mobile(v)
    else if (type === 'mobiles' && Array.isArray(v)) fields[name] = replace.parts(v as Reference[]) // slot type
  }
}

function walkOffer(p: Process, owned: (v: Value) => Value): void {
  const c = p.value
  if (!(c instanceof Channel)) return
  if (c.state !== REMOTE) c.value = owned(c.value)
  else if (c.link instanceof ChannelLink && c.link.outgoing !== undefined) {
    c.link.outgoing = { ...c.link.outgoing, value: owned(c.link.outgoing.value) }
  }
}
