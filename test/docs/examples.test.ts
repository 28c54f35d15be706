/**
 * The documentation tells the truth: what its pages show compiles, prints what they say, and is rejected where they say so.
 *
 *     node --import tsx test/docs/examples.test.ts                            all pages
 *     node --import tsx test/docs/examples.test.ts docs/language/types.md     some pages
 *     node --import tsx test/docs/examples.test.ts --update                   writes what examples print into their `output` fences
 *
 * The pages of the diagnostics have a test of their own.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'uvu'
import { equal, is } from 'uvu/assert'
import { commandLine } from '../../cli/command-line.ts'
import { libraryDirectory, packageRoot } from '../../cli/package.ts'
import { HOST_PROCS, PREDEFINED } from '../../compiler/check/predefined.ts'
import { CodeStore } from '../../runtime/index.ts'
import { examplesOf, fencesOf, type Example, type Fence } from './fences.ts'
import { tryExample } from './try-example.ts'

const cache = mkdtempSync(join(tmpdir(), 'godwit-docs-'))
process.env['GODWIT_CACHE'] = cache // the runner of TESTs keeps code there
test.after(() => {
  rmSync(cache, { recursive: true, force: true })
})

const words = process.argv.slice(2)
const updating = words.includes('--update')
const wanted = words.filter((word) => !word.startsWith('--'))

const pages = [
  'README.md',
  'ARCHITECTURE.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  ...readdirSync(join(packageRoot, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md') && !name.startsWith('diagnostics'))
    .map((name) => `docs/${name}`)
    .sort(),
].filter((page) => existsSync(join(packageRoot, page)))
const chosen = pages.filter((page) => wanted.length === 0 || wanted.includes(page))

const store = new CodeStore(join(cache, 'code'))

for (const page of chosen) {
  const path = join(packageRoot, page)
  const text = readFileSync(path, 'utf8')
  const examples = examplesOf(text)
  const files = new Map(
    examples.flatMap(({ verb, file, text: content }) => (verb === 'file' && file !== undefined ? [[file, content]] : [])),
  )
  const outputs = new Map<Example, string>()

  for (const example of examples.filter(({ verb }) => verb !== 'file')) {
    test(`${page}:${example.line} ${example.verb} ${example.code}`.trimEnd(), async () => {
      if (example.file !== undefined) is(example.text, readFileSync(join(packageRoot, example.file), 'utf8'), `a copy of ${example.file}`)
      const { output, trouble } = await tryExample(example, files, store)
      if (trouble !== undefined) throw new Error(trouble)
      outputs.set(example, output)
      if (updating) return
      if (example.session !== undefined) is(asIn(example.session, output), example.session.text)
      if (example.output !== undefined) is(output, example.output.text)
      else if (example.verb === 'run') is(output, '', 'what it prints stands on the page')
    })
  }

  if (updating) {
    test(`${page} is brought up to date`, () => {
      const lines = text.split('\n')
      for (const [{ output: fence }, output] of [...outputs].reverse()) {
        if (fence !== undefined) lines.splice(fence.start + 1, fence.end - fence.start - 1, ...output.split('\n').slice(0, -1))
      }
      writeFileSync(path, lines.join('\n'))
    })
  }

  test(`${page}: links lead somewhere`, () => {
    const prose = withoutFences(text).replace(/`[^`\n]*`/g, '')
    const targets = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target).filter((target) => !target.includes('://'))
    equal(
      targets.filter((target) => !leads(path, target)),
      [],
    )
  })

  test(`${page}: commands and files it names exist`, () => {
    const lines = fencesOf(text).flatMap((fence) => (fence.words[0] === 'console' ? fence.text.split('\n') : []))
    equal(
      lines.filter((line) => line.startsWith('$ godwit ') && !isCommand(line.slice('$ godwit '.length))),
      [],
    )
    const named = [...text.matchAll(/(?<![\w./-])samples\/[\w-]+\.csp/g)].map(([name]) => name)
    equal(
      named.filter((name) => !existsSync(join(packageRoot, name))),
      [],
    )
  })
}

if (wanted.length === 0) {
  test('every routine of the libraries has its place in the reference', () => {
    const page = readFileSync(join(packageRoot, 'docs/language/library.md'), 'utf8')
    const modules = readdirSync(libraryDirectory).map((name) => readFileSync(join(libraryDirectory, name), 'utf8'))
    const declared = /^(?:(?:REC )?PROC|[A-Z][A-Z0-9, ]* FUNCTION|VAL \w+) ([\w.]+)/gm
    const names = modules.flatMap((module) => [...module.matchAll(declared)].map(([, name = '']) => name))
    equal(
      names.filter((name) => !/^(course\.(?!REAL)|COURSE\.|godwit\.)/.test(name) && !page.includes(`\`${name}`)),
      [],
    )
  })

  test('the reference gives the parameters of a routine as the library declares them', () => {
    const page = readFileSync(join(packageRoot, 'docs/language/library.md'), 'utf8')
    const modules = readdirSync(libraryDirectory).map((name) => readFileSync(join(libraryDirectory, name), 'utf8'))
    const heading = /^(?:(?:REC )?PROC|[\w., ]+ FUNCTION) ([\w.]+) \(([^)]*)\)/gm
    const declared = modules.flatMap((module) =>
      [...module.matchAll(heading)].map(([, name = '', formals = '']) => [name, parameters(formals)] as const),
    )
    const known = new Map<string, string[]>()
    for (const [name, formals] of declared) known.set(name, [...(known.get(name) ?? []), formals.join(' ')])
    const differing: string[] = []
    for (const [, name = '', formals = ''] of page.matchAll(/`([\w.]+) \(([^`]*)\)`/g)) {
      const wanted = known.get(name)
      if (wanted === undefined || formals.includes('...')) continue
      const given = parameters(formals).join(' ')
      // the channels to and from the host server go without saying, and so do names where the types tell all
      const right = wanted.some((all) => all === given || all === `fs ts ${given}`.trim() || /^VAL \[?\]?\w+$/.test(formals))
      if (!right) differing.push(`${name} (${given}), declared (${wanted.join(') and (')})`)
    }
    equal(differing, [])
  })

  test('every predefined name has its place in the reference', () => {
    const page = ['predefined.md', 'placement.md', 'library.md']
      .map((name) => readFileSync(join(packageRoot, 'docs/language', name), 'utf8'))
      .join('')
    const names = [...PREDEFINED.map(({ name }) => name), ...HOST_PROCS.keys()]
    equal(
      names.filter((name) => !page.includes(`\`${name}`)),
      [],
    )
  })

  test('the code map names folders and files that there are', () => {
    let folder = ''
    for (const line of readFileSync(join(packageRoot, 'ARCHITECTURE.md'), 'utf8').split('\n')) {
      const [, where = '', what = '', start = ''] = /^\| (.*?) ?\| (.*) \| (.*?) ?\|$/.exec(line) ?? []
      const own = /^`([\w/-]+)\/?`$/.exec(where)?.[1]
      if (own !== undefined) folder = own
      if (own === undefined && where !== '') continue
      if (folder === '') continue
      is(existsSync(join(packageRoot, folder)), true, folder)
      const named = [...`${what} ${start}`.matchAll(/`([\w/-]+\.(?:ts|md|module))`/g)].map(([, name = '']) => name)
      equal(
        named.filter((name) => !existsSync(join(packageRoot, folder, name))),
        [],
      )
    }
    is(folder, 'bench/', 'the last row of the code map')
  })

  test('the glossary defines each word once and names files that there are', () => {
    const files = ['runtime', 'compiler'].flatMap((top) =>
      readdirSync(join(packageRoot, top), { recursive: true, encoding: 'utf8' }).map((name) => `${top}/${name}`),
    )
    const rows = readFileSync(join(packageRoot, 'docs/glossary.md'), 'utf8')
      .split('\n')
      .filter((line) => /^\| (?!word|---)/.test(line))
      .map((line) => line.split('|').map((cell) => cell.trim()))
    const words = rows.flatMap(([, word = '']) => word.split(', '))
    equal(
      words.filter((word, i) => words.indexOf(word) !== i),
      [],
    )
    const named = rows.flatMap(([, , , see = '']) => [...see.matchAll(/`([\w./-]+)`/g)].map(([, name = '']) => name.replace(/\/$/, '')))
    equal(
      named.filter((name) => !files.some((file) => `/${file}`.endsWith(`/${name}`))),
      [],
    )
  })

  test('every file of language tests is in the table of their page', () => {
    const folder = join(packageRoot, 'test/language')
    const rows = readFileSync(join(folder, 'README.md'), 'utf8').matchAll(/^\| `([\w-]+\.csp)` \|/gm)
    equal(
      [...rows].map(([, name]) => name).sort(),
      readdirSync(folder)
        .filter((name) => name.endsWith('.csp'))
        .sort(),
    )
  })

  test('every page of the reference is in its table of contents', () => {
    const contents = readFileSync(join(packageRoot, 'docs/language/README.md'), 'utf8')
    equal(
      pages.filter((page) => /^docs\/language\/[a-z]/.test(page) && !contents.includes(`](${page.slice('docs/language/'.length)})`)),
      [],
    )
  })
}

test.run()

/** @returns the names of the parameters in a list of formals */
function parameters(formals: string): string[] {
  return formals
    .split(',')
    .map((formal) => /([\w.]+)[?!]?\s*$/.exec(formal.trim())?.[1] ?? '')
    .filter((name) => name !== '')
}

