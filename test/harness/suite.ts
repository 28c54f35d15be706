/** One suite: an OS process that reports by uvu's summary or by TAP, watched from outside. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

export interface Suite {
  readonly name: string
  /** Arguments of `node`. */
  readonly command: readonly string[]
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>
  /** How it tells its counts. */
  readonly counts: 'uvu' | 'tap'
}

export interface SuiteResult {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  readonly milliseconds: number
  /** Processor time of its OS process and of those that it has started and seen end, to a tenth of a second; undefined where the system does not tell. */
  readonly processorMs: number | undefined
  /** What went wrong with the suite as a whole: it crashed, ran out of time, left something open. */
  readonly trouble: string | undefined
  /** Its failed tests with their diagnostics, where its output tells them apart: in TAP. */
  readonly failures: string
  /** All else that it has printed. */
  readonly output: string
}

/** After its summary a suite has this long to exit. */
const GRACE = 3000

/**
 * Runs a suite. It leads a process group of its own, which is killed with it: what it started does not outlive it.
 * @param deadline milliseconds
 */
export async function runSuite(suite: Suite, root: string, deadline: number): Promise<SuiteResult> {
  const begun = Date.now()
  const child = spawn(process.execPath, [...suite.command], {
    cwd: root,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      NO_COLOR: '1',
      FORCE_COLOR: '0',
      GODWIT_TEST_DIST: existsSync(join(root, 'dist/cli/main.js')) ? '1' : '',
      ...suite.env,
    },
  })
  let output = ''
  let summaryAt = 0
  let processorMs: number | undefined
  let trouble: string | undefined
  const gather = (chunk: string): void => {
    output += chunk
    if (summaryAt === 0 && summary(suite, output) !== undefined) summaryAt = Date.now()
  }
  child.stdout.setEncoding('utf8').on('data', gather)
  child.stderr.setEncoding('utf8').on('data', gather)

  const finished = new AbortController()
  const watch = async (): Promise<void> => {
    for (;;) {
      processorMs = processorTime(child.pid) ?? processorMs
      await delay(100, undefined, { signal: finished.signal })
      const now = Date.now()
      if (now - begun > deadline) trouble = `not done after ${Math.round(deadline / 1000)} s; stopped`
      else if (suite.counts === 'uvu' && summaryAt > 0 && now - summaryAt > GRACE)
        trouble = 'done, but did not exit: it left a timer, a socket or a process open'
      else continue
      break
    }
    stopGroup(child.pid)
  }
  const watching = watch().catch(() => undefined) // aborted: the suite has ended by itself
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
  finished.abort()
  await watching
  stopGroup(child.pid)

  const counts = summary(suite, output)
  if (trouble === undefined && counts === undefined) {
    trouble = signal === null ? `exited with status ${code ?? 'unknown'} before its tests were done` : `was ended by ${signal}`
  } else if (trouble === undefined && counts?.failed === 0 && code !== 0)
    trouble = `exited with status ${code ?? 'unknown'} though no test failed`
  const { passed, failed, skipped } = counts ?? { passed: 0, failed: 0, skipped: 0 }
  return {
    passed,
    failed: trouble === undefined ? failed : failed + 1,
    skipped,
    milliseconds: Date.now() - begun,
    processorMs,
    trouble,
    ...(suite.counts === 'tap' ? failuresOfTap(output) : { failures: '', output }),
  }
}

/** Takes the failed tests out of TAP: each goes on until its diagnostics end (`  ...`), or the next test begins. */
function failuresOfTap(tap: string): Pick<SuiteResult, 'failures' | 'output'> {
  const failures: string[] = []
  const rest: string[] = []
  let failing = false
  for (const line of tap.split('\n')) {
    if (/^(not ok|ok|#) /.test(line)) failing = line.startsWith('not ok ')
    ;(failing ? failures : rest).push(line)
    if (line === '  ...') failing = false
  }
  return { failures: failures.join('\n'), output: rest.join('\n') }
}

/** @returns the processor time of an OS process and of the children that it has waited for, in milliseconds; undefined when it has ended, or without `/proc` */
function processorTime(pid: number | undefined): number | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ') // after the name, which may hold anything
    return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) * 10 // user and system time, its own and its children's, in hundredths
  } catch {
    return undefined
  }
}

/** Ends what is left of a process group that a suite led. */
function stopGroup(leader: number | undefined): void {
  if (leader === undefined) return
  try {
    process.kill(-leader, 'SIGKILL')
  } catch {
    // nobody is left
  }
}

function summary(suite: Suite, output: string): { passed: number; failed: number; skipped: number } | undefined {
  if (suite.counts === 'uvu') {
    const match = /\n {2}Total: +(\d+)\n {2}Passed: +(\d+)\n {2}Skipped: +(\d+)\n/.exec(output)
    if (match === null) return undefined
    const [total, passed, skipped] = match.slice(1).map(Number) as [number, number, number] // the expression has three groups
    return { passed, failed: total - passed, skipped }
  }
  const plan = /^1\.\.(\d+)/m.exec(output)
  if (plan === null) return undefined
  const lines = output.split('\n')
  const skipped = lines.filter((line) => /^ok .*# SKIP/i.test(line)).length
  const passed = lines.filter((line) => line.startsWith('ok ')).length - skipped
  return {
    passed,
    skipped,
    failed: Math.max(lines.filter((line) => line.startsWith('not ok ')).length, Number(plan[1]) - passed - skipped),
  }
}
