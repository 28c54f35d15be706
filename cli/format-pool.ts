/** Formats the units of large programs in several OS processes. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ReadableUnit } from '../compiler/host.ts'

/** What a worker does at a time. */
const BATCH = 32
/** It takes a worker as long as so many units to begin. */
const WORTH_A_WORKER = 64

const WORKER = fileURLToPath(new URL(`./format-worker${extname(import.meta.url)}`, import.meta.url))

type Files = readonly (readonly [name: string, text: string])[]

/** @returns names and texts of the files of all units, in their order */
export async function formatInPool(units: readonly ReadableUnit[]): Promise<Files> {
  const workers = Math.min(availableParallelism(), Math.floor(units.length / WORTH_A_WORKER))
  if (workers < 2) {
    const { formatUnits } = await import('../compiler/emit/format.ts')
    return formatUnits(units)
  }
  const results: Files[] = []
  let next = 0
  const work = async (): Promise<void> => {
    const worker = fork(WORKER, { serialization: 'advanced' })
    const died = once(worker, 'exit').then(() => {
      throw new Error('a process that formats has ended')
    })
    died.catch(() => undefined) // it is meant to end when there is nothing left to do
    try {
      while (next < units.length) {
        const at = next
        next += BATCH
        worker.send(units.slice(at, at + BATCH).map(({ name, typescript, marks }): ReadableUnit => ({ name, typescript, marks })))
        const [files] = (await Promise.race([once(worker, 'message'), died])) as [Files] // as format-worker.ts answers
        results[at / BATCH] = files
      }
    } finally {
      worker.kill()
    }
  }
  await Promise.all(Array.from({ length: workers }, work))
  return results.flat()
}
