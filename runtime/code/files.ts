/** Files that appear whole or not at all. */
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

/**
 * Makes a directory and those above it that are missing, one at a time: node's own recursion does not end where a directory that is there
 * answers that it is not (`/proc`).
 * @param mode permissions of those that are made
 * @throws what the disk says
 */
export function makeDirectory(path: string, mode = 0o777): void {
  const missing: string[] = []
  for (let at = resolve(path); statSync(at, { throwIfNoEntry: false }) === undefined && dirname(at) !== at; at = dirname(at))
    missing.push(at)
  for (const directory of missing.reverse()) {
    try {
      mkdirSync(directory, { mode })
    } catch (error) {
      if (!statSync(directory, { throwIfNoEntry: false })?.isDirectory()) throw error // somebody else may have made it meanwhile
    }
  }
}

export interface WriteOptions {
  /** Be sure that it is on the disk, not only with the operating system. */
  readonly sync?: boolean
  /** Permissions of a new file. */
  readonly mode?: number
  /** Is called before the new file takes its name. */
  readonly ready?: (temporary: string) => void
}

/**
 * Writes a file under another name, then renames it: others see the old file or the new one. What is there and is no file, such as a device
 * or a pipe, is written to and stays what it is.
 * @throws what the disk says; nothing is left behind then
 */
export function writeWhole(file: string, content: string | Uint8Array, { sync = false, mode = 0o666, ready }: WriteOptions = {}): void {
  const there = statSync(file, { throwIfNoEntry: false })
  if (there !== undefined && !there.isFile() && !there.isDirectory()) {
    writeFileSync(file, content)
    return
  }
  const temporary = `${file}.${process.pid}.${Math.random().toString(36).slice(2, 10)}.part`
  try {
    makeDirectory(dirname(file))
    const descriptor = openSync(temporary, 'wx', mode)
    try {
      writeFileSync(descriptor, content)
      if (sync) fsyncSync(descriptor)
    } finally {
      closeSync(descriptor)
    }
    ready?.(temporary)
    renameSync(temporary, file)
  } catch (error) {
    try {
      rmSync(temporary, { force: true })
    } catch {
      // it was never there
    }
    throw error instanceof Error ? Object.assign(error, { path: file }) : error // not the temporary one, and none where the disk was full
  }
}

/** @returns whether a write has failed because there is no room for it */
export function isRoomless(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG'
}
