/**
 * The site: it is built, and its playground compiles and runs programs in a browser. `GODWIT_SCREENSHOTS=1 node --import tsx test/site/site.test.ts` makes
 * the picture of docs/playground.md.
 *
 * It needs Chromium; without one the tests that look at pages are left out.
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import axe from 'axe-core'
import type { Page } from 'puppeteer-core'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { crc32 as ownCrc32 } from '../../docs/site/shims/zlib.ts'
import { sha256 } from '../../docs/site/shims/sha256.ts'
import { root, temporaryDirectory } from '../cli/godwit.ts'
import { openPage } from '../dashboard/watched-page.ts'
import type { Watched } from '../dashboard/watched-page.ts'
import { browserTest } from '../harness/browser.ts'
import { serve } from './static-server.ts'
import type { StaticServer } from './static-server.ts'

const folder = join(temporaryDirectory(), 'site')
const pictures = process.env['GODWIT_SCREENSHOTS'] === '1' ? join(root, 'docs/pictures') : undefined
/** Samples that call services which a page does not have. */
const WITHOUT = ['chat.csp', 'echo-server.csp', 'wc.csp', 'web.csp']

let built = ''
let server: StaticServer | undefined

test.before(async () => {
  built = execFileSync(process.execPath, ['--import', 'tsx', 'docs/site/build.ts', folder], { cwd: root, encoding: 'utf8' })
  server = await serve(folder)
})

test.after(() => {
  server?.close()
})

test('samples that need files, arguments or connections are left out, and named', () => {
  const said = built.slice(built.indexOf('not among the samples: '))
  assert.equal(
    [...said.matchAll(/[\w-]+\.csp/g)].map(([name]) => name),
    WITHOUT,
  )
})

test('the hashes and checksums of pages are those of Node.js', () => {
  for (const length of [0, 1, 55, 56, 63, 64, 65, 119, 120, 1_000]) {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 31 + length) & 255)
    assert.is(sha256(bytes), createHash('sha256').update(bytes).digest('hex'), `SHA-256 of ${length} bytes`)
    assert.is(ownCrc32(bytes), crc32(bytes), `CRC-32 of ${length} bytes`)
  }
})

test('every link within the site leads to a page that is there', () => {
  const pages = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.html'))
  assert.ok(pages.length > 300, `${pages.length} pages`)
  const broken: string[] = []
  for (const page of pages) {
    for (const [, target = ''] of readFileSync(join(folder, page), 'utf8').matchAll(/(?:href|src)="([^"]*)"/g)) {
      const [path = ''] = target.split('#')
      if (path === '' || /^[a-z]+:/.test(path)) continue
      if (!existsSync(join(folder, page, '..', path))) broken.push(`${page}: ${target}`)
    }
  }
  assert.equal(broken, [])
})

async function until(page: Page, condition: string): Promise<void> {
  await page.waitForFunction(condition, { timeout: 60_000, polling: 50 })
}

/** Opens the playground. @param fragment with its `#`, if any */
async function open(browser: Parameters<typeof openPage>[0], fragment = '', scheme: 'light' | 'dark' = 'light'): Promise<Watched> {
  const watched = await openPage(browser, `${server?.address ?? ''}/playground.html${fragment}`, scheme)
  await until(watched.page, `document.body.classList.contains('ready')`)
  return watched
}

const ENDED = 'window.playground.ended !== undefined'

/** @returns what the program has written on its screen */
async function screen(page: Page): Promise<string> {
  return (await page.evaluate(
    `[...document.querySelectorAll('#output span:not([class]), #output span[class=""]')].map((e) => e.textContent).join('')`,
  )) as string
}

/** @param what an expression of the element, without the element */
async function read(page: Page, selector: string, what: string): Promise<string> {
  return String(await page.evaluate(`document.querySelector(${JSON.stringify(selector)}).${what}`))
}

async function fill(page: Page, selector: string, text: string): Promise<void> {
  await page.evaluate(`document.querySelector(${JSON.stringify(selector)}).value = ${JSON.stringify(text)}`)
}

function clean({ complaints, outside }: Watched): void {
  assert.equal(complaints, [])
  assert.equal(outside, [])
}

