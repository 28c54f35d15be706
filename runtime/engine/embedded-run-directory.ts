/**
 * The run directory of a cluster, and the folders of its sockets. File permissions are the only access control there is, so both belong to this
 * user and nobody else may write there.
 */
import { existsSync, lstatSync, mkdtempSync, readdirSync, realpathSync, rmdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { EngineError, helpWithUse, reasonOf } from './engine-error.ts'
import { firstVolume, isOfJournal } from './embedded-journal.ts'
import { makeDirectory } from '../code/files.ts'

/** @returns whether `directory` is the run directory of a cluster */
export function isRunDirectory(directory: string): boolean {
  return existsSync(firstVolume(directory))
}

/**
 * Makes sure that a directory is a run directory or can become one.
 * @param create make it when it is absent; an empty private one is taken as well
 * @returns its real path
 * @throws EngineError `unusable`
 */
export function prepareRunDirectory(directory: string, create: boolean): string {
  try {
    // what may not be looked at is there all the same: `statSync` says so
    if (!create && statSync(firstVolume(directory), { throwIfNoEntry: false }) === undefined)
      throw new EngineError('unusable', `${directory} is not the run directory of a cluster`)
    if (create) makeDirectory(directory, 0o700)
    const path = realpathSync(directory)
    const begun = isRunDirectory(path)
    if (!begun && readdirSync(path).some((name) => !isOfJournal(name)))
      throw new EngineError(
        'unusable',
        `${directory} holds other files, and is not the run directory of a cluster`,
        'name a directory that does not exist yet: it will be made',
      )
    const { uid, mode } = statSync(path)
    if (!isOurs(uid)) throw new EngineError('unusable', `${directory} belongs to another user`, 'name a directory of your own')
    if ((mode & 0o022) !== 0 || (!begun && (mode & 0o077) !== 0))
      throw new EngineError(
        'unusable',
        `${directory} is open to other users`,
        `name a directory that does not exist yet, or close this one: chmod 700 ${directory}`,
      )
    return path
  } catch (error) {
    if (error instanceof EngineError) throw error
    throw new EngineError('unusable', `${directory} cannot be used (${reasonOf(error)})`, helpWithUse(error))
  }
}

/** The kernel's limit for the path of a socket is 104 bytes on some systems, 108 on others. */
const SOCKET_PATH_BYTES = 100
/** How a folder for one socket begins, in the folder for temporary files. */
const SOCKET_FOLDER = 'godwit-socket-'

/** @returns where a member listens: in the run directory, or in a new private folder when that path is too long */
export function socketPath(directory: string, name: string): string {
  const path = join(directory, name)
  if (Buffer.byteLength(path) <= SOCKET_PATH_BYTES) return path
  const short = [tmpdir(), '/tmp'].find((folder) => Buffer.byteLength(join(folder, `${SOCKET_FOLDER}123456`, name)) <= SOCKET_PATH_BYTES)
  return join(mkdtempSync(join(short ?? tmpdir(), SOCKET_FOLDER)), name) // mkdtemp gives it to us alone, under a name that nobody could guess
}

/** @returns the sockets in a run directory, and those of long paths that are this user's */
export function socketsIn(directory: string): string[] {
  const inside = (folder: string): string[] => {
    try {
      return readdirSync(folder)
        .filter((name) => name.endsWith('.sock'))
        .map((name) => join(folder, name))
    } catch {
      return [] // it has just gone, or is not ours
    }
  }
  const folders = [...new Set([tmpdir(), '/tmp'])].flatMap((parent) => {
    try {
      return readdirSync(parent)
        .filter((name) => name.startsWith(SOCKET_FOLDER))
        .map((name) => join(parent, name))
    } catch {
      return []
    }
  })
  return [directory, ...folders].flatMap(inside)
}

/** Removes a socket, and the folder that was made for it. */
export function removeSocket(path: string): void {
  try {
    rmSync(path, { force: true })
    const folder = dirname(path)
    if (basename(folder).startsWith(SOCKET_FOLDER) && isOurs(lstatSync(folder).uid)) rmdirSync(folder)
  } catch {
    // somebody else has removed it, or its folder
  }
}

function isOurs(uid: number): boolean {
  return process.getuid === undefined || process.getuid() === uid
}
