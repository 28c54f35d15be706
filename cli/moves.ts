/** Tells of processes that have moved, for `--show-moves`. */
import { fstatSync } from 'node:fs'
import type { ProcessMove } from '../runtime/node/program/whereabouts.ts'
import { complain, err } from './terminal.ts'

/** Writes a line about a move on the error stream. */
export function showMove({ path, from, to }: ProcessMove): void {
  complain(`${err.magenta('~')} ${err.bold(path)} ${err.dim(`${from} ->`)} ${err.cyan(to)}`)
}

/** @returns whether standard output and the error stream are the same terminal, file or pipe */
export function areTogether(): boolean {
  const [screen, error] = [1, 2].map((descriptor) => fstatSync(descriptor))
  return screen?.dev === error?.dev && screen?.ino === error?.ino
}
