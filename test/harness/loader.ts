/** How Node is told to run TypeScript files of the project: as it runs this one, from `dist` or by tsx. */
const given = process.execArgv.find((word) => word.endsWith('/dist/test/harness/built.js'))

/** Arguments of `node` before the file. */
export const loader: readonly string[] = [
  '--import',
  given === undefined ? import.meta.resolve('tsx') : new URL('../../dist/test/harness/built.js', import.meta.url).href,
]