/** @returns a text with what `NAME.expected` spells otherwise: measured times and names of nodes */
const spelled = (text: string): string => text.replaceAll(/\d+ us$/gm, '<time>').replaceAll(/at node \w+:/g, 'at node <node>:')

browserTest('the playground runs every sample that needs nothing but a terminal', 300_000, async (browser) => {
  const watched = await open(browser)
  const { page } = watched
  const names = (await page.evaluate(
    `[...document.querySelector('#samples').options].map((o) => o.value).filter((v) => v !== '' && v !== 'ring.csp')`,
  )) as string[]
  const all = readdirSync(join(root, 'samples')).filter((name) => name.endsWith('.csp') && !WITHOUT.includes(name))
  assert.equal(names, all.sort())
  for (const name of names) {
    await page.select('#samples', name)
    await page.click('#run')
    if (name === 'echo.csp') await type(page, readFileSync(join(root, 'samples/echo.input'), 'utf8'))
    await until(page, ENDED)
    assert.is(await page.evaluate('window.playground.ended'), 0, name)
    const expected = join(root, 'samples', name.replace('.csp', '.expected'))
    if (existsSync(expected)) assert.is(spelled(await screen(page)).trimEnd(), readFileSync(expected, 'utf8').trimEnd(), name)
  }
  clean(watched)
})

/** Types lines, and ends the input. */
async function type(page: Page, text: string): Promise<void> {
  await until(page, `!document.querySelector('#stop').disabled`)
  for (const line of text.replace(/\n$/, '').split('\n')) {
    await fill(page, '#typed', line)
    await page.focus('#typed')
    await page.keyboard.press('Enter')
  }
  await page.click('#end-input')
}

const where = (path: string): string =>
  `window.playground.model.now.nodes.find(({ groups }) => [...groups.values()].some((g) => g.indices === undefined ? g.path === '${path}' : g.indices.some((i) => g.path + '[' + i + ']' === '${path}')))?.name`

browserTest('a process is dragged, a cable is cut, a node is killed, and a durable program goes on', 180_000, async (browser) => {
  const watched = await open(browser)
  const { page } = watched
  const grown = async (): Promise<void> => {
    const { length } = await screen(page)
    await until(page, `[...document.querySelectorAll('#output span')].map((e) => e.textContent).join('').length > ${length + 2}`)
  }
  await page.click('#durable')
  await page.click('#run')
  await until(page, `${where('main/par.2/station[3]')} === 'n1'`)
  await drag(page, 'main/par.2/station[3]', 'n2')
  await until(page, `${where('main/par.2/station[3]')} === 'n2'`)
  await drag(page, 'main/par.2/station[6]', 'n3')
  await until(page, `${where('main/par.2/station[6]')} === 'n3'`)
  await grown()
  if (pictures !== undefined) {
    await page.mouse.click(...(await placeOf(page, 'main/par.2/station[3]')))
    await page.waitForSelector('#process .source')
    await new Promise((resolve) => setTimeout(resolve, 1_200))
    await page.screenshot({ path: join(pictures, 'playground.png') })
  }

  await page.click('[data-key="n1 n2"]')
  await until(page, `document.querySelector('[data-key="n1 n2"]').textContent === 'Mend n1–n2'`)
  const severed = 'JSON.stringify(window.playground.model.now.severed)'
  assert.is(await page.evaluate(severed), '[["n1","n2"]]', 'the picture shows where the cable is cut')
  if (pictures !== undefined) await page.screenshot({ path: join(pictures, 'playground-cut.png') })
  let before = ''
  for (let now = await screen(page); now !== before; now = await screen(page)) {
    before = now
    await new Promise((resolve) => setTimeout(resolve, 2_000)) // a letter takes some 0.3 s
  }
  await page.click('[data-key="n1 n2"]')
  await grown()
  await until(page, `${severed} === '[]'`)

  await page.click('[data-key="n1"]')
  await until(page, `window.playground.model.now.nodes.find((n) => n.name === 'n1').goneSince !== undefined`)
  await until(page, `${where('main/par.2/station[0]')} !== undefined && ${where('main/par.2/station[0]')} !== 'n1'`)
  await grown()
  const shown = (await screen(page)).replaceAll('\n', '')
  const alphabet = 'abcdefghijklmnopqrstuvwxyz'
  const [a, b] = [0, 1].map((turn) =>
    Array.from(shown)
      .filter((_, i) => i % 2 === turn)
      .join(''),
  )
  assert.ok(alphabet.repeat(9).startsWith(a ?? '-'), `of two letters that travel the first has come round as ${a ?? ''}`)
  assert.ok(
    alphabet
      .repeat(9)
      .slice(1)
      .startsWith(b ?? '-'),
    `the second as ${b ?? ''}`,
  )

  await page.click('[data-key="n1"]')
  await until(page, `document.querySelector('[data-key="n1"]').textContent === 'Kill n1'`)
  await page.click('#stop')
  await until(page, `[...window.playground.model.now.nodes].every(({ groups }) => groups.size === 0)`)
  clean(watched)
})

