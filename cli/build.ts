/**
 * The output of `godwit compile -o`: for each unit `NAME.ts`, `NAME.js` and `NAME.js.map`, and `manifest.json` for the program.
 *
 * Beside them `build.json` says what they were made of and what they contain. As long as that still holds, nothing is compiled or
 * written again.
 */
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { CompilerOptions } from '../compiler/host.ts'
import { readText, sha256 } from './disk-host.ts'
import { requestKey, upToDate, type Origin } from './program-cache.ts'
import { makeDirectory } from '../runtime/code/files.ts'
import { writeOutput } from './output-file.ts'

const BUILD_FILE = 'build.json'

interface Build extends Origin {
  /** What was asked for: path, options and compiler. */
  readonly request: string
  /** Every file that was written, with the SHA-256 of its text. */
  readonly outputs: readonly { readonly name: string; readonly hash: string }[]
}

/** Files by name, relative to the output directory. */
export type Files = ReadonlyMap<string, string>

/** @returns how many files the build in `directory` consists of when it is what compiling `path` would give, else undefined */
export function currentBuild(directory: string, path: string, options: CompilerOptions): number | undefined {
  const build = readBuild(directory)
  if (build === undefined || build.request !== requestKey(path, options) || !upToDate(build)) return undefined
  const intact = build.outputs.every(({ name, hash }) => {
    const text = readText(join(directory, name))
    return text !== undefined && sha256(text) === hash
  })
  return intact ? build.outputs.length : undefined
}

/** What was done to each file. */
export interface Written {
  readonly written: readonly string[]
  readonly unchanged: readonly string[]
  readonly removed: readonly string[]
}

/**
 * Writes a build. A file that has its text already is not touched, so that tools that watch it are not woken; files of the build before that are no
 * longer part of it are removed.
 */
export function writeBuild(directory: string, path: string, options: CompilerOptions, origin: Origin, files: Files): Written {
  const before = readBuild(directory)
  makeDirectory(directory)
  const written: string[] = []
  const unchanged: string[] = []
  for (const [name, text] of files) {
    const target = join(directory, name)
    if (readText(target) === text) unchanged.push(name)
    else {
      writeOutput(target, text)
      written.push(name)
    }
  }
  const removed = (before?.outputs ?? []).map(({ name }) => name).filter((name) => !files.has(name) && existsSync(join(directory, name)))
  for (const name of removed) rmSync(join(directory, name))
  const outputs = [...files].map(([name, text]) => ({ name, hash: sha256(text) }))
  const build: Build = { request: requestKey(path, options), inputs: origin.inputs, missing: origin.missing, outputs }
  writeOutput(join(directory, BUILD_FILE), `${JSON.stringify(build, null, 2)}\n`)
  return { written, unchanged, removed }
}

function readBuild(directory: string): Build | undefined {
  try {
    const build = JSON.parse(readFileSync(join(directory, BUILD_FILE), 'utf8')) as Partial<Build> // checked below
    const named = (list: unknown, key: string): boolean =>
      Array.isArray(list) && list.every((item: unknown) => typeof item === 'object' && item !== null && key in item && 'hash' in item)
    const whole =
      named(build.inputs, 'path') && named(build.outputs, 'name') && Array.isArray(build.missing) && typeof build.request === 'string'
    // A name that leads out of the directory was not written by us, and must not be removed by us.
    const inside = whole && (build.outputs ?? []).every(({ name }) => /^[^/\\]+$/.test(name) && name !== '..')
    return inside ? (build as Build) : undefined
  } catch {
    return undefined // none, or not ours
  }
}
