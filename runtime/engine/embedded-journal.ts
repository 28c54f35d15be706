/**
 * The directory of the embedded engine: a journal of compare-and-sets that all members append to and all members read.
 *
 * A line of the journal is one whole compare-and-set. It is appended with one `write` to a descriptor opened with O_APPEND, so the operating
 * system puts the lines of all OS processes into one order. Every member reads the lines in that order and applies them to a table of its own
 * (key-table.ts), so all tables go through the same states, and a writer learns what became of its compare-and-set where it reads its own line.
 * Nobody holds a lock: a member that is stopped or killed at any instruction delays no other. What was written is with the operating system and
 * outlives every OS process. To outlive a power failure it is synced, when its writer asks for that: all that wait share one sync (embedded-sync.ts).
 *
 * The journal is cut into volumes, `journal-1`, `journal-2` and so on, so that it stays short. A volume begins with the whole directory. When it
 * has grown a member appends a *seal*. Nothing counts behind the first seal; whoever wrote there does it again in the next volume. The next
 * volume follows from what was read up to the seal, so every member can make it: it is written under another name and linked to its own, which
 * only one of them can do.
 *
 * Invariants
 * - A volume appears whole, with the directory it begins with. After that it is only appended to.
 * - What is read up to a line feed never changes again. An unfinished line is not read; whoever writes next ends it. An ended line that is no
 *   line changes nothing, for every reader alike.
 * - Volumes are retired in ascending order, and each only when two later ones exist. So if a member has read volume N to its seal, opens N + 1,
 *   and then still finds at the path of N the file that it has read, what it has opened is the one and only volume N + 1. Otherwise it was left
 *   far behind and loads the last volume.
 * - The first volume is retired by an empty one of its name, so that nobody can begin the journal a second time.
 *
 * Damage. Each line carries the chain (a checksum over all lines before it) that its writer had read. A reader that disagrees knows that the
 * file was changed by something else than a member, and fails instead of going on with a table that others do not have.
 */
