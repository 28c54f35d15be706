/**
 * Members fold one log, each at its own pace, and a bit flips in the memory of one of them. It has to find that out and leave, whoever writes and whoever
 * makes snapshots; nobody else may leave, and all who stay and all who come have the same.
 */
import { seeded } from '../../runtime/engine/simulated.ts'
import { decodeLogMessage, encodeLogMessage, LogState } from '../../runtime/engine/nats-log-messages.ts'
import type { LogMessage } from '../../runtime/engine/nats-log-messages.ts'

const STEPS = 300
const KEYS = ['node/1', 'node/2', 'lease/1', 'lease/2', 'program/1', 'owner/1/main', 'owner/1/cell']
const MEMBERS = 3

interface Replica {
  readonly name: string
  readonly state: LogState
  /** Number of the next message. */
  next: number
  serial: number
  readonly wrong: Set<string>
  hasLeft: boolean
  isFlipped: boolean
}

/** Runs one. @returns why it is wrong; undefined when it is right */
export function replicas(seed: number): string | undefined {
  const random = seeded(seed ^ 0x1f83d9ab)
  const below = (n: number): number => Math.floor(random() * n)
  /** By number; the first ones go when there is a snapshot. */
  const log = new Map<number, Uint8Array>()
  let last = 0
  let snapshot: { readonly at: number; readonly bytes: Uint8Array } | undefined
  const members: Replica[] = []
  let trouble: string | undefined

  const append = (message: LogMessage): void => {
    log.set(++last, encodeLogMessage(message))
  }
  const messageAt = (at: number): LogMessage | undefined => decodeLogMessage(Buffer.from(log.get(at) ?? '').toString())
  const fold = (state: LogState, at: number, message: LogMessage): void => {
    if (message.kind === 'swap') state.swap(at, message)
    else state.forget(at)
  }
  /** @returns what has become of the log up to there; undefined when the last snapshot makes no sense */
  const folded = (upTo: number): LogState | undefined => {
    const state = new LogState()
    if (snapshot !== undefined && !state.decode(snapshot.bytes, snapshot.at)) return undefined
    for (let at = (snapshot?.at ?? 0) + 1; at <= upTo; at++) {
      const message = messageAt(at)
      if (message !== undefined) fold(state, at, message)
    }
    return state
  }
  const join = (): void => {
    const next = snapshot === undefined ? 1 : snapshot.at + 1
    const state = folded(next - 1)
    if (state === undefined) trouble = 'nobody can begin with the snapshot'
    else members.push({ name: `m${members.length + 1}`, state, next, serial: 0, wrong: new Set(), hasLeft: false, isFlipped: false })
  }
  const read = (member: Replica, times: number): void => {
    for (let i = 0; i < times && member.next <= last && !member.hasLeft; i++) {
      const message = messageAt(member.next)
      if (message === undefined && (snapshot === undefined || snapshot.at < member.next)) {
        member.state.skip(member.next++) // it never was
        continue
      }
      if (message === undefined) {
        // it was removed, and the member has been behind
        if (snapshot === undefined || !member.state.decode(snapshot.bytes, snapshot.at))
          trouble = `${member.name} cannot go on with the snapshot`
        else member.next = snapshot.at + 1
        member.isFlipped = false
        return
      }
      const writer = message.kind === 'swap' ? message.writer : message.hash
      if (member.state.disagrees(message) && !member.wrong.has(writer)) {
        if (folded(member.next - 1)?.digest !== member.state.digest || !member.state.isSound()) {
          member.hasLeft = true
          return
        }
        member.wrong.add(writer)
      }
      fold(member.state, member.next, message)
      member.next++
    }
  }
  const write = (member: Replica, key: string): void => {
    const expect = random() < 0.1 ? 'something else' : member.state.table.get(key)
    const value = expect !== undefined && random() < 0.2 ? undefined : `{"epoch":${below(1000)}}`
    const { name: writer, next: stand } = member
    append({ kind: 'swap', writer, serial: ++member.serial, stand, digest: member.state.digest, changes: [{ key, expect, value }] })
  }
  const save = (member: Replica): void => {
    const at = member.next - 1
    if (at <= (snapshot?.at ?? 0)) return
    if (!member.state.isSound()) {
      member.hasLeft = true
      return
    }
    const bytes = member.state.encode()
    append({ kind: 'snapshot', at, hash: `${member.name} ${at}`, digest: member.state.digest })
    snapshot = { at, bytes }
    for (const number of log.keys()) if (number <= at) log.delete(number)
  }
  const flip = (member: Replica): boolean => {
    const { state } = member
    const entries = [...state.table]
    const [key, value] = entries[below(entries.length)] ?? []
    if (key === undefined || value === undefined) return false
    member.isFlipped = true
    const at = below(value.length)
    state.table.put(key, value.slice(0, at) + String.fromCharCode(value.charCodeAt(at) ^ (1 << below(7))) + value.slice(at + 1))
    return true
  }

  for (let i = 0; i < MEMBERS; i++) join()
  const flipsAt = below(STEPS)
  /** Whoever comes to be behind and begins with a snapshot is right again. */
  let flipped: Replica | undefined
  const there = (): Replica[] => members.filter(({ hasLeft }) => !hasLeft)
  for (let step = 0; step < STEPS; step++) {
    const all = there()
    const member = all[below(all.length)]
    if (member === undefined) return 'nobody is left'
    const dice = random()
    if (dice < 0.5) read(member, 1 + below(10))
    else if (dice < 0.93) write(member, KEYS[below(KEYS.length)] ?? '')
    else if (dice < 0.96) {
      const again = log.get(last - below(5))
      if (again !== undefined) log.set(++last, again) // the servers deliver it once more
    } else if (dice < 0.97)
      last += 1 + below(3) // the servers have no room
    else if (dice < 0.985) save(member)
    else join()
    if (step >= flipsAt && flipped === undefined && seed % 5 !== 0 && flip(member)) flipped = member
    if (trouble !== undefined) return trouble
  }
  // everybody comes to know everything, and every key is touched
  for (const key of KEYS)
    for (const member of there()) {
      read(member, last)
      if (!member.hasLeft) write(member, key)
    }
  for (const member of there()) read(member, last)
  join()
  for (const member of there()) read(member, last)
  if (trouble !== undefined) return trouble
  for (const { hasLeft, name } of members) if (hasLeft && name !== flipped?.name) return `${name} has left, and nothing was wrong with it`
  if (flipped?.hasLeft === false && flipped.isFlipped) return `${flipped.name} goes on, though a bit of it has flipped`
  return new Set(there().map(({ state }) => JSON.stringify([...state.table].sort()))).size === 1
    ? undefined
    : 'those who have stayed differ'
}
