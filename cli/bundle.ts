/**
 * Part of the build: writes our modules into a few large files, since loading a hundred small ones takes longer than a small program runs.
 *
 *   node --import tsx cli/bundle.ts
 *
 * `dist/bundle` gets one file for each of the layers below, which holds all modules that its roots import, and one file for each module that is
 * imported when it is needed. Where the build has put an entry of the package, a line is put that leads to the bundle.
 *
 * Invariants
 * - A module is in one file only, however it is reached: units, programs and the command have the same kernel.
 * - A module finds the files beside it as if it lay in `dist`: `import.meta.url` is what it would be there.
 * - Positions in stack traces lead back to our texts: each file has a source map.
 */
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, transform } from 'esbuild'
import type { BuildOptions, Metafile, Plugin } from 'esbuild'
import { makeDirectory } from '../runtime/code/files.ts'
import { withConstants } from './bundle-constants.ts'

const root = fileURLToPath(new URL('../', import.meta.url))
const dist = join(root, 'dist')
const bundle = join(dist, 'bundle')

/** Modules that others than us import, or that are run: what they export is found where the build puts it. */
const ENTRIES = [
  'cli/main.ts',
  'runtime/node/main.ts',
  'runtime/abi.ts',
  'runtime/abi-watched.ts',
  'runtime/index.ts',
  'compiler/index.ts',
  'embed/index.ts',
  'editor/prettier-plugin/index.ts',
]

/** A file of modules that are loaded together. A layer has what its roots import and no earlier layer has. */
interface Layer {
  readonly name: string
  readonly roots: readonly string[]
}

const LAYERS: readonly Layer[] = [
  { name: 'early', roots: ['cli/early-signals.ts'] }, // alone, since it has to run before anything else is loaded
  { name: 'runtime', roots: ['runtime/abi.ts', 'runtime/index.ts', 'runtime/node/cluster-address.ts'] },
  { name: 'command', roots: ['cli/dispatch.ts', 'cli/commands/run.ts', 'cli/outcome.ts', 'cli/code-cache.ts'] },
  {
    name: 'node',
    roots: ['runtime/node/commands/cluster.ts', 'runtime/node/commands/background.ts', 'runtime/node/commands/child-nodes.ts'],
  },
  { name: 'compiler', roots: ['compiler/index.ts', 'cli/diagnostics.ts'] },
]

/** Packages that every command needs: they are part of the bundle. */
const BUNDLED_PACKAGES = ['commander', 'picocolors']

/** Part of Node.js that a bundled package seldom needs, and that takes long to load: it is loaded when a function of it is called. */
const CALLED_LATER: ReadonlyMap<string, readonly string[]> = new Map([['node:child_process', ['spawn']]])

/** What CommonJS packages take for granted. */
const REQUIRE = "import { createRequire as godwitRequire } from 'node:module'; const require = godwitRequire (import.meta.url);"

/** Where a module's exports are to be had: in the file of a layer, under names that are unique there. */
interface Placed {
  readonly layer: string
  readonly prefix: string
  readonly exports: readonly string[]
}

const common = {
  absWorkingDir: root,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  sourcemap: true,
  sourcesContent: false,
  metafile: true,
  logLevel: 'warning',
  outdir: bundle,
} as const satisfies BuildOptions

/** @returns the module that an import means, by its path from the root of the project; undefined for a package */
function moduleOf(path: string, importer: string): string | undefined {
  return /^\.\.?\//.test(path) && path.endsWith('.ts') ? relative(root, resolve(dirname(importer), path)) : undefined
}

/** Packages are loaded from where they are installed, but for those of the bundle. */
const packagesStay: Plugin = {
  name: 'packages stay where they are',
  setup(building) {
    building.onResolve({ filter: /^[^./]/ }, ({ path, kind, importer }) => {
      if (kind === 'entry-point' || importer.includes('node_modules')) return undefined
      return BUNDLED_PACKAGES.includes(path) ? undefined : { path, external: true }
    })
  },
}

