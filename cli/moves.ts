/** Tells of processes that have moved, for `--show-moves`: looks again and again where each is. */
import { setTimeout as delay } from 'node:timers/promises'
import type { ClusterClient } from '../runtime/node/commands/client.ts'
import { Aside } from './line-guard.ts'
import { err } from './terminal.ts'

/** Milliseconds between two looks. */
const INTERVAL = 100

/**
 * Begins to watch the cluster in `directory`.
 * @param midLine whether the program has begun a line of its output and not ended it
 * @returns a handle whose `end ()` stops watching
 */
export function showMoves(directory: string, midLine: () => boolean): { end(): Promise<void> } {
  const stop = new AbortController()
  const shared = process.stdout.isTTY && process.stderr.isTTY
  const aside = new Aside(
    () => shared && midLine(),
    (text) => process.stderr.write(text),
  )
  const watching = watch(directory, stop.signal, aside).catch(() => undefined) // the cluster has gone: there is nothing more to tell
  return {
    async end() {
      stop.abort()
      await watching
      aside.look(true)
    },
  }
}

async function watch(directory: string, signal: AbortSignal, aside: Aside): Promise<void> {
  const { connectCluster } = await import('../runtime/node/commands/client.ts')
  const client = await connectCluster(directory)
  const places = new Map<string, string>()
  try {
    while (!signal.aborted) {
      await look(client, places, aside)
      aside.look()
      await delay(INTERVAL, undefined, { signal })
    }
  } finally {
    await client.close()
  }
}

async function look(client: ClusterClient, places: Map<string, string>, aside: Aside): Promise<void> {
  for (const { program, path, node } of await client.processes()) {
    const key = `${program} ${path}`
    const before = places.get(key)
    places.set(key, node)
    if (before !== undefined && before !== node)
      aside.say(`${err.magenta('~')} ${err.bold(path)} ${err.dim(`${before} ->`)} ${err.cyan(node)}`)
  }
}
