/** What can be changed from the page: each action says what will happen before it is done. `GODWIT_SCREENSHOTS=1` makes the pictures of docs/ui.md. */
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'puppeteer-core'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { godwit, root } from '../cli/godwit.ts'
import { built, pageTest, RING, ServedCluster, whereIs } from './served-cluster.ts'
import { openPage, seriousFaults, until } from './watched-page.ts'

const pictures = process.env['GODWIT_SCREENSHOTS'] === '1' ? join(root, 'docs/pictures') : undefined

/** Of the ring: the main process, two branches, of which one is replicated, and the cells. */
const PROCESSES = 15

const served = new ServedCluster()
const { directory, cluster, nodes } = served
let address = ''

test.before(async () => {
  if (!built) return
  writeFileSync(join(directory, 'ring.csp'), RING)
  for (const name of ['n1', 'n2', 'n3']) await served.startNode(name)
  const run = await godwit(['run', join(directory, 'ring.csp'), '--cluster', cluster, '--detach', '--durable', '--balance', 'off'])
  assert.is(run.status, 0, run.stderr)
  address = await served.ui()
})

test.after(() => served.end())

/** Presses a button of the column as keys do, and waits for its dialog. @returns what that says */
async function press(page: Page, label: string): Promise<string> {
  await until(page, `document.querySelector('[aria-label="${label}"]') !== null`)
  await page.focus(`[aria-label="${label}"]`)
  await page.keyboard.press('Enter')
  await until(page, `document.querySelector('#dialog').open`)
  return textOf(page, '#dialog')
}

async function textOf(page: Page, selector: string): Promise<string> {
  return String(await page.evaluate(`document.querySelector('${selector}').textContent`)).replace(/\s+/g, ' ')
}

/** Does what the dialog says. @returns what the page says then */
async function doIt(page: Page): Promise<string> {
  await page.focus('#dialog-yes')
  await page.keyboard.press('Enter')
  await until(page, `!document.querySelector('#dialog').open && !['', '…'].includes(document.querySelector('#said').textContent)`)
  return textOf(page, '#said')
}

async function picture(page: Page, name: string): Promise<void> {
  if (pictures === undefined) return
  await page.evaluate(`document.querySelector('#cluster').textContent = '/tmp/cluster'`)
  await page.screenshot({ path: join(pictures, `${name}.png`) })
}