/** Defers the loading of parts of Node.js that are in `CALLED_LATER`. */
const callingLater: Plugin = {
  name: 'seldom needed parts of Node.js are loaded when they are called',
  setup(building) {
    building.onResolve({ filter: /^node:/ }, ({ path, importer, namespace }) =>
      namespace === 'file' && importer.includes('node_modules') && CALLED_LATER.has(path) ? { path, namespace: 'later' } : undefined,
    )
    building.onLoad({ filter: /.*/, namespace: 'later' }, ({ path }) => ({
      contents: (CALLED_LATER.get(path) ?? [])
        .map((name) => `exports.${name} = (...args) => require (${JSON.stringify(path)}).${name} (...args)`)
        .join('\n'),
    }))
  },
}

/** The name of the file for a module that is imported when it is needed. */
const fileOf = (module: string): string => module.replace(/\.ts$/, '').replaceAll('/', '.')

/** The text of exports that a layer has under other names. */
function reexports({ layer, prefix, exports }: Placed, directory: string): string {
  const file = JSON.stringify(`${directory}${layer}.js`)
  if (exports.length === 0) return `import ${file}\n`
  return `export { ${exports.map((name) => `${prefix}${name} as ${name}`).join(', ')} } from ${file}\n`
}

/** Leads imports of what other files hold to these files, and tells modules where they are. */
function placing(placed: ReadonlyMap<string, Placed>, current?: string): Plugin {
  return {
    name: 'modules are in one file each',
    setup(building) {
      building.onResolve({ filter: /^\.\.?\// }, ({ path, importer, kind }) => {
        const module = moduleOf(path, importer)
        if (module === undefined) return undefined
        if (kind === 'dynamic-import') return { path: `./${fileOf(module)}.js`, external: true }
        const where = placed.get(module)
        return where === undefined || where.layer === current ? undefined : { path: module, namespace: 'placed' }
      })
      building.onLoad({ filter: /.*/, namespace: 'placed' }, ({ path }) => ({
        contents: reexports(placed.get(path) as Placed, './'), // only such modules are in this namespace
      }))
      building.onResolve({ filter: /.*/, namespace: 'placed' }, ({ path }) => ({ path, external: true }))
      building.onLoad({ filter: /\.ts$/, namespace: 'file' }, ({ path }) => {
        const built = relative(root, path).replace(/\.ts$/, '.js')
        const text = readFileSync(path, 'utf8').replaceAll('import.meta.url', `new URL('../${built}', import.meta.url).href`)
        return { contents: text, loader: 'ts' }
      })
    },
  }
}

/** What each module imports, at once and when it is needed. */
interface Imports {
  readonly atOnce: readonly string[]
  readonly later: readonly string[]
}

/** @returns what all modules import that `ENTRIES` reach */
async function graphOf(): Promise<Map<string, Imports>> {
  const { metafile } = await build({ ...common, entryPoints: ENTRIES, write: false, splitting: true, plugins: [packagesStay] })
  return new Map(
    Object.entries(metafile.inputs).map(([module, { imports }]) => {
      const ours = imports.filter(({ external, path }) => external !== true && path.endsWith('.ts'))
      const paths = (dynamic: boolean): string[] =>
        ours.filter(({ kind }) => (kind === 'dynamic-import') === dynamic).map(({ path }) => path)
      return [module, { atOnce: paths(false), later: paths(true) }]
    }),
  )
}

/** @returns the names that each module exports */
async function exportsOf(modules: readonly string[]): Promise<Map<string, readonly string[]>> {
  const entryPoints = Object.fromEntries(modules.map((module) => [fileOf(module), module]))
  const { metafile } = await build({ ...common, entryPoints, write: false, splitting: true, plugins: [packagesStay] })
  const names = new Map<string, readonly string[]>()
  for (const { entryPoint, exports } of Object.values(metafile.outputs)) if (entryPoint !== undefined) names.set(entryPoint, exports)
  return names
}

/** @returns the modules of each layer, those that are imported before those that import them */
function membersOf(graph: ReadonlyMap<string, Imports>): Map<string, string[]> {
  const taken = new Set<string>()
  const add = (module: string, members: string[]): void => {
    if (taken.has(module)) return
    taken.add(module)
    for (const imported of graph.get(module)?.atOnce ?? []) add(imported, members)
    members.push(module)
  }
  return new Map(
    LAYERS.map(({ name, roots }) => {
      const members: string[] = []
      for (const module of roots) {
        if (!graph.has(module)) throw new Error(`there is no module ${module}, which the layer ${name} begins with`)
        add(module, members)
      }
      return [name, members]
    }),
  )
}

