/** Programs for the suites of embedding, each in a file of its own that goes in the end. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { load } from '../../embed/index.ts'
import type { Program, Run, UntypedEnd, UntypedProc } from '../../embed/index.ts'

export const directory = mkdtempSync(join(tmpdir(), 'godwit-embed-'))
process.env['GODWIT_CACHE'] = join(directory, 'cache')
process.on('exit', () => {
  rmSync(directory, { recursive: true, force: true })
})

let files = 0

/** @returns the path of a file with that text */
export function fileOf(text: string): string {
  const file = join(directory, `program${++files}.csp`)
  writeFileSync(file, text)
  return file
}

/** @returns the program of that text */
export function program(text: string): Promise<Program> {
  return load(fileOf(text))
}

/** @returns when so many turns of the event loop have passed */
export async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve))
}

/** @returns what a promise is rejected with */
export async function rejection(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise
  } catch (error) {
    if (error instanceof Error) return error
    throw new Error(`rejected with ${String(error)}`)
  }
  throw new Error('it was not rejected')
}

/** Whether a promise has settled. */
export function watched<T>(promise: Promise<T>): { readonly settled: boolean; readonly promise: Promise<T> } {
  const state = { settled: false, promise }
  promise.then(
    () => (state.settled = true),
    () => (state.settled = true),
  )
  return state
}

/** @returns an end of a run. @throws Error when it has none of that name */
export function endOf({ channels }: Run<UntypedProc['channels']>, name: string): UntypedEnd {
  const end = channels[name]
  if (end === undefined) throw new Error(`the run has no channel ${name}`)
  return end
}