/** @returns what a terminal shows of an example, under the name that it has in `session` */
function asIn(session: Fence, output: string): string {
  const [command = ''] = session.text.split('\n', 1)
  return `${command}\n${output.replaceAll('example.csp', command.slice('$ godwit run '.length))}`
}

function withoutFences(text: string): string {
  const lines = text.split('\n')
  for (const { start, end } of fencesOf(text)) lines.fill('', start, end + 1)
  return lines.join('\n')
}

/** @returns whether the target of a link is there: a file, and the heading in it when one is named */
function leads(from: string, target: string): boolean {
  const [file = '', anchor] = target.split('#', 2)
  const path = file === '' ? from : join(dirname(from), file)
  if (!existsSync(path)) return false
  if (anchor === undefined) return true
  const headings = withoutFences(readFileSync(path, 'utf8')).matchAll(/^#+ +(.*)$/gm)
  return [...headings].some(([, heading = '']) => slug(heading) === anchor)
}

/** The anchor of a heading, as it is made on the usual hosts. */
function slug(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')
}

/** @returns whether there is such a command with such options; nothing is run */
function isCommand(line: string): boolean {
  const [name = '', ...args] = line.replace(/ (&|>|\||#) ?.*$/, '').split(/ +/)
  const command = commandLine().commands.find((each) => each.name() === name)
  if (command === undefined) return name.startsWith('--')
  try {
    return command.parseOptions(args).unknown.every((word) => word === '--help')
  } catch {
    return false
  }
}
