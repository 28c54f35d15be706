/**
 * Compiled programs on the disk, so that an unchanged program starts at once.
 *
 * An entry is found by what was asked for (path, options, compiler) and holds as long as every text that the compiler read is what it
 * was and every path where it found nothing is still empty. The cache may be deleted at any time; an entry that cannot be read or
 * written is as good as none.
 */
import { accessSync, constants, existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import type { CompilerOptions, CompiledUnit, Manifest } from '../compiler/host.ts'
import { readText, sha256 } from './disk-host.ts'
import { compilerIdentity } from './package.ts'
import { makeDirectory } from '../runtime/code/files.ts'

/** What it takes to run a program: a compiled program without the text for people. */
export interface Runnable {
  readonly units: readonly Omit<CompiledUnit, 'typescript' | 'marks'>[]
  readonly manifest: Manifest
}

/** What a program was made of. */
export interface Origin {
  /** Every text the compiler read, with its SHA-256. */
  readonly inputs: readonly { readonly path: string; readonly hash: string }[]
  /** Paths where it looked in vain. */
  readonly missing: readonly string[]
}

/** One compiled program, with the warnings it gave, rendered without colours and with. */
export interface CacheEntry extends Origin {
  readonly program: Runnable
  readonly warnings: string
  readonly colouredWarnings: string
}

/** How many programs are kept; the ones that were not compiled for the longest time go first. */
const CAPACITY = 256

/**
 * @returns the directory of the cache: `GODWIT_CACHE`, or `.godwit/cache` in the working directory, or one for this user among the
 *   temporary files when the working directory cannot be written to
 */
export function cacheDirectory(): string {
  const given = process.env['GODWIT_CACHE'] ?? ''
  if (given !== '') return given
  try {
    accessSync(existsSync('.godwit') ? '.godwit' : '.', constants.W_OK)
    return join('.godwit', 'cache')
  } catch {
    return join(tmpdir(), `godwit-${userInfo().username}`)
  }
}

/** @returns where the code of programs is kept, unit by unit. */
export function codeDirectory(): string {
  return join(cacheDirectory(), 'code')
}

/**
 * @returns what tells one request from another: the path as it was written, since places in messages begin with it, the directory that it and other
 *   relative paths start from, the options that matter and the compiler itself
 */
export function requestKey(path: string, options: CompilerOptions): string {
  const { defines = new Map<string, string>(), includeDirectories = [], main = '', strict = false } = options
  return sha256(JSON.stringify([path, process.cwd(), [...defines], includeDirectories, main, strict, compilerIdentity()]))
}

/** @returns whether everything a program was made of is as it was. */
export function upToDate(origin: Origin): boolean {
  return (
    origin.inputs.every(({ path, hash }) => {
      const text = readText(path)
      return text !== undefined && sha256(text) === hash
    }) && !origin.missing.some((path) => existsSync(path))
  )
}

/** @returns the program that was compiled for `key`, if it still is what a compilation would give. */
export function lookUp(key: string): CacheEntry | undefined {
  try {
    const entry = JSON.parse(readFileSync(entryPath(key), 'utf8')) as CacheEntry // written by `store`; upToDate or the catch finds anything else
    return upToDate(entry) ? entry : undefined
  } catch {
    return undefined // absent or damaged: compile
  }
}

/** Keeps a compiled program. */
export function store(key: string, entry: CacheEntry): void {
  const path = entryPath(key)
  const temporary = `${path}.${process.pid}`
  try {
    makeDirectory(cacheDirectory())
    writeFileSync(temporary, JSON.stringify(entry))
    renameSync(temporary, path)
    prune()
  } catch {
    // A directory that cannot be written to costs time, nothing else.
    if (existsSync(temporary)) rmSync(temporary)
  }
}

function entryPath(key: string): string {
  return join(cacheDirectory(), `${key.slice(0, 32)}.json`)
}

function prune(): void {
  const directory = cacheDirectory()
  const entries = readdirSync(directory).filter((name) => name.endsWith('.json'))
  if (entries.length <= CAPACITY) return
  const dated = entries.map((name) => ({ name, time: statSync(join(directory, name)).mtimeMs })).sort((a, b) => a.time - b.time)
  for (const { name } of dated.slice(0, entries.length - CAPACITY)) rmSync(join(directory, name), { force: true })
}
