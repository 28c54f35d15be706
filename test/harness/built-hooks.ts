/** The hooks of built.ts: texts of the project are loaded from `dist`, under the URL of the text. */
import { readFileSync } from 'node:fs'
import { transformSync } from 'esbuild'

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

/** Node's hook. An entry of the package leads to the bundle in `dist`: its text is translated. */
export async function load(url: string, context: unknown, next: (url: string, context: unknown) => Promise<Loaded>): Promise<Loaded> {
  const built = builtOf(url)
  if (built === undefined) return next(url, context)
  const text = readFileSync(new URL(built), 'utf8')
  const source = text.includes('/bundle/')
    ? transformSync(readFileSync(new URL(url), 'utf8'), { loader: 'ts', sourcemap: 'inline' }).code
    : text.replace(/^(\/\/# sourceMappingURL=).*$/m, (_, head: string) => `${head}${built}.map`)
  return { format: 'module', source, shortCircuit: true }
}
