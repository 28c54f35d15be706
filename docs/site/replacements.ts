/**
 * All that a browser lacks of what the compiler and the runtime import, in one list, and what takes its place when the pages are built.
 *
 * A module of Node.js without a shim, and each export that a shim lacks, becomes a function that says so when it is called. Programs of the playground
 * are denied what would lead there: files, connections, arguments and the environment.
 */

/** Modules of Node.js by their names, with the shim for each; null: there is none. */
export const NODE_MODULES: Readonly<Record<string, string | null>> = {
  'node:crypto': 'crypto.ts',
  'node:zlib': 'zlib.ts',
  'node:fs': 'fs.ts',
  'node:timers/promises': 'timers-promises.ts',
  'node:http': null,
  'node:https': null,
  'node:net': null,
  'node:os': null,
  'node:path': null,
  'node:url': null,
  /** The library of source maps asks for it where there is no global `URL`. */
  url: null,
}

/** Files of the project by their paths, with what takes their places. */
export const OWN_FILES: Readonly<Record<string, string>> = {
  'runtime/run/memory.ts': 'memory.ts',
  'runtime/node/open-engine.ts': 'open-engine.ts',
}

/** Globals of Node.js: the names that `shims/globals.ts` exports are put where they are used. */
export const GLOBALS = 'globals.ts'

/** Packages that only make text for people, which the playground does not show. */
export const NEVER_LOADED: readonly string[] = ['prettier', 'ts-morph']
