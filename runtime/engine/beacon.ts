/**
 * Beacons: on one machine the death of a member is known, and not suspected.
 *
 * A member listens on a Unix socket in a private folder for as long as its OS process is there, and its record says where. Members on the same machine
 * hold a connection to it, on which nothing is ever said. The operating system closes it when the OS process ends, whatever the reason; where then
 * nobody listens any more, the member is dead.
 *
 * It never takes a living member for a dead one:
 * - A socket is the member's own if it is the same file (device and inode) of the same boot of the same kernel, or if it has been connected to before.
 *   Containers that share a name, machines that share a folder, and folders of one name on two machines are so told apart.
 * - Only a refused connection says that nobody listens. One that closes for any other reason is made anew. A socket that is gone from its folder, where
 *   somebody has tidied up, says nothing.
 * - An OS process that is stopped, or starved of processor, keeps its connections.
 */
import { lstatSync, mkdtempSync, readdirSync, readFileSync, rmdirSync, rmSync, statSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import type { Server, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import type { Member } from './engine.ts'

/** How the folder of a beacon begins, in the folder for temporary files, and what the socket in it is called. */
const FOLDER = 'godwit-beacon-'
const SOCKET = 'here'
/** The kernel's limit for the path of a socket is 104 bytes on some systems, 108 on others. */
const SOCKET_PATH_BYTES = 100
/** Milliseconds until a connection that has closed is made anew, and until the next attempt when it cannot be made for a passing reason. */
const RECONNECT_MS = 10
const RETRY_MS = 200
/** A connection that has lasted for less is not made anew at once: somebody has too many files open. */
const LASTING_MS = 1_000

/** Names the present boot of this machine's kernel; empty where it has no name. */
const thisBoot = ((): string => {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return '' // another system than Linux: then only a connection is a proof
  }
})()

/** @returns the device and inode of a socket; undefined when there is no socket, or it may not be looked at */
function fileOf(path: string): string | undefined {
  try {
    const found = lstatSync(path, { bigint: true, throwIfNoEntry: false })
    return found?.isSocket() === true ? `${found.dev}:${found.ino}` : undefined
  } catch {
    return undefined
  }
}

/** Removes a beacon, with its folder. */
function removeBeacon(path: string): void {
  try {
    rmSync(path, { force: true })
    rmdirSync(dirname(path))
  } catch {
    // somebody else has removed it
  }
}

/** Milliseconds after which a beacon of somebody dead is removed whom no member has removed from his cluster: all of them are dead. */
const ABANDONED_MS = 24 * 3_600_000

/** Removes what was left in a folder long ago. */
function tidyUp(parent: string): void {
  const paths = readdirSync(parent)
    .filter((name) => name.startsWith(FOLDER))
    .map((name) => join(parent, name, SOCKET))
  for (const path of paths) {
    const { mtimeMs = Infinity, uid } = statSync(dirname(path), { throwIfNoEntry: false }) ?? {}
    if (Date.now() - mtimeMs < ABANDONED_MS || uid !== process.getuid?.()) continue
    const socket = connect(path)
    socket.unref()
    socket.once('connect', () => socket.destroy())
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED') removeBeacon(path)
    })
  }
}

/** Says to the other members on this machine that this OS process is there. */
export class Beacon {
  private readonly sockets = new Set<Socket>()

  private constructor(
    private readonly server: Server,
    private readonly path: string,
    /** What the member's record says of it. */
    readonly text: string,
  ) {
    server.on('connection', (socket) => {
      this.sockets.add(socket)
      socket.on('error', () => undefined) // 'close' follows
      socket.once('close', () => this.sockets.delete(socket))
      socket.unref()
      socket.resume() // whatever is said is dropped
    })
    server.on('error', () => undefined) // it could not accept a connection, and goes on listening
    server.unref()
  }

  /** @returns a beacon; undefined where no socket can be made: then this member's death can only be suspected */
  static light(): Promise<Beacon | undefined> {
    return new Promise((resolve) => {
      let path = ''
      try {
        const short = [tmpdir(), '/tmp'].find((each) => Buffer.byteLength(join(each, `${FOLDER}123456`, SOCKET)) <= SOCKET_PATH_BYTES)
        const parent = short ?? tmpdir()
        tidyUp(parent)
        path = join(mkdtempSync(join(parent, FOLDER)), SOCKET) // mkdtemp gives it to us alone, under a name that nobody could guess
      } catch {
        resolve(undefined)
        return
      }
      const server = createServer()
      server.once('error', () => {
        removeBeacon(path)
        resolve(undefined)
      })
      server.listen(path, () => {
        server.removeAllListeners('error')
        resolve(new Beacon(server, path, [thisBoot, fileOf(path) ?? '', path].join(' ')))
      })
    })
  }