/** Writes the licences of the packages that are part of the bundle beside it. */
function writeLicences(): void {
  const texts = BUNDLED_PACKAGES.map((name) => {
    const directory = join(root, 'node_modules', name)
    const file = readdirSync(directory).find((each) => /^licen[cs]e/i.test(each))
    if (file === undefined) throw new Error(`the package ${name} has no licence that could be passed on`)
    return `${name}\n\n${readFileSync(join(directory, file), 'utf8')}`
  })
  writeFileSync(join(bundle, 'LICENSES.txt'), texts.join('\n\n'))
}

/** Makes constants of variables, and leaves out the white space of a file: half of the text need not be read at each start. */
async function finish(path: string): Promise<void> {
  const map = readFileSync(`${path}.map`).toString('base64')
  const text = withConstants(readFileSync(path, 'utf8')).replace(/\/\/# sourceMappingURL=.*\n$/, '')
  const { code, map: itsMap } = await transform(`${text}\n//# sourceMappingURL=data:application/json;base64,${map}`, {
    minifyWhitespace: true,
    lineLimit: 120,
    target: common.target,
    sourcemap: 'external',
    sourcesContent: false,
    sourcefile: path,
  })
  writeFileSync(path, `${code}//# sourceMappingURL=${basename(path)}.map\n`)
  writeFileSync(`${path}.map`, itsMap)
}

/** @returns the name of what was built: another one whenever any file is another */
function identityOf(files: readonly string[]): string {
  const hash = createHash('sha256')
  for (const path of [...files].sort()) hash.update(path).update(readFileSync(join(root, path)))
  return hash.digest('hex')
}

const graph = await graphOf()
const members = membersOf(graph)
const inLayers = [...members.values()].flat()
const names = await exportsOf(inLayers)
const placed = new Map<string, Placed>()
for (const [layer, modules] of members)
  for (const module of modules) placed.set(module, { layer, prefix: `m${placed.size}_`, exports: names.get(module) ?? [] })

rmSync(bundle, { recursive: true, force: true })
makeDirectory(bundle)
let outputs: Metafile['outputs'] = {}
for (const [layer, modules] of members) {
  const lines = modules.map((module) => {
    const { prefix, exports } = placed.get(module) as Placed // it was put there above
    const path = JSON.stringify(`./${module}`)
    return exports.length === 0
      ? `import ${path}`
      : `export { ${exports.map((name) => `${name} as ${prefix}${name}`).join(', ')} } from ${path}`
  })
  const { metafile } = await build({
    ...common,
    stdin: { contents: lines.join('\n'), resolveDir: root, sourcefile: `${layer}.ts` },
    entryNames: layer,
    banner: { js: REQUIRE },
    plugins: [callingLater, packagesStay, placing(placed, layer)],
  })
  outputs = { ...outputs, ...metafile.outputs }
}

const later = new Set([...graph.values()].flatMap((imports) => imports.later))
const alone = [...new Set([...ENTRIES, ...later])].filter((module) => !placed.has(module))
const rest = await build({
  ...common,
  entryPoints: Object.fromEntries(alone.map((module) => [fileOf(module), module])),
  splitting: true,
  plugins: [packagesStay, placing(placed)],
})
outputs = { ...outputs, ...rest.metafile.outputs }
const files = Object.keys(outputs).filter((path) => path.endsWith('.js'))
await Promise.all(files.map((path) => finish(join(root, path))))
for (const module of later) {
  const where = placed.get(module)
  if (where !== undefined) writeFileSync(join(bundle, `${fileOf(module)}.js`), reexports(where, './'))
}
for (const module of ENTRIES) {
  const file = join(dist, module.replace(/\.ts$/, '.js'))
  if (!existsSync(file)) throw new Error(`${file} has not been built: run \`npm run build\``)
  const way = `${relative(dirname(file), bundle)}/`
  const where = placed.get(module)
  const hashBang = /^#!.*\n/.exec(readFileSync(join(root, module), 'utf8'))?.[0] ?? ''
  writeFileSync(
    file,
    hashBang + (where === undefined ? `export * from ${JSON.stringify(`${way}${fileOf(module)}.js`)}\n` : reexports(where, way)),
  )
}
writeLicences()
writeFileSync(join(bundle, 'identity'), identityOf(files))