import { randomBytes } from 'node:crypto'
import {
  closeSync,
  existsSync,
  constants,
  fstatSync,
  linkSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import type { Cancel, Change, Directory, SwapOutcome, WatchedEntry, WriteOptions } from './engine.ts'
import { EngineError, helpWithUse, reasonOf } from './engine-error.ts'
import { chained, chainOf, decodeLine, encodeLine, encodeVolume, JOURNAL_VERSION } from './embedded-journal-lines.ts'
import type { Decoded, Stand, Writable } from './embedded-journal-lines.ts'
import { GroupSync, syncFile } from './embedded-sync.ts'
import { isRoomless } from '../code/files.ts'
import { KeyTable } from './key-table.ts'
import { requireSwapFits } from './limits.ts'
import { Watches } from './watches.ts'

const PREFIX = 'journal-'
/** A volume is sealed when it has grown by this and by twice what the directory takes. */
const VOLUME_BYTES = 2 << 20
/** What is read at once, and how often before other work has its turn. */
const BLOCK_BYTES = 64 * 1024
const BLOCKS_PER_TURN = 4
/** How many ends of lines are remembered, at least, to compare chains at. */
const REMEMBERED = 2_000
/** Milliseconds between two looks at what others have written, while somebody watches. */
const WATCH_MS = 50
/** Milliseconds between two looks whether the file is still there. */
const LOOK_MS = 250
/** Milliseconds until a full disk has to have room again, and between two attempts. */
const ROOM_WITHIN_MS = 10_000
const ROOM_AGAIN_MS = 100
/** How often a member tries to load the last volume, which others may retire just then. */
const LOADS = 1_000
/** Milliseconds after which a volume that was never finished is thrown away. */
const ABANDONED_MS = 60_000
const LF = 10
/** Bytes of a compare-and-set: it is one line, which is written at once and held in memory by every member. */
export const SWAP_BYTES = 64 << 20

/** @returns whether a file of this name in a run directory is the journal's */
export function isOfJournal(name: string): boolean {
  return name.startsWith(PREFIX)
}

/** @returns the path of the volume whose presence makes a directory a run directory */
export function firstVolume(directory: string): string {
  return join(directory, `${PREFIX}1`)
}

interface Pending {
  readonly changes: readonly Change[]
  readonly synced: boolean
  readonly done: (outcome: SwapOutcome) => void
}

/** What waits until all that was committed before it has been read. */
interface Waiting {
  readonly work: () => void
  /** It never will be read. */
  readonly lost: () => void
}

export class Journal implements Directory {
  private readonly table = new KeyTable()
  private readonly watches = new Watches(this.table)
  private watching: NodeJS.Timeout | undefined
  private readonly sync = new GroupSync()
  private readonly writer = randomBytes(6).toString('hex')
  private serial = 0
  /** All own compare-and-sets: each is answered once, whatever happens. */
  private readonly unanswered = new Set<Pending>()
  /** Own compare-and-sets that were written and not yet read back, by serial number. */
  private readonly pending = new Map<number, Pending>()
  private waiting: Waiting[] = []
  private reading = false
  private state: 'open' | 'failed' | 'closed' = 'open'

  private volume = 0
  private descriptor = -1
  /** Where the directory at the head of the volume ends. */
  private begin = 0
  /** What was read, up to the last line feed. */
  private offset = 0
  private stand: Stand = { at: 0, chain: 0 }
  /** The chains at the ends of lines: two generations, the older of which is dropped when the younger is full. */
  private chains = new Map<number, number>()
  private olderChains = new Map<number, number>()
  /** Somebody relies on what was synced: each volume from here on is synced before it is there. */
  private isSynced = false
  /** Something that is no line was read and ends there, and nobody has said yet that they have read the same. */
  private doubtful: number | undefined
  /** Where that begins, if it is nothing that a killed member has left. */
  private foreignFrom: number | undefined
  /** Where the line begins that follows it. */
  private foreignEnd: number | undefined
  /** What was there before has been read. */
  private isLoaded = false
  /** Whether an own compare-and-set counts. */
  private hasCommitted = false
  /** Where the first seal of the volume begins, when it was read. */
  private sealedAt: number | undefined
  /** The next volume, as it is when nothing is written before the seal. */
  private prepared: { readonly path: string; readonly at: number } | undefined
  private sealAgainAt = 0
  /** Whether this member has written since it last looked whether the volume is long. */
  private hasWritten = false
  /** Since when there is no room on the disk. */
  private roomless: number | undefined
  private lookedAt = 0
  private buffer = Buffer.allocUnsafe(BLOCK_BYTES)

  /**
   * Opens the journal of a run directory and reads it.
   * @param create begin one when there is none
   * @param trouble hears once that the journal has failed; then reads fail and every `swap` is answered with `unknown`
   * @param warning hears of bytes that no member has written and all members have skipped, once for each place
   * @throws EngineError `unusable`, `failed`
   */
  constructor(
    private readonly path: string,
    create: boolean,
    private readonly trouble: (error: EngineError) => void,
    private readonly warning: (text: string) => void = nothing,
  ) {
    try {
      if (create && this.volumes().length === 0 && !this.publish(1)) throw this.full()
      this.load()
      while (this.readBlock()); // what is damaged is found before anything is written
      this.isLoaded = true
    } catch (error) {
      this.release()
      throw this.explained(error)
    }
  }

  /** Whether something was read that may be damage: a member that has read more will soon say. */
  get isDoubtful(): boolean {
    return this.doubtful !== undefined
  }

  /** Milliseconds for which the disk has had no room; 0 when all is well, infinite when the journal has failed. */
  get silentMs(): number {
    if (this.state !== 'open') return Infinity
    return this.roomless === undefined ? 0 : performance.now() - this.roomless
  }

  get(keys: readonly string[], done: (values: readonly (string | undefined)[] | undefined) => void): void {
    this.read(() => keys.map((key) => this.table.get(key)), done)
  }

  list(prefix: string, done: (entries: readonly (readonly [key: string, value: string])[] | undefined) => void): void {
    this.read(() => this.table.list(prefix), done)
  }

  watch(prefix: string, handler: (entries: readonly WatchedEntry[]) => void): Cancel {
    let cancelled = false
    let cancel: Cancel = () => undefined
    this.whenRead(
      () => {
        if (!cancelled) cancel = this.watches.add(prefix, handler)
      },
      () => undefined,
    )
    this.watching ??= setInterval(() => {
      if (this.watches.size > 0) this.whenRead(nothing, nothing)
    }, WATCH_MS).unref()
    return () => {
      cancelled = true
      cancel()
    }
  }

  swap(changes: readonly Change[], done: (outcome: SwapOutcome) => void, { synced = false }: WriteOptions = {}): void {
    requireSwapFits(changes, SWAP_BYTES)
    const pending: Pending = { changes, synced, done }
    this.unanswered.add(pending)
    if (this.state !== 'open') this.answer(pending, 'unknown')
    else
      this.whenRead(() => {
        this.attempt(pending)
      }, nothing) // `unanswered` has it
  }

  close(): void {
    if (this.state === 'closed') return
    this.state = 'closed'
    this.waiting = []
    this.giveUp()
  }

  private read<T>(look: () => T, done: (found: T | undefined) => void): void {
    this.whenRead(
      () => {
        const found = look()
        queueMicrotask(() => {
          done(found)
        })
      },
      () => {
        queueMicrotask(() => {
          done(undefined)
        })
      },
    )
  }

  private whenRead(work: () => void, lost: () => void): void {
    if (this.state === 'failed') lost()
    if (this.state !== 'open') return
    this.waiting.push({ work, lost })
    if (!this.reading) this.guard(() => this.catchUp())
  }

  private guard(work: () => void): void {
    if (this.state !== 'open') return
    try {
      work()
    } catch (error) {
      this.fail(this.explained(error))
    }
  }

  private fail(error: EngineError): void {
    this.state = 'failed'
    this.giveUp()
    queueMicrotask(() => {
      this.trouble(error)
    })
  }

  private giveUp(): void {
    clearInterval(this.watching)
    this.pending.clear()
    const { waiting } = this
    this.waiting = []
    for (const { lost } of waiting) lost()
    for (const each of [...this.unanswered]) this.answer(each, 'unknown')
    this.release()
  }

  private release(): void {
    if (this.descriptor >= 0) this.sync.close(this.descriptor)
    this.descriptor = -1
    if (this.prepared !== undefined) rmSync(this.prepared.path, { force: true })
    this.prepared = undefined
  }

  /** It counts: its writer hears of it when it is as safe as it wants. */
  private done(pending: Pending): void {
    this.hasCommitted = true
    if (!pending.synced) {
      this.answer(pending, 'done')
      return
    }
    this.sync.add(this.descriptor, this.path, (error) => {
      if (error === undefined || this.state !== 'open') this.answer(pending, error === undefined ? 'done' : 'unknown')
      else this.fail(this.explained(error)) // what the disk has lost cannot be known
    })
  }

  private answer(pending: Pending, outcome: SwapOutcome): void {
    if (!this.unanswered.delete(pending)) return
    queueMicrotask(() => {
      pending.done(outcome)
    })
  }

  // ------------------------------------------------------------------------------------------------------------------ reading

  /** Reads what there is, then does what waits for that. Lets other work have its turn now and then. */
  private catchUp(): void {
    this.reading = true
    for (let blocks = 0; blocks < BLOCKS_PER_TURN; blocks++) {
      if (this.readBlock()) continue
      if (this.isSealed()) {
        if (this.turn()) continue
        this.later(ROOM_AGAIN_MS, () => this.catchUp())
        return
      }
      this.lookAfter()
      this.serve()
      // what was just written is read back; what came meanwhile waits for what was committed before it; a seal leads on
      if (this.pending.size > 0 || this.waiting.length > 0 || this.sealIfLong()) continue
      this.reading = false
      if (this.buffer.length > BLOCK_BYTES) this.buffer = Buffer.allocUnsafe(BLOCK_BYTES)
      return
    }
    setImmediate(() => {
      this.guard(() => this.catchUp())
    })
  }

  /** Does what has waited until all was read. */
  private serve(): void {
    const ready = this.waiting
    this.waiting = []
    let served = 0
    try {
      for (const { work } of ready) {
        served++
        work()
      }
    } finally {
      if (served < ready.length) this.waiting = [...ready.slice(served), ...this.waiting] // it has failed: they will hear of it
    }
  }

  private isSealed(): boolean {
    return this.sealedAt !== undefined
  }

  /** @returns false at the end, or at a seal */
  private readBlock(): boolean {
    if (this.isSealed()) return false
    const { buffer } = this
    const count = readSync(this.descriptor, buffer, 0, buffer.length, this.offset)
    let from = 0
    while (!this.isSealed()) {
      const end = buffer.indexOf(LF, from)
      if (end < 0 || end >= count) break
      if (end > from) this.readLine(buffer.subarray(from, end), this.offset + from)
      from = end + 1
    }
    this.offset += from
    if (count < buffer.length) return false
    if (from === 0) this.buffer = Buffer.allocUnsafe(2 * buffer.length) // a long line
    return true
  }

  private readLine(bytes: Buffer, at: number): void {
    const { line, check } = this.decode(bytes, at)
    const before = this.stand
    this.stand = { at: at + bytes.length + 1, chain: chained(before.chain, check) }
    this.remember(this.stand)
    if (line === undefined) {
      this.doubtful = this.stand.at
      if (!isTorn(bytes)) this.foreignFrom ??= at
      this.foreignEnd = undefined
      return
    }
    if (line.kind !== 'swap' && line.kind !== 'seal') throw this.damaged(at)
    if (!this.agrees(line.stand, before)) throw this.damaged(at)
    if (this.foreignFrom !== undefined) this.foreignEnd ??= at - 1 // a line begins with a line feed
    if (this.doubtful !== undefined && line.stand.at >= this.doubtful) this.skipped()
    if (line.kind === 'seal') {
      this.sealedAt = before.at
      return
    }
    const outcome = this.table.swap(line.changes)
    if (outcome === 'done') this.watches.committed(line.changes)
    if (line.synced) this.isSynced = true
    if (line.writer !== this.writer) return
    const pending = this.pending.get(line.serial)
    this.pending.delete(line.serial)
    if (pending === undefined) return
    if (outcome === 'done') this.done(pending)
    else this.answer(pending, outcome)
  }

  /** A member that has read what is no line has gone on writing: it was skipped. */
  private skipped(): void {
    const { foreignFrom: from, foreignEnd: end } = this
    this.doubtful = this.foreignFrom = undefined
    if (from === undefined || end === undefined || !this.isLoaded) return
    const text = `something that is no node wrote into ${this.file(this.volume)}: ${end - from} bytes from byte ${from} on, which all nodes skip`
    queueMicrotask(() => {
      this.warning(text)
    })
  }

  /** What looks like no line is read once more: it may have been read while it was written. */
  private decode(bytes: Buffer, at: number): Decoded {
    const decoded = decodeLine(bytes)
    if (decoded.line !== undefined) return decoded
    const again = Buffer.alloc(bytes.length)
    readSync(this.descriptor, again, 0, again.length, at)
    return decodeLine(again)
  }

  private remember({ at, chain }: Stand): void {
    if (this.chains.size === REMEMBERED) {
      this.olderChains = this.chains
      this.chains = new Map()
    }
    this.chains.set(at, chain)
  }

  /** @returns whether a writer has read the same up to where it stood, as far as that is remembered */
  private agrees(theirs: Stand, before: Stand): boolean {
    if (theirs.at === before.at) return theirs.chain === before.chain
    if (theirs.at > before.at) return false
    const chain = this.chains.get(theirs.at) ?? this.olderChains.get(theirs.at)
    if (chain !== undefined) return chain === theirs.chain // else it is forgotten, or there is no line that ends there
    const oldest = this.olderChains.keys().next().value ?? this.begin
    return theirs.at < oldest
  }

  // ------------------------------------------------------------------------------------------------------------------ writing

  /** Writes a compare-and-set, unless what was read decides it already. */
  private attempt(each: Pending): void {
    const { changes } = each
    if (!this.table.meets(changes)) {
      this.answer(each, 'conflict')
      return
    }
    if (changes.every(({ expect, value }) => expect === value)) {
      this.done(each)
      return
    }
    const serial = ++this.serial
    this.hasWritten = true
    switch (this.append({ kind: 'swap', stand: this.stand, writer: this.writer, serial, synced: each.synced, changes })) {
      case 'written':
        this.pending.set(serial, each)
        break
      case 'uncertain':
        this.answer(each, 'unknown')
        break
      case 'full':
        this.later(ROOM_AGAIN_MS, () => {
          this.whenRead(() => {
            this.attempt(each)
          }, nothing)
        })
    }
  }

  /** @returns `full`: it does not count, there was no room; `uncertain`: all of it was written but for the end */
  private append(line: Writable): 'written' | 'full' | 'uncertain' {
    const bytes = encodeLine(line)
    const written = this.unlessFull(() => writeSync(this.descriptor, bytes)) ?? 0
    if (written < bytes.length) return written < bytes.length - 1 ? 'full' : 'uncertain'
    this.roomless = undefined
    return 'written'
  }

  /** Waits for room: some time, not for ever, and not at all while nothing depends on this member yet. */
  private later(milliseconds: number, work: () => void): void {
    this.roomless ??= performance.now()
    if (!this.hasCommitted || performance.now() - this.roomless > ROOM_WITHIN_MS) throw this.full()
    setTimeout(() => {
      this.guard(work)
    }, milliseconds)
  }

  private unlessFull<T>(work: () => T): T | undefined {
    try {
      return work()
    } catch (error) {
      if (isRoomless(error)) return undefined
      throw error
    }
  }

  // ------------------------------------------------------------------------------------------------------------------ volumes

  /** @returns whether a seal was written */
  private sealIfLong(): boolean {
    if (!this.hasWritten) return false
    this.hasWritten = false
    if (this.offset < this.sealAgainAt || this.offset - this.begin < VOLUME_BYTES + 2 * this.table.size) return false
    this.sealAgainAt = this.offset + VOLUME_BYTES
    try {
      this.prepared = { path: this.write(this.volume + 1), at: this.stand.at } // what cannot be made now is not begun
    } catch {
      return false // the volume grows; another time
    }
    if (this.append({ kind: 'seal', stand: this.stand }) === 'written') return true
    this.dropPrepared()
    return false
  }

  /** The volume has been read to its seal: goes on with the next one. @returns false when there is no room to make it */
  private turn(): boolean {
    const next = this.volume + 1
    let descriptor = this.open(next)
    if (descriptor === undefined) {
      if (!this.publish(next)) return false
      descriptor = this.open(next)
    }
    this.dropPrepared()
    if (descriptor === undefined || !this.isStill(this.volume)) {
      if (descriptor !== undefined) closeSync(descriptor)
      this.load()
    } else {
      this.sync.close(this.descriptor)
      this.enter(next, descriptor, false)
      this.retire(next - 2)
    }
    this.roomless = undefined
    const again = [...this.pending.values()]
    this.pending.clear()
    for (const each of again) this.attempt(each)
    return true
  }

  /** Makes a volume out of the table, unless another member has. @returns false when there is no room for it */
  private publish(volume: number): boolean {
    const { prepared } = this
    const part = prepared !== undefined && prepared.at === this.sealedAt ? prepared.path : this.unlessFull(() => this.write(volume))
    if (part === undefined) return false
    try {
      if (this.isSynced) syncFile(part)
      linkSync(part, this.file(volume))
      if (volume > 1 && !this.isStill(volume - 1)) rmSync(this.file(volume), { force: true }) // it had been there and was retired
    } catch (error) {
      if (isRoomless(error)) return false
      if (codeOf(error) === 'ENOENT' && existsSync(this.path)) return this.publishAgain(volume)
      if (codeOf(error) !== 'EEXIST') throw error
    } finally {
      rmSync(part, { force: true })
    }
    return true
  }

  /** Another member, whose clock of the day has gone forward meanwhile, has taken for abandoned what was to become the volume. */
  private publishAgain(volume: number): boolean {
    this.dropPrepared()
    return this.publish(volume)
  }

  /** @returns the path of a new volume that has no name yet */
  private write(volume: number): string {
    const part = `${this.file(volume)}.${randomBytes(6).toString('hex')}.part`
    try {
      writeFileSync(part, encodeVolume(volume, this.isSynced, this.table), { mode: 0o600, flag: 'wx' })
    } catch (error) {
      rmSync(part, { force: true })
      throw error
    }
    return part
  }

  private dropPrepared(): void {
    if (this.prepared !== undefined) rmSync(this.prepared.path, { force: true })
    this.prepared = undefined
  }

  /** Loads the last volume. */
  private load(): void {
    for (let attempt = 0; attempt < LOADS; attempt++) {
      const volume = this.last()
      const descriptor = this.open(volume)
      if (descriptor === undefined) continue // it has just been retired
      if (volume !== this.last()) {
        closeSync(descriptor)
        continue
      }
      if (this.descriptor >= 0) this.sync.close(this.descriptor)
      this.enter(volume, descriptor, true)
      return
    }
    throw new EngineError('failed', `the store in ${this.path} cannot be opened: its files come and go`, 'try again')
  }

  /**
   * Begins with a volume.
   * @param whole read the directory that it begins with; else the table has it
   */
  private enter(volume: number, descriptor: number, whole: boolean): void {
    this.volume = volume
    this.descriptor = descriptor
    const head = Buffer.alloc(256)
    const count = readSync(descriptor, head, 0, head.length, 0)
    const end = head.indexOf(LF, 1)
    const { line } = decodeLine(head.subarray(1, Math.max(1, Math.min(end, count))))
    if (head[0] === LF && line?.kind === 'other-header') throw this.foreign(line.version)
    if (head[0] !== LF || line?.kind !== 'header' || line.volume !== volume) throw this.damaged(0)
    this.begin = end + 1 + line.bytes
    if (fstatSync(descriptor).size < this.begin) throw this.damaged(end + 1)
    this.isSynced = line.synced
    if (whole)
      this.watches.replacing(() => {
        this.readTable(end + 1, line.bytes, line.chain)
      })
    this.offset = this.begin
    this.stand = { at: this.begin, chain: line.chain }
    this.chains = new Map()
    this.olderChains = new Map()
    this.remember(this.stand)
    this.doubtful = this.foreignFrom = this.sealedAt = undefined
    this.sealAgainAt = 0
  }

  private readTable(from: number, length: number, expected: number): void {
    const bytes = Buffer.allocUnsafe(length)
    for (let at = 0; at < length;) {
      const count = readSync(this.descriptor, bytes, at, length - at, from + at)
      if (count === 0) throw this.damaged(from + at)
      at += count
    }
    this.table.clear()
    let chain = chainOf(this.volume)
    for (let at = 0; at < length;) {
      const end = bytes.indexOf(LF, at)
      if (end < 0) throw this.damaged(from + at)
      if (end > at) {
        const { line, check } = decodeLine(bytes.subarray(at, end))
        if (line?.kind !== 'entries') throw this.damaged(from + at)
        for (const [key, value] of line.entries) this.table.put(key, value)
        chain = chained(chain, check)
      }
      at = end + 1
    }
    if (chain !== expected) throw this.damaged(from)
  }

  /** Removes the volumes up to this one, the oldest first, and what was never finished. */
  private retire(upTo: number): void {
    for (const volume of this.volumes().sort((a, b) => a - b)) {
      if (volume > upTo) break
      if (volume > 1) rmSync(this.file(volume), { force: true })
      else if (statSync(this.file(1)).size > RETIRED.length) {
        const part = `${this.file(1)}.${randomBytes(6).toString('hex')}.part`
        writeFileSync(part, RETIRED, { mode: 0o600, flag: 'wx' })
        renameSync(part, this.file(1))
      }
    }
    for (const name of readdirSync(this.path)) {
      if (!isOfJournal(name) || !name.endsWith('.part')) continue
      const made = statSync(join(this.path, name), { throwIfNoEntry: false })
      if (made !== undefined && Date.now() - made.mtimeMs > ABANDONED_MS) rmSync(join(this.path, name), { force: true })
    }
  }

  private file(volume: number): string {
    return join(this.path, `${PREFIX}${volume}`)
  }

  private volumes(): number[] {
    return readdirSync(this.path).flatMap((name) => {
      const [, digits] = /^journal-([1-9]\d{0,14})$/.exec(name) ?? []
      return digits === undefined ? [] : [Number(digits)]
    })
  }

  /** @throws EngineError when there is none */
  private last(): number {
    const last = this.volumes().reduce((last, volume) => Math.max(last, volume), 0)
    if (last === 0) throw new EngineError('unusable', `${this.path} is not the run directory of a cluster`)
    return last
  }

  private open(volume: number): number | undefined {
    try {
      return openSync(this.file(volume), constants.O_RDWR | constants.O_APPEND)
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined
      throw error
    }
  }

  /** @returns whether the file at the path of the volume that was read is the one that was read */
  private isStill(volume: number): boolean {
    const there = statSync(this.file(volume), { throwIfNoEntry: false, bigint: true })
    return there !== undefined && there.ino === fstatSync(this.descriptor, { bigint: true }).ino
  }

  // ------------------------------------------------------------------------------------------------------------------ failures

  /** Finds out now and then whether somebody has removed or shortened the file. */
  private lookAfter(): void {
    const now = performance.now()
    if (now - this.lookedAt < LOOK_MS && this.pending.size === 0) return
    this.lookedAt = now
    const isThere = this.isStill(this.volume) // looked at first: what is retired meanwhile has no name any more
    const { size, nlink } = fstatSync(this.descriptor)
    if (nlink === 0 && size > this.offset) return // it was retired just now: the seal is yet to be read, and leads on
    if (nlink === 0 || !isThere) throw removed(this.path) // renamed, or something else is mounted there: nobody who comes finds it
    if (size < this.offset || this.pending.size > 0) throw this.damaged(size)
  }

  private damaged(at: number): EngineError {
    return new EngineError(
      'failed',
      `the store ${this.file(this.volume)} is damaged: byte ${at} and what follows is not what the members have written`,
      `stop what still runs there, and put a good copy of ${this.path} in its place; without one, move it away and start again: its programs are lost`,
    )
  }

  private foreign(version: number): EngineError {
    return new EngineError(
      'unusable',
      `the store ${this.file(this.volume)} was written by another version of godwit: its format is ${version}, and this one reads ${JOURNAL_VERSION}`,
      `use the version that has written it, or name another directory`,
    )
  }

  private full(): EngineError {
    return new EngineError(
      'failed',
      `${this.path} cannot be written: no space is left on its disk`,
      'make room there, then start again what ran',
    )
  }

  private explained(error: unknown): EngineError {
    if (error instanceof EngineError) return error
    if (isRoomless(error)) return this.full()
    if (!existsSync(this.path)) return removed(this.path)
    return new EngineError('unusable', `${this.path} cannot be used (${reasonOf(error)})`, helpWithUse(error))
  }
}

/** @returns what is wrong when a cluster's run directory, or the store in it, is no longer there */
export function removed(path: string): EngineError {
  return new EngineError('failed', `${path} was removed while the cluster used it`, 'start the cluster again')
}

/** @returns whether `bytes` may be the beginning of a line whose writer was killed */
function isTorn(bytes: Buffer): boolean {
  return /^[0-9a-f]{0,8}$|^[0-9a-f]{8} (?:\[|$)/.test(bytes.toString('latin1', 0, 10))
}

function nothing(): void {
  // nobody waits for it
}

const RETIRED = encodeLine({ kind: 'retired' })

function codeOf(error: unknown): unknown {
  return error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined // undefined when it is no error of the system
}
