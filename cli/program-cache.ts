/**
 * Compiled programs on the disk, so that an unchanged program starts at once.
 *
 * An entry is found by what was asked for (path, options, compiler) and holds as long as every text that the compiler read is what it
 * was and every path where it found nothing is still empty. The cache may be deleted at any time; an entry that cannot be read or
 * written is as good as none, and is replaced.
 *
 * The file of an entry has two lines of JSON: a head, which names the form, what was asked for and the SHA-256 of the other line; and the entry
 * itself, its manifest and the code of every unit included. An entry whose hash is another one was damaged or altered and is not used.
 *
 * The head also has a seal: what only who knows the user's key can make of the body. The code of an entry whose seal is right is as good as just
 * compiled; the code of any other is verified like code from elsewhere (docs/decisions/0015-units-are-verified.md).
 */
import { createHmac, randomBytes } from 'node:crypto'
import { accessSync, constants, existsSync, lstatSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { CompilerOptions, CompiledUnit, Manifest } from '../compiler/host.ts'
import { readText, sha256 } from './disk-host.ts'
import { compilerIdentity } from './package.ts'
import { makeDirectory, writeWhole } from '../runtime/code/files.ts'
import { trustUnits } from '../runtime/code/store.ts'

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
 * @returns the directory of the cache: `GODWIT_CACHE`, or `.godwit/cache` in the working directory, or, when the working directory belongs to
 *   somebody else or cannot be written to, `godwit` in the user's own cache directory
 */
export function cacheDirectory(): string {
  const given = process.env['GODWIT_CACHE'] ?? ''
  if (given !== '') return given
  if (isOurs(existsSync('.godwit') ? '.godwit' : '.')) return join('.godwit', 'cache')
  const xdg = process.env['XDG_CACHE_HOME'] ?? ''
  return join(xdg === '' ? join(homedir(), '.cache') : xdg, 'godwit')
}

/** Whether this user may write to a directory and nobody else has made it: code that is kept there is run. */
function isOurs(directory: string): boolean {
  try {
    accessSync(directory, constants.W_OK)
    return process.getuid === undefined || statSync(directory).uid === process.getuid()
  } catch {
    return false
  }
}

/**
 * @returns what tells one request from another: the path as it was written, since places in messages begin with it, the directory that it and other
 *   relative paths start from, the options that matter and the compiler itself
 */
export function requestKey(path: string, options: CompilerOptions): string {
  const {
    defines = new Map<string, string>(),
    includeDirectories = [],
    main = '',
    strict = false,
    entries = false,
    coverable = false,
  } = options
  return sha256(
    JSON.stringify([path, process.cwd(), [...defines], includeDirectories, main, strict, entries, coverable, compilerIdentity()]),
  )
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
    const text = readFileSync(entryPath(key), 'utf8')
    const body = text.slice(text.indexOf('\n') + 1)
    const head = headOf(key, body)
    if (!text.startsWith(head)) return undefined // damaged, altered, or of another form
    const entry = JSON.parse(body) as CacheEntry // the hash says that `store` has written it
    if (!upToDate(entry)) return undefined
    if (text.startsWith(`${head}${sealOf(body) ?? ' '}\n`)) trustUnits(entry.program.units)
    return entry
  } catch {
    return undefined // there is none, or none that can be read
  }
}

/** The form of an entry's file. */
const FORM = 3

/** @returns the beginning of the first line of the file of an entry whose second line is `body`; its seal follows */
function headOf(key: string, body: string): string {
  return JSON.stringify({ godwit: 'program', form: FORM, key, sha256: sha256(body) })
}

/** @returns what only this user can make of a text; undefined when the key can be neither read nor made */
function sealOf(body: string): string | undefined {
  const key = sealKey()
  return key === undefined ? undefined : createHmac('sha256', key).update(body).digest('hex')
}

/** The user's key: random, in the user's own directory, which nobody else can read. */
function sealKey(): Buffer | undefined {
  const xdg = process.env['XDG_STATE_HOME'] ?? ''
  const directory = join(xdg === '' ? join(homedir(), '.local', 'state') : xdg, 'godwit')
  const path = join(directory, 'seal')
  try {
    if (!existsSync(path)) {
      makeDirectory(directory, 0o700)
      writeFileSync(path, randomBytes(32), { mode: 0o600, flag: 'wx' })
    }
    const stats = statSync(path)
    const isPrivate = process.getuid === undefined || (stats.uid === process.getuid() && (stats.mode & 0o077) === 0)
    const key = readFileSync(path)
    return isPrivate && key.length === 32 ? key : undefined
  } catch {
    return undefined
  }
}

/** Keeps a compiled program. */
export function store(key: string, entry: CacheEntry): void {
  const path = entryPath(key)
  const body = JSON.stringify(entry)
  try {
    if (!isDirectory(cacheDirectory())) clear(cacheDirectory())
    if (lstatSync(path, { throwIfNoEntry: false })?.isFile() === false) clear(path)
    writeWhole(path, `${headOf(key, body)}${sealOf(body) ?? ''}\n${body}`)
    prune()
  } catch {
    // A directory that cannot be written to costs time, nothing else.
  }
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}

/** Removes what stands where something else has to be, unless somebody has named the place. */
function clear(path: string): void {
  if (path !== process.env['GODWIT_CACHE']) rmSync(path, { recursive: true, force: true })
}

function entryPath(key: string): string {
  return join(cacheDirectory(), `${key.slice(0, 32)}.json`)
}

/** Milliseconds after which a file that was not finished is what a crash has left. */
const ABANDONED = 3_600_000

function prune(): void {
  const directory = cacheDirectory()
  const names = readdirSync(directory)
  for (const name of names.filter((each) => each.endsWith('.part'))) {
    const path = join(directory, name)
    if (Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0) > ABANDONED) rmSync(path, { force: true })
  }
  const entries = names.filter((name) => name.endsWith('.json'))
  if (entries.length <= CAPACITY) return
  const dated = entries.map((name) => ({ name, time: statSync(join(directory, name), { throwIfNoEntry: false })?.mtimeMs ?? 0 }))
  const oldest = dated.sort((a, b) => a.time - b.time).slice(0, entries.length - CAPACITY)
  for (const { name } of oldest) rmSync(join(directory, name), { recursive: true, force: true })
}
