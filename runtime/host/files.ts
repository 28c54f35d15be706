/**
 * Files of one program, where it was started. Its processes may be anywhere; the descriptors are the program's, and closed when it ends.
 *
 * Invariants
 * - A call never throws and never waits for anybody: a pipe without the other end has nothing, a failure is a negated `ERROR`.
 * - The position in a file is kept here, not by the operating system: what a checkpoint takes along is all there is to know.
 * - Descriptors begin behind those of the standard streams, which are not files here; the lowest free one is given, as POSIX wants it.
 */
import {
  accessSync,
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmdirSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { LIMITS } from '../limits.ts'

/** Why a call failed. The numbers are the same on every system: those of Linux. */
export const ERROR = {
  EPERM: 1,
  ENOENT: 2,
  EIO: 5,
  EBADF: 9,
  EAGAIN: 11,
  EACCES: 13,
  EEXIST: 17,
  ENOTDIR: 20,
  EISDIR: 21,
  EINVAL: 22,
  EMFILE: 24,
  EFBIG: 27,
  ENOSPC: 28,
  ESPIPE: 29,
  EROFS: 30,
  EPIPE: 32,
  ENAMETOOLONG: 36,
  ENOTEMPTY: 39,
  EMSGSIZE: 90,
  EADDRINUSE: 98,
  EADDRNOTAVAIL: 99,
  ECONNRESET: 104,
  ETIMEDOUT: 110,
  ECONNREFUSED: 111,
  EHOSTUNREACH: 113,
  /** Of a durable program that began anew from a cut: it may have been done, or not; nobody can know. No system gives it. */
  UNKNOWN: 255,
} as const

/** Flags of `open`, as programs write them: those of Linux, whatever the system. */
const ACCESS = 3
const CREATE = 0x40
const EXCLUSIVE = 0x80
const TRUNCATE = 0x200
const APPEND = 0x400
const SYNCHRONOUS = 0x1000
/** No file here becomes a terminal of this OS process, and none keeps anybody waiting. */
const NO_TERMINAL = 0x100
const NO_WAITING = 0x800
const FLAGS = ACCESS | CREATE | EXCLUSIVE | TRUNCATE | APPEND | SYNCHRONOUS | NO_TERMINAL | NO_WAITING

/** Of a file that is made by those who do not say: everybody may read and write it whom the system lets. */
const PERMISSIONS = 0o666
const PERMISSION_BITS = 0o777

const WHENCE = { start: 0, current: 1, end: 2 } as const

const FIRST = 3
const LARGEST = 0x7fff_ffff

/** What a checkpoint keeps of an open file. */
export interface OpenFile {
  readonly descriptor: number
  /** From the root of the file system, in hexadecimal: a name is bytes, not text. */
  readonly path: string
  readonly flags: number
  readonly position: number
  /** What the last `read` failed with, if it did. */
  readonly failure?: number
}

interface Entry {
  readonly path: Buffer
  readonly flags: number
  /** Why it could not be opened again after a checkpoint: each use fails with this. */
  readonly broken?: number
  readonly handle: number
  /** A regular file, which has positions. */
  readonly regular: boolean
  position: number
  /** What the last `read` failed with, or 0. */
  failure: number
}

export class Files {
  private readonly entries = new Map<number, Entry>()
  /** What is done now may have been done already, before the program began anew from a cut. */
  again = false

  /**
   * @param before what was open at a checkpoint
   * @param most files that may be open at a time
   * @param directory where names begin that do not begin at the root; absent: the working directory of this OS process
   */
  constructor(
    before: readonly OpenFile[] = [],
    private readonly directory?: string,
    private readonly most: number = LIMITS['files.open'].most,
    /** What is written at the end of a file is written at a place that is in the state: doing it again changes nothing. The file is the program's alone. */
    private readonly repeatable = false,
  ) {
    for (const file of before) this.reopen(file)
  }

  /**
   * @param permissions of a file that is made, less what the system takes away from them
   * @returns a descriptor, or a negated error
   */
  open(name: Uint8Array, flags: number, permissions = PERMISSIONS): number {
    if ((flags & ~FLAGS) !== 0 || (flags & ACCESS) === ACCESS) return -ERROR.EINVAL
    if (this.entries.size >= this.most) return -ERROR.EMFILE
    const entry = opened(this.absolute(name), flags, permissions & PERMISSION_BITS, this.repeatable)
    if (typeof entry === 'number') return this.again && entry === -ERROR.EEXIST ? -ERROR.UNKNOWN : entry
    let descriptor = FIRST
    while (this.entries.has(descriptor)) descriptor++
    this.entries.set(descriptor, entry)
    return descriptor
  }

  close(descriptor: number): number {
    const entry = this.entries.get(descriptor)
    if (entry === undefined) return -ERROR.EBADF
    this.entries.delete(descriptor)
    return attempt(() => {
      if (entry.broken === undefined) closeSync(entry.handle)
      return 0
    })
  }

  /** @returns at most `most` bytes from the position on; none at the end, or when it failed: see `status` */
  read(descriptor: number, most: number): Uint8Array {
    const entry = this.entries.get(descriptor)
    if (entry === undefined) return NOTHING
    let bytes = NOTHING
    const result = this.with(descriptor, ({ handle, regular, position }) => {
      const there = regular && most > BLOCK ? fstatSync(handle).size - position : 0
      const buffer = new Uint8Array(Math.max(0, Math.min(most, Math.max(there, BLOCK))))
      const n = readSync(handle, buffer, 0, buffer.length, regular ? position : null)
      bytes = buffer.subarray(0, n)
      entry.position += n
      return 0
    })
    entry.failure = -result
    return bytes
  }

  /** @returns why the last `read` of a file failed, negated; 0 when it did not */
  status(descriptor: number): number {
    const entry = this.entries.get(descriptor)
    return entry === undefined ? -ERROR.EBADF : -entry.failure
  }

  /** @returns how many bytes were written, all unless something failed meanwhile; or a negated error */
  write(descriptor: number, bytes: Uint8Array): number {
    let written = 0
    const result = this.with(descriptor, (entry) => {
      const { handle, regular, flags } = entry
      const appends = (flags & APPEND) !== 0
      if (this.again && !regular) return -ERROR.UNKNOWN // a pipe or a device: it may have got it already
      if (bytes.length === 0) return (flags & ACCESS) === 0 ? -ERROR.EBADF : 0
      if (appends && this.repeatable) entry.position = this.endOf(entry)
      while (written < bytes.length) {
        const n = writeSync(
          handle,
          bytes,
          written,
          bytes.length - written,
          regular && (!appends || this.repeatable) ? entry.position : null,
        )
        written += n
        entry.position += n
      }
      if (regular && appends && !this.repeatable) entry.position = fstatSync(handle).size
      return 0
    })
    return written > 0 ? written : result
  }

  /** @returns the new position, or a negated error */
  seek(descriptor: number, offset: number, whence: number): number {
    return this.with(descriptor, (entry) => {
      if (!entry.regular) return -ERROR.ESPIPE
      const base = whence === WHENCE.start ? 0 : whence === WHENCE.current ? entry.position : fstatSync(entry.handle).size
      const position = base + offset
      if (position < 0 || whence < WHENCE.start || whence > WHENCE.end) return -ERROR.EINVAL
      if (position > LARGEST) return -ERROR.EFBIG
      entry.position = position
      return position
    })
  }

  /** @returns how many bytes an open file has, or a negated error */
  size(descriptor: number): number {
    return this.with(descriptor, ({ handle }) => {
      const { size } = fstatSync(handle)
      return size > LARGEST ? -ERROR.EFBIG : size
    })
  }

  /** @returns how many bytes the file of a name has, or a negated error */
  sizeOf(name: Uint8Array): number {
    return attempt(() => {
      const { size } = statSync(this.absolute(name))
      return size > LARGEST ? -ERROR.EFBIG : size
    })
  }

  /** Cuts or lengthens an open file. */
  truncate(descriptor: number, size: number): number {
    return this.with(descriptor, ({ handle }) => {
      if (size < 0) return -ERROR.EINVAL
      ftruncateSync(handle, size)
      return 0
    })
  }

  /** @param mode what is to be allowed: 4 reading, 2 writing, 1 executing; 0: it is there */
  access(name: Uint8Array, mode: number): number {
    return attempt(() => {
      if ((mode & ~7) !== 0) return -ERROR.EINVAL
      accessSync(this.absolute(name), mode)
      return 0
    })
  }

  unlink(name: Uint8Array): number {
    return this.unlessDone(ERROR.ENOENT, () => {
      unlinkSync(this.absolute(name))
    })
  }

  makeDirectory(name: Uint8Array, permissions: number): number {
    return this.unlessDone(ERROR.EEXIST, () => {
      mkdirSync(this.absolute(name), permissions & PERMISSION_BITS)
    })
  }

  removeDirectory(name: Uint8Array): number {
    return this.unlessDone(ERROR.ENOENT, () => {
      rmdirSync(this.absolute(name))
    })
  }

  rename(from: Uint8Array, to: Uint8Array): number {
    return this.unlessDone(ERROR.ENOENT, () => {
      renameSync(this.absolute(from), this.absolute(to))
    })
  }

  /** @returns what a checkpoint keeps: the same files can be opened from it, as long as they are there */
  state(): OpenFile[] {
    return [...this.entries].map(([descriptor, { path, flags, position, failure }]) => ({
      descriptor,
      path: path.toString('hex'),
      flags,
      position,
      ...(failure === 0 ? {} : { failure }),
    }))
  }

  /** Closes what is open. */
  finish(): void {
    for (const descriptor of [...this.entries.keys()]) this.close(descriptor)
  }

  /** @returns where the program has written up to in a file that it appends to, by whichever of its descriptors */
  private endOf({ path, position }: Entry): number {
    let end = position
    for (const each of this.entries.values()) if ((each.flags & APPEND) !== 0 && each.path.equals(path)) end = Math.max(end, each.position)
    return end
  }

  /**
   * Does something that cannot be done twice. When it may have been done before, the failure that says so is none.
   * @param done what it fails with when it has been done
   */
  private unlessDone(done: number, work: () => void): number {
    const result = attempt(() => {
      work()
      return 0
    })
    return this.again && result === -done ? 0 : result
  }

  private with(descriptor: number, work: (entry: Entry) => number): number {
    const entry = this.entries.get(descriptor)
    if (entry === undefined) return -ERROR.EBADF
    if (entry.broken !== undefined) return -entry.broken
    return attempt(() => work(entry))
  }

  private reopen({ descriptor, path: text, flags, position, failure = 0 }: OpenFile): void {
    const path = Buffer.from(text, 'hex')
    const entry = opened(path, flags & ~(CREATE | EXCLUSIVE | TRUNCATE), PERMISSIONS, this.repeatable)
    const known = typeof entry === 'number' ? { path, handle: -1, regular: false, broken: -entry, failure: -entry } : { ...entry, failure }
    this.entries.set(descriptor, { ...known, flags, position })
  }

  /** @returns a path from the root; a name ends at its first NUL */
  private absolute(name: Uint8Array): Buffer {
    const end = name.indexOf(0)
    const bytes = Buffer.from(end < 0 ? name : name.subarray(0, end))
    if (bytes.length === 0 || bytes[0] === SLASH) return bytes
    return Buffer.concat([Buffer.from(`${this.directory ?? process.cwd()}/`), bytes])
  }
}

const NOTHING = new Uint8Array(0)
/** Bytes that are read at once, unless a file is known to have more. */
const BLOCK = 1 << 16

/** @returns the entry of a file that is opened at its beginning, or a negated error */
function opened(path: Buffer, flags: number, permissions: number, repeatable: boolean): Entry | number {
  try {
    return openEntry(path, flags, permissions, repeatable)
  } catch (error) {
    return -errorOf(error)
  }
}

function openEntry(path: Buffer, flags: number, permissions: number, repeatable: boolean): Entry | number {
  const mode = [constants.O_RDONLY, constants.O_WRONLY, constants.O_RDWR][flags & ACCESS] ?? constants.O_RDONLY
  const also = (flag: number, meaning: number): number => ((flags & flag) === 0 ? 0 : meaning)
  const system =
    mode |
    also(CREATE, constants.O_CREAT) |
    also(EXCLUSIVE, constants.O_EXCL) |
    also(TRUNCATE, constants.O_TRUNC) |
    (repeatable ? 0 : also(APPEND, constants.O_APPEND)) |
    also(SYNCHRONOUS, constants.O_SYNC) |
    constants.O_NOCTTY |
    constants.O_NONBLOCK // a pipe would keep us until somebody opens its other end
  const handle = openSync(path, system, permissions)
  const status = fstatSync(handle)
  if (status.isDirectory()) {
    closeSync(handle)
    return -ERROR.EISDIR
  }
  const position = repeatable && (flags & APPEND) !== 0 ? status.size : 0
  return { path, flags, handle, regular: status.isFile(), position, failure: 0 }
}

const SLASH = 0x2f

function attempt(work: () => number): number {
  try {
    return work()
  } catch (error) {
    return -errorOf(error)
  }
}

function errorOf(error: unknown): number {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return code in ERROR ? ERROR[code as keyof typeof ERROR] : ERROR.EIO // it is one of its keys
}