  /** The member has left: nobody watches it any more. */
  close(): void {
    this.server.close()
    for (const socket of this.sockets) socket.destroy()
    removeBeacon(this.path)
  }
}

/** What the record of a member says of its beacon. */
interface Sign {
  readonly boot: string
  /** Device and inode. */
  readonly file: string
  readonly path: string
}

/** @returns what a text says; undefined when it is not of the form that `Beacon` writes, since it comes from another member */
function signOf(text: string): Sign | undefined {
  const [, boot, file, path] = /^([0-9a-f-]*) (\d+:\d+) (\/.*)$/s.exec(text) ?? []
  if (boot === undefined || file === undefined || path === undefined) return undefined
  const folder = basename(dirname(path))
  return basename(path) === SOCKET && folder.startsWith(FOLDER) && folder.length === FOLDER.length + 6 ? { boot, file, path } : undefined
}

interface Watched {
  readonly member: Member
  readonly sign: Sign
  socket: Socket | undefined
  timer: NodeJS.Timeout | undefined
  /** It has been connected to: it is on this machine. */
  isNear: boolean
}

/** Watches the beacons of the members on this machine. */
export class BeaconWatch {
  private readonly watched = new Map<number, Watched>()
  private readonly boot: string

  /**
   * @param dead hears of each member whose OS process has ended, once
   * @param boot names the present boot of this machine, which a test may choose
   */
  constructor(
    private readonly dead: (member: Member) => void,
    boot = thisBoot,
  ) {
    this.boot = boot
  }

  /** @param text what the member's record says of its beacon */
  add(member: Member, text: string): void {
    const sign = signOf(text)
    if (sign === undefined || this.watched.has(member.index)) return
    const watched: Watched = { member, sign, socket: undefined, timer: undefined, isNear: false }
    this.watched.set(member.index, watched)
    this.connect(watched)
  }

  /** The member has left. */
  remove({ index }: Member): void {
    const watched = this.watched.get(index)
    if (watched === undefined) return
    this.forget(watched)
    // one that was killed has left its beacon behind
    if (fileOf(watched.sign.path) === watched.sign.file) removeBeacon(watched.sign.path)
  }

  close(): void {
    for (const watched of [...this.watched.values()]) this.forget(watched)
  }

  private forget(watched: Watched): void {
    this.watched.delete(watched.member.index)
    clearTimeout(watched.timer)
    watched.socket?.destroy()
  }

  private connect(watched: Watched): void {
    const { sign } = watched
    if (fileOf(sign.path) !== sign.file) {
      this.forget(watched) // it is on another machine, or somebody has removed it: nothing can be known of it
      return
    }
    const socket = connect(sign.path)
    socket.unref()
    watched.socket = socket
    let since = 0
    socket.once('connect', () => {
      watched.isNear = true
      since = performance.now()
    })
    socket.resume()
    let reason: string | undefined
    socket.once('error', (error: NodeJS.ErrnoException) => {
      reason = error.code
    })
    socket.once('close', () => {
      if (this.watched.get(watched.member.index) !== watched) return
      if (since === 0 && reason === 'ECONNREFUSED') this.refused(watched)
      else if (reason === 'EACCES' || reason === 'EPERM') this.forget(watched)
      else this.connectLater(watched, since > 0 && performance.now() - since > LASTING_MS ? RECONNECT_MS : RETRY_MS)
    })
  }

  private connectLater(watched: Watched, milliseconds: number): void {
    watched.timer = setTimeout(() => {
      this.connect(watched)
    }, milliseconds)
    watched.timer.unref()
  }

  /** Nobody listens there. */
  private refused(watched: Watched): void {
    const { member, sign, isNear } = watched
    if (isNear || (sign.boot !== '' && sign.boot === this.boot)) this.dead(member)
    else this.forget(watched)
  }
}
