/** Directories that do something else with compare-and-sets than the one that they stand before. */
import type { Directory } from '../../runtime/engine/engine.ts'

/** @returns a directory that is as another one but for its compare-and-sets */
export function withSwap(directory: Directory, swap: Directory['swap']): Directory {
  return {
    get: (keys, done) => {
      directory.get(keys, done)
    },
    list: (prefix, done) => {
      directory.list(prefix, done)
    },
    watch: (prefix, handler) => directory.watch(prefix, handler),
    swap,
  }
}