async function placeOf(page: Page, path: string): Promise<readonly [number, number]> {
  const place = (await page.evaluate(`window.playground.placeOf('${path}')`)) as [number, number] | undefined
  assert.ok(place, path)
  return place
}

browserTest('a process has a place on the screen as soon as it is known, before the next frame is drawn', 60_000, async (browser) => {
  const { page } = await open(browser)
  // no frame is drawn from here on: the page knows more than its picture shows
  await page.evaluate('window.requestAnimationFrame = () => 0')
  await page.click('#run')
  await until(page, `${where('main/par.2/station[3]')} === 'n1'`)
  await placeOf(page, 'main/par.2/station[3]')
})

async function drag(page: Page, path: string, to: string): Promise<void> {
  const from = await placeOf(page, path)
  const target = (await page.evaluate(`window.playground.placeOfNode('${to}')`)) as [number, number]
  await page.mouse.move(...from)
  await page.mouse.down()
  await page.mouse.move((from[0] + target[0]) / 2, (from[1] + target[1]) / 2, { steps: 4 })
  await page.mouse.move(...target, { steps: 4 })
  await page.mouse.up()
}

browserTest('messages lead to their lines, and a report quotes the program', 120_000, async (browser) => {
  const watched = await open(browser)
  const { page } = watched
  const run = async (text: string): Promise<void> => {
    await fill(page, '#editor textarea', text)
    await page.evaluate(`document.querySelector('#editor textarea').dispatchEvent(new InputEvent('input'))`)
    await page.click('#run')
    await until(page, ENDED)
  }
  await run('PROC main (CHAN BYTE screen!)\n  SEQ\n    x := 1\n:\n')
  assert.is(await read(page, '#messages h3', 'textContent'), 'E0301 no variable named `x` is visible here')
  await page.click('#messages button')
  assert.is(await read(page, '#editor textarea', 'selectionStart'), String('PROC main (CHAN BYTE screen!)\n  SEQ\n    '.length))
  assert.is(await read(page, '#editor .numbers .error', 'textContent.trim()'), '3')
  assert.is(await read(page, '#messages a', `getAttribute('href')`), 'reference/diagnostics/E0301.html')
  assert.ok(existsSync(join(folder, 'reference/diagnostics/E0301.html')))

  await run('PROC main (CHAN BYTE screen!)\n  INT x:\n  CHAN INT c:\n  SEQ\n    c ? x\n:\n')
  const deadlock = await read(page, '#output', 'textContent')
  assert.match(deadlock, /deadlock/)
  assert.match(deadlock, /5 \|\s+c \? x/)
  assert.is(await page.evaluate('window.playground.ended'), 3)

  await run('#USE "file"\nPROC main (CHAN BYTE screen!)\n  INT x, y:\n  SEQ\n    x := 0\n    y := 1 / x\n    screen ! BYTE y\n:\n')
  assert.match(await read(page, '#output', 'textContent'), /y := 1 \/ x/)
  assert.is(await page.evaluate('window.playground.ended'), 1)
  clean(watched)
})

