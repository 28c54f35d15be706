/** Tells of processes that have moved, for `--show-moves`: looks again and again where each is. */
import { setTimeout as delay } from 'node:timers/promises'
import type { ClusterClient } from '../runtime/node/client.ts'
import { complain, err } from './terminal.ts'

/** Milliseconds between two looks. */
const INTERVAL = 100

/**
 * Begins to watch the cluster in `directory`.
 * @returns a handle whose `end ()` stops watching
 */
export function showMoves(directory: string): { end(): Promise<void> } {
  const stop = new AbortController()
  const watching = watch(directory, stop.signal).catch(() => undefined) // the cluster has gone: there is nothing more to tell
  return {
    async end() {
      stop.abort()
      await watching
    },
  }
}

async function watch(directory: string, signal: AbortSignal): Promise<void> {
  const { connectCluster } = await import('../runtime/node/client.ts')
  const client = await connectCluster(directory)
  const places = new Map<string, string>()
  try {
    while (!signal.aborted) {
      await look(client, places)
      await delay(INTERVAL, undefined, { signal })
    }
  } finally {
    await client.close()
  }
}

async function look(client: ClusterClient, places: Map<string, string>): Promise<void> {
  for (const { program, path, node } of await client.processes()) {
    const key = `${program} ${path}`
    const before = places.get(key)
    places.set(key, node)
    if (before !== undefined && before !== node)
      complain(`${err.magenta('~')} ${err.bold(path)} ${err.dim(`${before} ->`)} ${err.cyan(node)}`)
  }
}
