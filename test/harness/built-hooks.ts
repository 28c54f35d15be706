/** The hooks of built.ts: texts of the project are loaded from `dist`, under the URL of the text. */
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'

interface Resolved {
  readonly url: string
  readonly format?: string
}

interface Loaded {
  readonly format: string
  readonly source?: string
  readonly shortCircuit?: boolean
}

/** The project, with a slash at the end. */
const root = new URL('../../../', import.meta.url).href

/** @returns where a text of the project is in `dist`; undefined for all else */
function builtOf(url: string): string | undefined {
  const [text = ''] = url.split('?')
  if (!text.startsWith(root) || !text.endsWith('.ts') || text.includes('/node_modules/')) return undefined
  return `${root}dist/${text.slice(root.length).replace(/ts$/, 'js')}`
}

/** Node's hook. What is built says `x.js` of a neighbour whose text is `x.ts`. */
export function resolve(
  specifier: string,
  context: { readonly parentURL?: string },
  next: (specifier: string, context: unknown) => Promise<Resolved>,
): Promise<Resolved> {
  const isOfOurs = context.parentURL !== undefined && builtOf(context.parentURL) !== undefined
  return next(isOfOurs && /^\.\.?\//.test(specifier) ? specifier.replace(/\.js$/, '.ts') : specifier, context)
}

/** Where translated texts of entries are kept for the next OS process: esbuild takes longer to start than a small suite to load. */
const kept = new URL('dist/test/harness/entries/', root)

/** @returns the text of an entry of the package, translated; it was kept if that was done since the text was changed */
async function entry(url: string): Promise<string> {
  const text = new URL(url)
  const file = new URL(text.href.slice(root.length).replace(/\?.*$/, '').replaceAll('/', '.'), kept)
  try {
    if (statSync(file).mtimeMs > statSync(text).mtimeMs) return readFileSync(file, 'utf8')
  } catch {
    // it is the first time
  }
  const { transformSync } = await import('esbuild')
  const { code } = transformSync(readFileSync(text, 'utf8'), { loader: 'ts', sourcemap: 'inline' })
  const own = new URL(`${file.href}.${process.pid}`)
  mkdirSync(kept, { recursive: true })
  writeFileSync(own, code)
  renameSync(own, file) // others that begin at the same time find all of it or nothing
  return code
}

/** Node's hook. An entry of the package leads to the bundle in `dist`: its text is translated. */
export async function load(url: string, context: unknown, next: (url: string, context: unknown) => Promise<Loaded>): Promise<Loaded> {
  const built = builtOf(url)
  if (built === undefined) return next(url, context)
  const text = readFileSync(new URL(built), 'utf8')
  const source = text.includes('/bundle/')
    ? await entry(url)
    : text.replace(/^(\/\/# sourceMappingURL=).*$/m, (_, head: string) => `${head}${built}.map`)
  return { format: 'module', source, shortCircuit: true }
}
