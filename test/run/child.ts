/**
 * Runs a program in an OS process of its own, for tests: `child.ts run|restore FILE STORE [CHECKPOINT]`, where FILE holds a program as JSON, or
 * is a checkpoint. Standard error
 * says `listening` when signals are; its last line is the outcome, as JSON.
 */
import { readFileSync } from 'node:fs'
import { CodeStore, trustUnits } from '../../runtime/code/store.ts'
import type { Program } from '../../runtime/code/program.ts'
import { readCheckpoint } from '../../runtime/run/checkpoint.ts'
import { restoreLocal, runLocal } from '../../runtime/run/local.ts'
import type { LocalOptions } from '../../runtime/run/local.ts'

const [, , what = '', file = '', directory = '', checkpoint] = process.argv
const options: LocalOptions = {
  store: new CodeStore(directory),
  ...(checkpoint === undefined ? {} : { checkpoint: { signal: 'SIGUSR2', file: checkpoint } }),
}
const listening = setInterval(() => {
  if (process.listenerCount('SIGTERM') === 0) return
  clearInterval(listening)
  process.stderr.write('listening\n')
}, 1)
try {
  const program = what === 'run' ? (JSON.parse(readFileSync(file, 'utf8')) as Program) : undefined
  trustUnits((program ?? readCheckpoint(file).program).manifest.units) // written by hand, they are not of the form that the compiler writes
  const outcome = program === undefined ? await restoreLocal(file, options) : await runLocal(program, options)
  process.stderr.write(`\n${JSON.stringify(outcome)}\n`)
} catch (error) {
  const { code, message, help } = error as { code?: string; message?: string; help?: string }
  process.stderr.write(`\n${JSON.stringify({ kind: 'error', code, message, help })}\n`)
}

clearInterval(listening)
