/** Programs that serve clients, run in this OS process: a suite starts many of them, and a command for each would take seconds to start. */
import { Writable } from 'node:stream'
import { CodeStore, runLocal } from '../../runtime/index.ts'
import type { Outcome } from '../../runtime/index.ts'
import { parseListenAddress } from '../../runtime/gateway/address.ts'
import type { ListenAddress } from '../../runtime/gateway/address.ts'
import { compileText } from '../backend/compile.ts'
import { temporaryDirectory } from '../cli/godwit.ts'

export interface Serving {
  /** The ports, in the order of the addresses. */
  readonly ports: readonly number[]
  /** How it has ended, and what it has printed. */
  readonly finished: Promise<Outcome & { readonly printed: string }>
  /** Ends it. */
  readonly stop: () => void
}

const store = new CodeStore(temporaryDirectory())

/** Runs a program that listens. @returns once it does */
export async function serving(text: string, ...addresses: readonly string[]): Promise<Serving> {
  const program = await compileText(text, { verify: false })
  const abort = new AbortController()
  const listen = addresses.flatMap((address): ListenAddress[] => {
    const parsed = parseListenAddress(address)
    return parsed === undefined ? [] : [parsed]
  })
  let printed = ''
  const screen = new Writable({
    write(chunk: Buffer, _, done) {
      printed += chunk.toString('latin1')
      done()
    },
  })
  const ports: number[] = []
  let open: () => void = () => undefined
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  const run = runLocal(program, {
    store,
    stdin: () => undefined,
    stdout: screen,
    stderr: screen,
    abort: abort.signal,
    signals: false,
    listen: {
      addresses: listen,
      notice: (said) => {
        ports.push(Number(/:(\d+)=/.exec(said)?.[1]))
        if (ports.length === listen.length) open()
      },
    },
  })
  const finished = run.then((outcome) => ({ ...outcome, printed }))
  await Promise.race([opened, finished])
  return {
    ports,
    finished,
    stop: () => {
      abort.abort()
    },
  }
}
