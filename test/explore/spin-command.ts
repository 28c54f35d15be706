/** Runs SPIN on models, for the tests that hold the explorer against it. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const isThere = (command: string, ...args: string[]): boolean => {
  try {
    execFileSync(command, args, { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** Commands that SPIN needs and that are not here. */
export const missing = [...(isThere('spin', '-V') ? [] : ['spin']), ...(isThere('gcc', '--version') ? [] : ['gcc'])]

/**
 * Makes SPIN's verifier of a model, without its reduction, for the time of `look`.
 * @param model in Promela
 * @param options of `spin -a`
 * @param look is given what runs the verifier with some options and returns what it prints
 * @returns what `look` returns
 */
export function withVerifier<T>(model: string, options: readonly string[], look: (pan: (...args: readonly string[]) => string) => T): T {
  const cwd = mkdtempSync(join(tmpdir(), 'godwit-spin-'))
  try {
    writeFileSync(join(cwd, 'model.pml'), model)
    execFileSync('spin', [...options, '-a', 'model.pml'], { cwd })
    execFileSync('gcc', ['-O1', '-w', '-DNOREDUCE', '-DSAFETY', '-o', 'pan', 'pan.c'], { cwd })
    return look((...args) => execFileSync(join(cwd, 'pan'), ['-m1000000', ...args], { cwd, encoding: 'utf8' }))
  } finally {
    rmSync(cwd, { recursive: true })
  }
}

/** @returns what a verifier that has printed this has counted */
export function counted(said: string): { readonly states: number; readonly moves: number } {
  const count = (what: string): number => Number(new RegExp(`(\\d+) ${what}`).exec(said)?.[1] ?? NaN)
  return { states: count('states, stored'), moves: count('transitions') - 1 } // the first state counts as one
}
