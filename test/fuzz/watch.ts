/** Watches a campaign: an input that takes for ever is a failure like others. */
import { fork } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inputOf, repeatOf, type Order, type Summary } from './campaign.ts'
import { loader } from '../harness/loader.ts'

/** No input may take longer, in milliseconds; this is for a machine that has other things to do. */
const PATIENCE = 30_000

/**
 * Runs a campaign in an OS process.
 * @param order what to look at
 * @returns what was found; when it stood still at some input, that and nothing else
 */
export async function watched(order: Order): Promise<Summary> {
  const directory = mkdtempSync(join(tmpdir(), 'godwit-fuzz-'))
  try {
    return await watchedIn(join(directory, 'progress'), order)
  } finally {
    rmSync(directory, { recursive: true })
  }
}

type Told = { readonly summary: Summary } | { readonly crash: string }

function watchedIn(progress: string, order: Order): Promise<Summary> {
  writeFileSync(progress, '-1')
  const worker = fileURLToPath(new URL('./worker.ts', import.meta.url))
  const child = fork(worker, { execArgv: [...loader], serialization: 'advanced' })
  child.send({ order, progress })
  const now = (): number => Number(readFileSync(progress, 'utf8'))
  return new Promise((resolve, reject) => {
    let last = -1
    let since = Date.now()
    const timer = setInterval(() => {
      const number = now()
      if (number !== last || number < 0) {
        last = number
        since = Date.now()
      } else if (Date.now() - since > PATIENCE) {
        child.kill('SIGKILL')
        finish(() => resolve(stuck(order, number)))
      }
    }, 500)
    let settled = false
    const finish = (settle: () => void): void => {
      clearInterval(timer)
      if (!settled) settle()
      settled = true
    }
    child.once('message', (told: Told) => {
      finish(() => ('summary' in told ? resolve(told.summary) : reject(new Error(`${told.crash}\nat ${repeatOf(order, now())}`))))
    })
    child.once('exit', (code) =>
      finish(() => reject(new Error(`the campaign ended with ${code ?? 'a signal'} at ${repeatOf(order, now())}`))),
    )
  })
}

function stuck(order: Order, number: number): Summary {
  const fault = 'it takes for ever'
  const failure = { fault, message: `not done after ${PATIENCE} ms`, repeat: repeatOf(order, number), text: inputOf(order, number).text }
  return { runs: number - order.from, accepted: 0, meant: 0, meantAndAccepted: 0, endings: new Map(), failures: [failure] }
}

/** @returns what was found, for people */
export function describe({ runs, accepted, meant, meantAndAccepted, endings, failures }: Summary): string {
  const share = (part: number, whole: number): string => `${((100 * part) / Math.max(1, whole)).toFixed(1)} %`
  const lines = [`${runs} inputs, ${share(accepted, runs)} accepted`]
  if (meant > 0) lines.push(`${meant} were meant to be right: ${share(meantAndAccepted, meant)} of these were accepted`)
  if (endings.size > 0) lines.push(`endings: ${[...endings].sort(([, a], [, b]) => b - a).map(([how, n]) => `${how} ${n}`).join(', ')}`) // prettier-ignore
  for (const { message, repeat, text } of failures) lines.push('', message, '', text.trimEnd(), '', `again: ${repeat}`)
  return lines.join('\n')
}
