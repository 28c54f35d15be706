/**
 * The code store: a directory of code units, each named by the hash of its code.
 *
 * For a unit there are two files. `HASH.json` is the unit as it was compiled or received; `TAG/HASH.mjs` is its linked form, the module
 * that Node.js imports: the same code with its specifiers replaced, next to its source map. TAG stands for the place of the ABI module
 * that linked units import, so that a store may be shared by runtimes installed in different places.
 *
 * Invariants
 * - No code runs whose hash was not computed from the bytes on disk in this OS process: the canonical code is verified when it is loaded, and
 *   the linked form is compared with what linking gives (and written anew when it differs: it is derived, nothing is lost).
 * - No code runs that this OS process neither knows as its own compiler's nor has found to be of the form that the compiler writes (unit-form.ts).
 * - Files appear by renaming, whole or not at all, so any number of OS processes may share a store.
 * - A unit's ABI module is the running runtime's own module instance.
 */
import { createHash } from 'node:crypto'
import { existsSync, lstatSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Unit } from '../kernel/scheduler/state.ts'
import { isRoomless, writeWhole } from './files.ts'
import type { CodeUnit } from './program.ts'
import type { UnitExports } from './unit-form.ts'

/** What can be wrong with a code unit. `godwit explain` has a page for each. */
export const codeErrorTitles = {
  R0501: 'code is not what its hash says',
  R0502: 'the code store is damaged',
  R0503: 'a code unit is missing',
  R0504: 'not a code unit of this version',
  R0505: 'the code store cannot be written',
  R0506: 'code of another form than the compiler writes',
} as const

export type CodeErrorCode = keyof typeof codeErrorTitles

export class CodeError extends Error {
  override readonly name = 'CodeError'
  /**
   * @param hash of the unit
   * @param message what is wrong; begins in lower case and has no full stop
   * @param help what to do about it
   */
  constructor(
    readonly code: CodeErrorCode,
    readonly hash: string,
    message: string,
    readonly help: string,
  ) {
    super(message)
  }
}

/** Units of which this OS process knows that its own compiler has made them, by hash. */
const trusted = new Set<string>()
/** What the units export that have been verified, by hash. */
const verified = new Map<string, UnitExports>()

/**
 * Says that units have been made by the compiler that belongs to this runtime, so that their form need not be looked at.
 * @param units what a compilation has returned, or what is known to be one's own for another reason
 */
export function trustUnits(units: Iterable<{ readonly hash: string }>): void {
  for (const { hash } of units) trusted.add(hash)
}

/** @returns the SHA-256 of `code` as UTF-8, in hex. */
export function codeHash(code: string): string {
  return createHash('sha256').update(code, 'utf8').digest('hex')
}

const HASH = /^[0-9a-f]{64}$/

