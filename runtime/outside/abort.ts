/** Listening to signals. Each signal has one listener of ours, however many wait: thousands of sends may share one. */

/** @returns the reason of a signal, as an error */
export function abortReason(signal: AbortSignal): Error {
  const reason: unknown = signal.reason
  return reason instanceof Error ? reason : new Error(String(reason))
}

/** Who listens to a signal. */
interface Listeners {
  readonly heard: Set<(reason: Error) => void>
  readonly listener: () => void
}

const listening = new WeakMap<AbortSignal, Listeners>()

/** Listens to a signal that has not come. @returns what ends that; undefined when there is no signal */
export function onAbort(signal: AbortSignal | undefined, aborted: (reason: Error) => void): (() => void) | undefined {
  if (signal === undefined) return undefined
  const { heard, listener } = listening.get(signal) ?? listenTo(signal)
  heard.add(aborted)
  return () => {
    heard.delete(aborted)
    if (heard.size > 0 || !listening.delete(signal)) return
    signal.removeEventListener('abort', listener)
  }
}

function listenTo(signal: AbortSignal): Listeners {
  const heard = new Set<(reason: Error) => void>()
  const listener = (): void => {
    listening.delete(signal)
    for (const each of heard) each(abortReason(signal))
  }
  signal.addEventListener('abort', listener, { once: true })
  const made = { heard, listener }
  listening.set(signal, made)
  return made
}
