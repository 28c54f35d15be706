/**
 * Runs a TypeScript file of the project as `npm run build` has translated it: `node --import ./dist/test/harness/built.js FILE.ts`.
 *
 * A module keeps the URL of its text, and so finds the files beside it; what Node runs comes from `dist`. That takes less than half of the time in which
 * tsx translates a suite and what it tests. Nothing looks whether it is current: `npm test` builds first.
 */
import { register as registerHooks } from 'node:module'
import { isMainThread } from 'node:worker_threads'

/** Registers the hooks for this thread. */
export function register(): void {
  registerHooks('./built-hooks.js', import.meta.url)
}

if (isMainThread) register() // a thread is told to