/** @returns the URL of a module that units import: TypeScript under a loader that runs it, JavaScript in a build. Resolved like our own imports. */
function abiAt(name: 'abi' | 'abi-watched'): string {
  return new URL(`../${name}${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url).href
}

export interface CodeStoreOptions {
  /** Relative file names in source maps are relative to this directory; the working directory when absent. */
  readonly sourceDirectory?: string
  /** A directory that is not made again when somebody has removed it. */
  readonly within?: string
  /** Somebody watches what processes choose: see kernel/scheduler/watched.ts. Such code runs in kernels that are made for it. */
  readonly watched?: boolean
}

export class CodeStore {
  private readonly loaded = new Map<string, Promise<Unit>>()
  private readonly linkedDirectory: string
  private readonly sourceDirectory: string
  private readonly within: string | undefined
  private readonly abiUrl: string

  /** @param directory is made when the first unit is put into it */
  constructor(
    readonly directory: string,
    options: CodeStoreOptions = {},
  ) {
    this.abiUrl = abiAt(options.watched === true ? 'abi-watched' : 'abi')
    this.linkedDirectory = join(directory, codeHash(this.abiUrl).slice(0, 12))
    this.sourceDirectory = options.sourceDirectory ?? process.cwd()
    this.within = options.within
  }

  /**
   * Keeps a unit.
   * @throws CodeError R0501 when the code is not the one its hash names, R0505 when the disk refuses
   */
  put(unit: CodeUnit): void {
    const actual = codeHash(unit.code)
    if (actual !== unit.hash) {
      throw new CodeError(
        'R0501',
        unit.hash,
        `the code of unit \`${unit.name}\` is not what its hash says: expected ${short(unit.hash)}, got ${short(actual)}`,
        'it was not kept; compile the program again, or have the unit sent again',
      )
    }
    void this.loaded.get(unit.hash)?.then((u) => {
      u.debug = unit.debug // the same code may stand at other lines by now
    })
    const { hash, name, code, codeMap, imports, debug } = unit
    this.writeUnlessThere(this.fileOf(hash), JSON.stringify({ hash, name, imports, debug, codeMap, code }), hash)
  }

  /** @returns whether the unit is here. Its file is verified when it is read. */
  has(hash: string): boolean {
    return this.loaded.has(hash) || (HASH.test(hash) && existsSync(this.fileOf(hash)))
  }

  /** @returns the hashes of all units that are here, in their order */
  hashes(): string[] {
    return namesIn(this.directory).flatMap((name) => (name.endsWith('.json') && HASH.test(name.slice(0, -5)) ? [name.slice(0, -5)] : []))
  }

  /** @returns those of `hashes` that are not here. */
  missing(hashes: Iterable<string>): string[] {
    const result: string[] = []
    for (const hash of hashes) if (!this.has(hash)) result.push(hash)
    return result
  }

  /**
   * @returns the unit as it was put, to ship it
   * @throws CodeError R0503 when it is not here, R0502 when the disk does not hold it any more
   */
  get(hash: string): CodeUnit {
    const file = this.fileOf(hash)
    const text = HASH.test(hash) ? readIfThere(file) : undefined
    if (text === undefined) {
      throw new CodeError(
        'R0503',
        hash,
        `there is no code unit ${short(hash)} in ${this.directory}`,
        'compile the program again, or have a node that has the unit send it',
      )
    }
    const unit = decode(text)
    if (unit === undefined || unit.hash !== hash || codeHash(unit.code) !== hash) {
      throw new CodeError(
        'R0502',
        hash,
        `${file} does not hold the code unit ${short(hash)} any more`,
        'delete the file and compile the program again',
      )
    }
    return unit
  }

  /** Forgets what the disk has of a unit, so that it can be put again. A unit that is loaded already stays loaded. */
  discard(hash: string): void {
    if (!HASH.test(hash)) return
    rmSync(this.fileOf(hash), { force: true })
    rmSync(this.linkedFileOf(hash), { force: true })
    rmSync(`${this.linkedFileOf(hash)}.map`, { force: true })
  }

  /**
   * Imports a unit and what it imports.
   * @returns the unit, with `hash` and `debug` set; the same object each time
   * @throws CodeError (as a rejection) R0502 to R0506
   */
  load(hash: string): Promise<Unit> {
    let promise = this.loaded.get(hash)
    if (promise === undefined) {
      promise = this.import(hash)
      this.loaded.set(hash, promise)
      promise.catch(() => this.loaded.delete(hash)) // so that it can be tried again once it was put again
    }
    return promise
  }

  /** Loads several units. @returns them by hash, with those they import */
  async loadAll(hashes: Iterable<string>): Promise<Map<string, Unit>> {
    const result = new Map<string, Unit>()
    await Promise.all([...new Set(hashes)].map(async (hash) => result.set(hash, await this.load(hash))))
    return result
  }

  private async import(hash: string): Promise<Unit> {
    const unit = this.get(hash)
    await Promise.resolve() // a chain of units that import one another may be longer than the stack is deep
    // what a unit imports is verified first: before it is verified itself, and before its module imports them from the disk
    await Promise.all(importsOf(unit.code).map((h) => this.load(h)))
    if (!trusted.has(hash)) await this.verify(unit)
    this.link(unit)
    let module: { readonly U?: unknown }
    try {
      module = (await import(pathToFileURL(this.linkedFileOf(hash)).href)) as { readonly U?: unknown } // a unit's module exports U
    } catch (error) {
      throw malformed(unit, error instanceof Error ? error.message : String(error))
    }
    if (!isUnit(module.U)) throw malformed(unit, 'it exports no unit U')
    module.U.hash = hash
    module.U.debug = unit.debug
    return module.U
  }

  /** Makes sure that a unit, and each that it imports, is of the form that the compiler writes. @throws CodeError R0506, R0503, R0502 */
  private async verify(unit: CodeUnit): Promise<void> {
    if (verified.has(unit.hash)) return
    const { FormError, verifyForm } = await import('./unit-form.ts')
    const exportsOf = (hash: string): UnitExports => verified.get(hash) ?? check(this.get(hash))
    const check = ({ hash, name, code }: CodeUnit): UnitExports => {
      try {
        const { exports, imports } = verifyForm(code, exportsOf)
        if (imports !== [...code.matchAll(SPECIFIER)].length) throw new FormError('an import is written in another way', 1)
        verified.set(hash, exports)
        return exports
      } catch (error) {
        if (!(error instanceof FormError)) throw error
        const { message, line } = error
        throw new CodeError(
          'R0506',
          hash,
          `unit \`${name}\` is not of the form that the compiler writes: ${message} (line ${line} of its code)`,
          'it was not loaded; compile the program again, and do not use what it came with',
        )
      }
    }
    check(unit)
  }

  /** Writes the linked form of a unit, unless it is there. */
  private link(unit: CodeUnit): void {
    const file = this.linkedFileOf(unit.hash)
    const { codeMap = '' } = unit
    const mapped = codeMap !== ''
    if (mapped) this.writeUnlessThere(`${file}.map`, absoluteSources(codeMap, this.sourceDirectory), unit.hash)
    this.writeUnlessThere(file, linked(unit.code, this.abiUrl) + (mapped ? `\n//# sourceMappingURL=${unit.hash}.mjs.map\n` : ''), unit.hash)
  }

  private writeUnlessThere(file: string, text: string, hash: string): void {
    if (readIfThere(file) === text) return
    try {
      if (this.within !== undefined && !existsSync(this.within)) throw new Error(`${this.within} is gone`)
      // what has our names and is something else is damage
      if (!isDirectory(this.linkedDirectory)) rmSync(this.linkedDirectory, { force: true })
      if (lstatSync(file, { throwIfNoEntry: false })?.isFile() === false) rmSync(file, { recursive: true })
      writeWhole(file, text)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      throw new CodeError(
        'R0505',
        hash,
        `cannot keep code in ${this.directory}: ${reason}`,
        isRoomless(error) ? 'make room on its disk, or name another directory' : 'make the directory writable, or name another one',
      )
    }
  }

  private fileOf(hash: string): string {
    return join(this.directory, `${hash}.json`)
  }

  private linkedFileOf(hash: string): string {
    return join(this.linkedDirectory, `${hash}.mjs`)
  }
}

