/**
 * Signals that come before anybody is ready to serve them. This module is loaded before anything else, so it imports next to nothing.
 *
 * Invariants
 * - From here to the last moment of this OS process SIGUSR1, and the signal of `--checkpoint-on`, do not end it.
 * - A signal that came early is remembered.
 * - No debugger listens because of SIGUSR1. Node.js opens a port at that signal until JavaScript listens to it; one that is open already is
 *   closed here, and counts as the signal.
 */
import * as inspector from 'node:inspector'

const arrived = new Set<NodeJS.Signals>()

/** Signals by their names, of those that `--checkpoint-on` takes. */
export const CHECKPOINT_SIGNALS: readonly NodeJS.Signals[] = ['SIGUSR1', 'SIGUSR2', 'SIGHUP', 'SIGTERM', 'SIGINT']

/** @returns whether `signal` has come since this OS process began to listen */
export function hasArrived(signal: NodeJS.Signals): boolean {
  closeDebugger()
  return arrived.has(signal)
}

/** Sees to it that `signal` does not end this OS process any more, and that it is remembered. */
export function remember(signal: NodeJS.Signals): void {
  if (remembered.has(signal)) return
  remembered.add(signal)
  process.on(signal, () => arrived.add(signal))
}

const remembered = new Set<NodeJS.Signals>()

const wanted = [...process.execArgv, process.env['NODE_OPTIONS'] ?? ''].some((text) => /--inspect(?!-(?:port|publish-uid))/.test(text))

/** Closes the port of a debugger that nobody asked for but by SIGUSR1. */
function closeDebugger(): void {
  if (wanted || inspector.url() === undefined) return
  inspector.close()
  process.emit('SIGUSR1', 'SIGUSR1')
}

remember('SIGUSR1')
for (const [i, word] of process.argv.entries()) {
  const value =
    word === '--checkpoint-on' ? process.argv[i + 1] : word.startsWith('--checkpoint-on=') ? word.slice(word.indexOf('=') + 1) : undefined
  const signal = CHECKPOINT_SIGNALS.find((name) => value?.startsWith(`${name}=`))
  if (signal !== undefined) remember(signal)
}
closeDebugger()
setImmediate(closeDebugger) // a signal of a moment ago may have been on its way
