/**
 * Makes the site: `npm run site [-- FOLDER]`. The pages stand by themselves: any server of files can serve the folder, and they load nothing from elsewhere.
 *
 *     index.html       what there is
 *     playground.html  the compiler and three nodes, in the browser
 *     reference/       the pages of docs/
 */
import { copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import type { Plugin } from 'esbuild'
import { writeReference } from './reference.ts'
import { GLOBALS, NEVER_LOADED, NODE_MODULES, OWN_FILES } from './replacements.ts'
import { chooseSamples } from './samples.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const here = join(root, 'docs/site')
const page = join(here, 'page')

function readFolder(folder: string, ends: readonly string[]): Record<string, string> {
  const names = readdirSync(folder).filter((name) => ends.some((end) => name.endsWith(end)))
  return Object.fromEntries(names.sort().map((name) => [name, readFileSync(join(folder, name), 'utf8')]))
}

/** @returns the text of a module that has every export of a module of Node.js: those of the shim, and others that say that they are not there */
async function moduleFor(name: string, shim: string | null): Promise<string> {
  const real = (await import(name)) as object
  const known = shim === null ? {} : ((await import(join(here, 'shims', shim))) as object)
  const missing = Object.keys(real).filter((each) => each !== 'default' && !(each in known) && /^[A-Za-z_$][\w$]*$/.test(each))
  return [
    ...(shim === null ? [] : [`export * from ${JSON.stringify(join(here, 'shims', shim))}`]),
    'const absent = (name) => function () { throw new Error (`a page has no ${name}`) }',
    ...missing.map((each) => `export const ${each} = absent (${JSON.stringify(`${name} ${each}`)})`),
  ].join('\n')
}

/** Puts in place what browsers lack, and the texts that the playground has. */
function replacing(samples: Readonly<Record<string, string>>): Plugin {
  const texts: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    'godwit:library': readFolder(join(root, 'runtime/library'), ['.module', '.inc']),
    'godwit:samples': { ...readFolder(join(here, 'examples'), ['.csp']), ...samples },
  }
  return {
    name: 'what browsers lack',
    setup(building) {
      building.onResolve({ filter: /^(node:|url$)/ }, ({ path }) => {
        if (path in NODE_MODULES) return { path, namespace: 'shim' }
        return { errors: [{ text: `${path} is not in the list of docs/site/replacements.ts` }] }
      })
      building.onLoad({ filter: /.*/, namespace: 'shim' }, async ({ path }) => ({
        contents: await moduleFor(path, NODE_MODULES[path] ?? null),
        resolveDir: here,
      }))
      building.onResolve({ filter: /^godwit:/ }, ({ path }) => ({ path, namespace: 'texts' }))
      building.onLoad({ filter: /.*/, namespace: 'texts' }, ({ path }) => ({
        contents: `export const texts = ${JSON.stringify(texts[path])}`,
        loader: 'js',
      }))
      building.onLoad({ filter: /\.ts$/ }, ({ path }) => {
        const own = OWN_FILES[path.slice(root.length)]
        return own === undefined
          ? undefined
          : { contents: readFileSync(join(here, 'shims', own), 'utf8'), loader: 'ts', resolveDir: dirname(path) }
      })
    },
  }
}

async function buildSite(folder: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const { chosen, left } = await chooseSamples(join(root, 'samples'))
  await build({
    entryPoints: { playground: join(page, 'playground.ts'), style: join(page, 'style.css') },
    outdir: folder,
    bundle: true,
    minify: true,
    keepNames: true, // names of classes are in messages
    format: 'esm',
    platform: 'browser',
    target: 'es2023',
    define: { global: 'globalThis' },
    inject: [join(here, 'shims', GLOBALS)],
    external: [...NEVER_LOADED],
    legalComments: 'linked',
    logLevel: 'warning',
    plugins: [replacing(chosen)],
  })
  for (const name of ['index.html', 'playground.html']) copyFileSync(join(page, name), join(folder, name))
  cpSync(join(root, 'docs/pictures'), join(folder, 'reference/pictures'), { recursive: true })
  const pages = writeReference(join(root, 'docs'), join(folder, 'reference'))
  const without = [...left].map(([name, services]) => `${name} (${services.join(', ')})`).join(', ')
  console.log(
    `${folder}: a playground with ${Object.keys(chosen).length} samples, and ${pages} pages of reference\nnot among the samples: ${without}`,
  )
}

await buildSite(process.argv[2] ?? join(root, 'dist/site'))