/** What follows `from` or `import` in a canonical module. */
const SPECIFIER = /(\bfrom\s*|^import\s*)(["'])(?:godwit:abi|unit:([0-9a-f]{64}))\2/gm

/** @returns the hashes of the units that canonical code imports: what it says itself, since only that is hashed. */
export function importsOf(code: string): string[] {
  const hashes = new Set<string>()
  for (const [, , , hash] of code.matchAll(SPECIFIER)) if (hash !== undefined) hashes.add(hash)
  return [...hashes]
}

/** @returns canonical code with its specifiers replaced by ones that Node.js resolves. Lines stay what they are, for the source map. */
function linked(code: string, abiUrl: string): string {
  return code.replace(SPECIFIER, (_, keyword: string, quote: string, hash: string | undefined) => {
    return keyword + quote + (hash === undefined ? abiUrl : `./${hash}.mjs`) + quote
  })
}

/** Makes the sources of a source map URLs, so that they do not depend on where the map lies. */
function absoluteSources(codeMap: string, directory: string): string {
  try {
    const map = JSON.parse(codeMap) as { sources?: unknown; sourceRoot?: string } // checked below
    if (!Array.isArray(map.sources)) return codeMap
    const base = pathToFileURL(join(directory, '/')).href
    map.sources = map.sources.map((s: unknown) => (typeof s === 'string' ? new URL(s, base).href : s))
    delete map.sourceRoot
    return JSON.stringify(map)
  } catch {
    return codeMap // a map only serves stack traces: a broken one is no reason not to run
  }
}

function decode(text: string): CodeUnit | undefined {
  try {
    const u = JSON.parse(text) as Partial<CodeUnit> | null // checked field by field
    if (u === null || typeof u !== 'object') return undefined
    if (
      typeof u.hash !== 'string' ||
      typeof u.name !== 'string' ||
      typeof u.code !== 'string' ||
      !['string', 'undefined'].includes(typeof u.codeMap)
    )
      return undefined
    if (!Array.isArray(u.imports) || typeof u.debug !== 'object') return undefined
    return u as CodeUnit // every field was looked at
  } catch {
    return undefined
  }
}

function isUnit(value: unknown): value is Unit {
  return typeof value === 'object' && value !== null && 'machines' in value && Array.isArray(value.machines) && 'hash' in value
}

function malformed(unit: CodeUnit, reason: string): CodeError {
  return new CodeError(
    'R0504',
    unit.hash,
    `unit \`${unit.name}\` cannot be loaded: ${reason}`,
    'it was made for another version of godwit: compile the program again',
  )
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory).sort()
  } catch {
    return [] // it is made when the first unit is put into it
  }
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

/** @returns the first digits of a hash, for messages. */
function short(hash: string): string {
  return hash.slice(0, 12)
}