pageTest('a program is forked from the page, and the second one is ended there', 120_000, async (browser) => {
  const { page, complaints } = await openPage(browser, address)
  const dialog = await press(page, 'Fork ring.csp#1')
  assert.match(dialog, /Fork ring\.csp#1\?.*A second program begins.*ring\.csp#1 goes on\..*an output of its own.*godwit attach shows it/)
  assert.equal(await seriousFaults(page), [])
  const [, second = ''] = /^(ring\.csp#\d+) has begun from where ring\.csp#1 is$/.exec(await doIt(page)) ?? []
  assert.is.not(second, '')
  const { stdout } = await godwit(['ps', '--cluster', cluster, '--program', second, '--json'])
  assert.is((JSON.parse(stdout) as unknown[]).length, PROCESSES)
  assert.match(await press(page, `End ${second}`), /All its processes end/)
  await doIt(page)
  await until(page, `document.querySelector('[aria-label="End ${second}"]') === null`)
  await until(page, `[...document.querySelectorAll('.card.gone')].some((card) => card.textContent === '${second}stopped')`)
  assert.equal(complaints, [])
  await page.close()
})

pageTest('a program goes back to a checkpoint that is chosen on the page', 120_000, async (browser) => {
  const { page, complaints } = await openPage(browser, address)
  assert.match(await press(page, 'Rewind ring.csp#1'), /No checkpoint of ring\.csp#1 is kept.*godwit checkpoint ring\.csp#1 keeps one/)
  assert.is(await page.evaluate(`document.querySelector('#dialog-yes').hidden`), true)
  await page.keyboard.press('Escape')
  for (const number of [1, 2]) {
    const { stdout } = await godwit(['checkpoint', 'ring.csp#1', '--cluster', cluster, '--json'])
    assert.is((JSON.parse(stdout) as { readonly number: number }).number, number)
  }
  const dialog = await press(page, 'Rewind ring.csp#1')
  assert.match(dialog, /Rewind ring\.csp#1\?.*2: .*1: .*What it has done since then is lost.*What it has shown since then has been seen/)
  assert.equal(await seriousFaults(page), [])
  await page.select('#dialog-checkpoint', '1')
  assert.is(await doIt(page), 'ring.csp#1 goes on from checkpoint 1')
  await until(page, `${whereIs('main/par.2/cell[3]')} !== undefined`)
  assert.equal(complaints, [])
  await page.close()
})

const TWICE = RING.replace('seen := seen + 1', 'seen := seen + 2')
/** Cells have a variable for which the old version has no value. */
const OTHER = RING.replace('seen:', 'seen, all:')
  .replace('seen := 0', 'seen, all := 0, 0')
  .replace('seen := seen + 1', 'seen, all := seen + 1, all + x')

pageTest('a program is upgraded from the page when it is known what becomes of its processes, and goes back', 180_000, async (browser) => {
  const { page, complaints } = await openPage(browser, address)
  /** Looks at a version, and waits for what is said of it. */
  const look = async (file: string, title: RegExp): Promise<string> => {
    await page.click('#upgrade-file', { count: 3 })
    await page.type('#upgrade-file', file)
    await page.keyboard.press('Enter')
    await until(page, `${title.toString()}.test(document.querySelector('#dialog').textContent)`)
    return textOf(page, '#dialog')
  }
  writeFileSync(join(directory, 'twice.csp'), TWICE)
  writeFileSync(join(directory, 'other.csp'), OTHER)
  writeFileSync(join(directory, 'wrong.csp'), TWICE.replace('seen := seen', 'sen := seen'))
  const first = await press(page, 'Upgrade ring.csp#1')
  assert.match(first, /compiled where this page is served, and looked at first\. That changes nothing/)
  assert.equal(await seriousFaults(page), [])
  assert.match(await look('nothing.csp', /there is no file/), /there is no file `nothing\.csp`/)
  assert.match(await look('/etc/passwd', /no text of a program/), /`\/etc\/passwd` is no text of a program/)
  assert.match(await look('wrong.csp', /error\[/), /error\[E\d+\].*sen/)
  assert.equal(await seriousFaults(page), [])
  assert.match(
    await look('other.csp', /cannot be upgraded/),
    /stand in the way\. Nothing has changed\..*main\/par\.2\/cell\[\d+\] at \S*ring\.csp:\d+: .*no value for all/,
  )
  assert.equal(await seriousFaults(page), [])
  await page.click('#dialog-yes')
  const seen = await look('twice.csp', /Upgrade ring\.csp#1 to/)
  assert.match(seen, /Upgrade ring\.csp#1 to twice\.csp\?.* of its 15 processes go on as the new version.*cell/)
  assert.equal(await seriousFaults(page), [])
  await picture(page, 'ui-upgrade')
  writeFileSync(join(directory, 'twice.csp'), TWICE.replace('seen + 2', 'seen + 3'))
  assert.is(await doIt(page), 'twice.csp is not what was looked at (it has changed meanwhile: look again)')
  await press(page, 'Upgrade ring.csp#1')
  await look('twice.csp', /Upgrade ring\.csp#1 to/)
  assert.match(await doIt(page), /^\S+#1 is upgraded: \d+ processes of 15 went on as the new version$/)
  await until(page, `document.querySelector('[aria-label^="Upgrade "]') !== null`)
  const label = String(await page.evaluate(`document.querySelector('[aria-label^="Upgrade "]').getAttribute('aria-label')`))
  await press(page, label)
  await page.click('#upgrade-back')
  await until(page, `/back to the version before\\?/.test(document.querySelector('#dialog-title').textContent)`)
  assert.match(await doIt(page), /is upgraded: \d+ processes of 15 went on/)
  assert.equal(complaints, [])
  await page.close()
})

pageTest('a node is killed from the page, and what it had goes on elsewhere', 180_000, async (browser) => {
  const { page, complaints, outside } = await openPage(browser, address)
  const move = await godwit(['migrate', 'main/par.2/cell[3]', 'n2', '--cluster', cluster])
  assert.is(move.status, 0, move.stderr)
  await until(page, `${whereIs('main/par.2/cell[3]')} === 'n2'`)
  const dialog = await press(page, 'Kill n2')
  assert.match(
    dialog,
    /Kill n2\?.*ends at once, as kill -9 would end it.*ring\.csp#\d+ has (one process|\d+ processes)( and its home)? on it, and is durable: .* last cut on the nodes that are left/,
  )
  assert.match(dialog, String(nodes.get('n2')?.pid))
  assert.is(await page.evaluate(`document.activeElement.id`), 'dialog-no')
  assert.equal(await seriousFaults(page), [])
  await picture(page, 'ui-kill')
  const killed = nodes.get('n2')
  assert.ok(killed)
  const ended = once(killed, 'exit')
  assert.is(await doIt(page), 'n2 ends')
  assert.equal(await ended, [null, 'SIGKILL'])
  await until(page, `document.querySelector('#nodes .gone h3')?.textContent.startsWith('n2')`)
  await until(page, `[undefined, 'n2'].includes(${whereIs('main/par.2/cell[3]')}) === false`)

  await press(page, 'Kill n3')
  nodes.get('n3')?.kill('SIGSTOP')
  assert.match(await doIt(page), /^node n3 does not answer \(.*kill -9\)$/)
  nodes.get('n3')?.kill('SIGKILL')
  assert.equal(complaints, [])
  assert.equal(outside, [])
  await page.close()
})

test.run()
