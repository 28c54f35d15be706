/**
 * Snapshots of whole programs: checkpoints. Moves of processes between nodes are in links/link-table.ts; both are written by snapshot-writer.ts and read
 * by snapshot-reader.ts.
 */
import { newProcess, REMOTE, WRITER } from '../scheduler/state.ts'
import { ready } from '../scheduler/channel.ts'
import type { Channel, HostCall, Process } from '../scheduler/state.ts'
import type { Kernel } from '../scheduler/kernel.ts'
import { putValue } from '../links/channels.ts'
import { DelegateFrame } from '../links/objects.ts'
import { bornOf, pathOf, runningBranchesOf } from '../inspect/paths.ts'
import { readsImages } from './agents.ts'
import type { Conversions } from './conversion.ts'
import { resume } from './resume.ts'
import { SnapshotError } from './snapshot-error.ts'
import type { CapturePlan, ChannelRecord } from './snapshot-format.ts'
import { readSnapshot } from './snapshot-reader.ts'
import type { UnitOf } from './snapshot-reader.ts'
import { writeSnapshot } from './snapshot-writer.ts'
import type { Value } from '../scheduler/value.ts'

export { SnapshotError } from './snapshot-error.ts'
export type { SnapshotErrorCode } from './snapshot-error.ts'
export { readHeader } from './snapshot-reader.ts'
export type { UnitOf } from './snapshot-reader.ts'
export { planted } from './schema.ts'

/** The channels between a program and the processes of its host, by name: `keyboard`, `screen`, `error`. */
export type HostChannels = Readonly<Record<string, Channel>>

/**
 * Makes a checkpoint of a program all of which is in this kernel. The program is not changed and goes on. Never within `kernel.run`.
 * @param roots the program's processes without those of the host, as a rule its main process alone
 * @param hosts the channels to the host
 * @throws SnapshotError `pinned` when a part of the program is elsewhere or belongs to the host
 */
export function captureProgram(kernel: Kernel, roots: readonly Process[], hosts: HostChannels): Uint8Array {
  if (kernel.running) throw new SnapshotError('pinned', 'a program is captured only between its steps')
  readsImages(kernel)
  const captured = new Set<Process>()
  const queue = [...roots]
  for (let p = queue.pop(); p !== undefined; p = queue.pop()) {
    captured.add(p)
    for (const branch of runningBranchesOf(p)) queue.push(branch)
  }
  const names = new Map(Object.entries(hosts).map(([name, c]) => [c, name]))
  const elsewhere = (): never => {
    throw new SnapshotError('pinned', 'a part of the program is on another node')
  }
  const plan: CapturePlan = {
    kind: 'program',
    clock: kernel.now(),
    stamp: 0,
    from: 0,
    roots: roots.map((process) => ({
      process,
      path: pathOf(process),
      born: bornOf(process),
      slot: undefined,
      borrowed: undefined,
    })),
    includes: (branch) => captured.has(branch) || elsewhere(),
    away: elsewhere,
    back: () => undefined,
    output: (_p, c) => ({ stamp: 0, moves: 0, value: c.value }),
    name: () => undefined,
    channel(c): ChannelRecord {
      const stranger = c.state === WRITER && c.waiting !== null && !captured.has(c.waiting)
      const name = names.get(c)
      if (name !== undefined) return { kind: 'host', name, offer: stranger ? c.value : undefined }
      if (stranger || c.state === REMOTE) elsewhere()
      return { kind: 'inner', birth: typeof c.link === 'number' ? c.link : 0 }
    },
    monitor: ({ role }) => (role === undefined ? elsewhere() : { kind: 'inner', role }),
  }
  return writeSnapshot(plan).bytes
}

/** How a checkpoint is restored. */
export interface Restoring {
  /**
   * Told what the old host had offered on a channel and the program had not taken: it comes before all else. Without it that is offered to the program
   * here.
   */
  readonly pending?: (name: string, value: Value) => void
  /** What becomes of frames whose machines are not what they were. */
  readonly conversions?: Conversions
}

/**
 * Restores a checkpoint into a kernel whose clock continues at `readHeader (bytes).clock`.
 * @param hosts the channels that take the place of those of these names; nobody writes to them yet
 * @returns the roots
 * @throws SnapshotError
 */
export function restoreProgram(
  kernel: Kernel,
  bytes: Uint8Array,
  unitOf: UnitOf,
  hosts: HostChannels,
  { pending, conversions }: Restoring = {},
): Process[] {
  readsImages(kernel, unitOf)
  const decoded = readSnapshot(bytes, kernel, unitOf, { conversions })
  if (decoded.header.kind !== 'program') throw new SnapshotError('malformed', 'these are moving processes, not a program')
  kernel.stir(decoded.header.clock)
  for (const c of decoded.channels) {
    const { record, places } = c
    if (record.kind === 'inner') continue
    const host = record.kind === 'host' ? hosts[record.name] : undefined
    if (host === undefined || record.kind !== 'host') throw new SnapshotError('malformed', 'a channel leads nowhere')
    c.channel = host
    for (const { holder, key } of places) holder[key] = host
    if (record.offer === undefined) continue
    if (pending !== undefined) pending(record.name, record.offer)
    else putValue(newProcess(kernel, new DelegateFrame(null), null, 0, 0), host, record.offer)
  }
  for (const wait of decoded.waits) {
    resume(wait, {
      output: (p, c) => {
        if (putValue(p, c, wait.value)) ready(p)
      },
      host: (p) => {
        const call = p.value as HostCall // HOST
        if (call.service === 'CODE') {
          p.value = 0
          ready(p) // it asks again
          return
        }
        if (kernel.world.host(p, call.service, call.actuals)) ready(p)
      },
      monitor: (p) => {
        p.value = 0
        ready(p) // it asks again
      },
    })
  }
  return decoded.roots.map(({ process, born }) => {
    kernel.roots.add(process)
    kernel.born.set(process, born)
    return process
  })
}
