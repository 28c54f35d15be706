/** The reference: every page of docs/ as HTML, with links between them, and a link to the playground at each program of a diagnostic. */
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { deflateRawSync } from 'node:zlib'
import { Marked } from 'marked'

/** Folders of docs/ that have no pages. */
const LEFT_OUT = ['site', 'pictures']

interface Sheet {
  /** Within the folder, with `.md`. */
  readonly path: string
  readonly title: string
  readonly text: string
}

/** @returns how many pages there are */
export function writeReference(folder: string, target: string): number {
  const sheets = sheetsOf(folder)
  const known = new Set(sheets.map(({ path }) => path))
  const list = (within: string): Sheet[] => sheets.filter(({ path }) => dirname(path) === within)
  const write = (path: string, title: string, body: string): void => {
    const file = join(target, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, document(path, title, body, [...list('.'), ...list('language')]))
  }
  for (const sheet of sheets) write(html(sheet.path), sheet.title, bodyOf(sheet, known))
  const codes = list('diagnostics').map((sheet) => item(html(sheet.path), sheet.title))
  write(
    'diagnostics/index.html',
    'Messages',
    `<h1>Messages</h1>\n<ul class="codes">\n${codes.map((code) => code.replace('diagnostics/', '')).join('\n')}\n</ul>`,
  )
  write('index.html', 'Reference', indexOf(list))
  return sheets.length + 2
}

function sheetsOf(folder: string): Sheet[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(
      (path) => path.endsWith('.md') && !LEFT_OUT.some((name) => path.startsWith(`${name}/`)) && statSync(join(folder, path)).isFile(),
    )
    .sort()
    .map((path) => {
      const text = readFileSync(join(folder, path), 'utf8')
      return { path, text, title: (/^# (.*)$/m.exec(text)?.[1] ?? path).replaceAll('`', '') }
    })
}

function indexOf(list: (within: string) => Sheet[]): string {
  const section = (title: string, sheets: readonly Sheet[]): string =>
    `<h2>${title}</h2>\n<ul>\n${sheets.map((sheet) => item(html(sheet.path), sheet.title)).join('\n')}\n</ul>`
  return [
    '<h1>Reference</h1>',
    section('The language', list('language')),
    section('Using Godwit', list('.')),
    '<h2>Messages</h2>\n<p>Every message has a code, and every code has <a href="diagnostics/index.html">a page</a> with a wrong and a right program.</p>',
  ].join('\n')
}

const html = (path: string): string => path.replace(/README\.md$/, 'index.html').replace(/\.md$/, '.html')
const item = (path: string, title: string): string => `<li><a href="${path}">${escaped(title)}</a></li>`

function bodyOf({ path, text }: Sheet, known: ReadonlySet<string>): string {
  const marked = new Marked({
    gfm: true,
    renderer: {
      /** Headings are places that links lead to, named as usual. */
      heading({ tokens, depth, text: title }) {
        const id = title
          .toLowerCase()
          .replace(/[^\p{L}\p{N}\s_-]/gu, '')
          .trim()
          .replaceAll(/\s/g, '-')
        return `<h${depth} id="${id}">${this.parser.parseInline(tokens)}</h${depth}>\n`
      },
      link({ href, tokens }) {
        const target = linkFrom(path, href, known)
        const inner = this.parser.parseInline(tokens)
        return target === undefined ? inner : `<a href="${escaped(target)}">${inner}</a>`
      },
      image: ({ href, text: alt }) => `<img src="${escaped(href)}" alt="${escaped(alt)}" loading="lazy">`,
      code({ text: code, lang = '' }) {
        const tryIt = isProgram(lang, path)
          ? `<a class="try" href="${upFrom(path)}../playground.html#${fragmentOf(code)}">Open in the playground</a>`
          : ''
        return `<figure><pre tabindex="0"><code>${escaped(code)}</code></pre>${tryIt}</figure>\n`
      },
    },
  })
  return marked.parse(text, { async: false })
}

/** @returns the address of a link; undefined when it leads to a file that the site does not have */
function linkFrom(path: string, href: string, known: ReadonlySet<string>): string | undefined {
  if (/^[a-z]+:|^#/.test(href)) return href
  const [file = '', anchor] = href.split('#')
  const target = join(dirname(path), file)
  if (!known.has(target) && !known.has(join(target, 'README.md'))) return undefined
  return html(known.has(target) ? file : join(file, 'README.md')) + (anchor === undefined ? '' : `#${anchor}`)
}

/** @returns whether a block of code is a program by itself */
function isProgram(language: string, path: string): boolean {
  const [name, ...about] = language.split(' ')
  return name === 'csp' && (path.startsWith('diagnostics/') || about.includes('run') || about.includes('fails'))
}

/** @returns what leads from a page to the folder of the reference: `../`, or nothing */
function upFrom(path: string): string {
  const way = relative(dirname(path), '.')
  return way === '' ? '' : `${way}/`
}

/** As page/program/link.ts makes it. */
function fragmentOf(text: string): string {
  return `p=${deflateRawSync(text).toString('base64url')}`
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}

function document(path: string, title: string, body: string, pages: readonly Sheet[]): string {
  const up = upFrom(path)
  const entries = pages.map((sheet) => {
    const target = html(sheet.path)
    return `<li><a href="${up}${target}"${target === path ? ' aria-current="page"' : ''}>${escaped(sheet.title)}</a></li>`
  })
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)} — Godwit</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${up}../style.css">
</head>
<body class="reference">
<header>
<p class="name"><a href="${up}../index.html">Godwit</a></p>
<nav aria-label="Site"><a href="${up}../playground.html">Playground</a> <a href="${up}index.html">Reference</a> <a href="${up}diagnostics/index.html">Messages</a></nav>
</header>
<div class="columns">
<nav aria-label="Pages"><ul>
${entries.join('\n')}
</ul></nav>
<main>
${body}</main>
</div>
</body>
</html>
`
}