browserTest('what cannot be started says so, and so does a line that nobody reads', 120_000, async (browser) => {
  const watched = await open(browser)
  const { page } = watched
  const write = async (text: string): Promise<void> => {
    await fill(page, '#editor textarea', text)
    await page.evaluate(`document.querySelector('#editor textarea').dispatchEvent(new InputEvent('input'))`)
  }
  await write('VAL INT n IS 3:\n')
  assert.is(await read(page, '#samples', 'value'), '', 'a text that was edited is no sample any more')
  await page.click('#run')
  await until(page, ENDED)
  assert.match(await read(page, '#output', 'textContent'), /no PROC to run: the last PROC/)

  await fill(page, '#typed', 'lost?')
  await page.focus('#typed')
  await page.keyboard.press('Enter')
  assert.match(await read(page, '#status', 'textContent'), /Run starts one/)
  assert.is(await read(page, '#typed', 'value'), 'lost?')

  for (const name of ['n1', 'n2', 'n3']) await page.click(`[data-key="${name}"]`)
  await write('PROC main ()\n  SKIP\n:\n')
  await page.click('#run')
  await until(page, ENDED)
  assert.match(await read(page, '#output', 'textContent'), /All nodes are dead: Start one/)
  assert.equal(watched.outside, [])
})

browserTest('a narrow window shows all of the playground, and of the reference', 120_000, async (browser) => {
  const { page } = await open(browser)
  await page.setViewport({ width: 400, height: 800 })
  await page.click('#run')
  await until(page, `${where('main/par.2/station[3]')} === 'n1'`)
  assert.is(await page.evaluate('document.documentElement.scrollWidth'), 400)
  assert.ok(((await page.evaluate(`document.querySelector('#scene').clientHeight`)) as number) > 300, 'the picture has its height')
  const right = Number(await read(page, '#legend', 'getBoundingClientRect().right'))
  assert.ok(right <= Number(await read(page, '#fit', 'getBoundingClientRect().left')), 'the legend leaves room for the button')
  for (const path of [
    'index.html',
    'reference/tour.html',
    'reference/limits.html',
    'reference/command.html',
    'reference/language/ends.html',
  ]) {
    await page.goto(`${server?.address ?? ''}/${path}`, { waitUntil: 'load' })
    assert.is(await page.evaluate('document.documentElement.scrollWidth'), 400, path)
  }
})

browserTest('a program fits into a link', 120_000, async (browser) => {
  const first = await open(browser)
  const text = '-- two runes: \u16b7\u16df\nPROC main (CHAN BYTE screen!)\n  screen ! "!"[0]\n:\n'
  await fill(first.page, '#editor textarea', text)
  await first.page.click('#share')
  await until(first.page, `location.hash.startsWith('#p=')`)
  const fragment = new URL(first.page.url()).hash
  const second = await open(browser, fragment)
  assert.is(await read(second.page, '#editor textarea', 'value'), text)
  await second.page.click('#run')
  await until(second.page, ENDED)
  assert.is(await screen(second.page), '!')
  const damaged = await open(browser, '#p=AAAA')
  assert.match(await read(damaged.page, '#status', 'textContent'), /no program that can be read/)
  for (const watched of [first, second, damaged]) clean(watched)
})

browserTest('axe finds nothing serious, in light and in dark, and in the reference', 180_000, async (browser) => {
  for (const scheme of ['light', 'dark'] as const) {
    const watched = await open(browser, '', scheme)
    await watched.page.click('#run')
    await until(watched.page, `${where('main/par.2/station[3]')} === 'n1'`)
    await watched.page.mouse.click(...(await placeOf(watched.page, 'main/par.2/station[3]')))
    await watched.page.waitForSelector('#process .source')
    await complains(watched, `playground, ${scheme}`)
  }
  for (const path of [
    'index.html',
    'reference/index.html',
    'reference/tour.html',
    'reference/diagnostics/E0601.html',
    'reference/operations.html',
  ]) {
    const watched = await openPage(browser, `${server?.address ?? ''}/${path}`)
    await complains(watched, path)
  }
})

async function complains(watched: Watched, what: string): Promise<void> {
  await watched.page.evaluate(axe.source)
  const { violations } = (await watched.page.evaluate('axe.run()')) as {
    violations: { impact: string; help: string; nodes: { html: string }[] }[]
  }
  const serious = violations.filter(({ impact }) => ['serious', 'critical'].includes(impact))
  assert.equal(
    serious.map(({ help, nodes }) => `${help}: ${nodes[0]?.html ?? ''}`),
    [],
    what,
  )
  clean(watched)
}

test.run()
