/**
 * The page of a cluster in a browser. `GODWIT_SCREENSHOTS=1 node --import tsx test/dashboard/page.test.ts` makes the pictures of docs/ui.md.
 *
 * It needs Chromium and the built page; without one of them its tests that look at the page are left out.
 */
import { writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Page } from 'puppeteer-core'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { godwit, root } from '../cli/godwit.ts'
import { built, pageTest, PROGRAM, RING, ServedCluster, whereIs } from './served-cluster.ts'
import { openPage, seriousFaults, until } from './watched-page.ts'

const pictures = process.env['GODWIT_SCREENSHOTS'] === '1' ? join(root, 'docs/pictures') : undefined

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

async function placeOf(page: Page, call: string): Promise<readonly [number, number]> {
  const place = (await page.evaluate(`window.godwit.${call}`)) as [number, number] | undefined
  assert.ok(place, call)
  return place
}

async function drag(page: Page, path: string, to: string): Promise<void> {
  const from = await placeOf(page, `placeOf({ program: ${PROGRAM}, path: '${path}' })`)
  const target = await placeOf(page, `placeOfNode('${to}')`)
  await page.mouse.move(...from)
  await page.mouse.down()
  await page.mouse.move((from[0] + target[0]) / 2, (from[1] + target[1]) / 2, { steps: 4 })
  await page.mouse.move(...target, { steps: 4 })
}

async function picture(page: Page, name: string): Promise<void> {
  if (pictures === undefined) return
  await page.evaluate(`document.querySelector('#cluster').textContent = '/tmp/cluster'`)
  await page.screenshot({ path: join(pictures, `${name}.png`) })
}

pageTest('a program on three nodes is shown, and a drag moves a process', 180_000, async (browser) => {
  const { page, complaints, outside } = await openPage(browser, address)
  await until(page, `${whereIs('main/par.2/cell[5]')} === 'n1'`)
  await until(page, `document.querySelector('#mode').textContent === 'may change'`)
  await until(page, `document.querySelectorAll('#nodes > li').length === 3`)
  for (const [cell, node] of [
    [3, 'n2'],
    [8, 'n3'],
  ] as const) {
    await drag(page, `main/par.2/cell[${cell}]`, node)
    if (cell === 8) await picture(page, 'ui-drag')
    await page.mouse.up()
    await until(page, `document.querySelector('#dialog').open`)
    assert.match(
      String(await page.evaluate(`document.querySelector('#dialog-title').textContent`)),
      `Move main/par.2/cell[${cell}] to ${node}?`,
    )
    await page.click('#dialog-yes')
    await until(page, `${whereIs(`main/par.2/cell[${cell}]`)} === '${node}'`)
  }
  await page.mouse.click(...(await placeOf(page, `placeOf({ program: ${PROGRAM}, path: 'main/par.2/cell[3]' })`)))
  await until(page, `document.querySelector('#process .here')?.textContent.includes('?')`)
  assert.match(
    String(await page.evaluate(`document.querySelector('#process').textContent`)),
    /main\/par\.2\/cell\[3\].*on n2.*ring\.csp:\d+.*Channels.*in\?.*out!/s,
  )
  await page.click('#process [data-key=pin]')
  await page.type('#search', 'cell[1')
  await until(page, `document.querySelectorAll('#found .link').length === 3`) // 1, 10, 11
  await delay(2_500)
  await picture(page, 'ui-light')
  assert.equal(complaints, [])
  assert.equal(outside, [])
  await page.close()
})

pageTest('axe finds nothing serious, in the light and in the dark', 120_000, async (browser) => {
  for (const scheme of ['light', 'dark'] as const) {
    const { page, complaints } = await openPage(browser, address, scheme)
    await until(page, `document.querySelectorAll('#nodes > li').length === 3 && ${whereIs('main/par.2/cell[5]')} !== undefined`)
    await page.mouse.click(...(await placeOf(page, `placeOf({ program: ${PROGRAM}, path: 'main/par.2/cell[5]' })`)))
    await until(page, `document.querySelector('#process .here') !== null`)
    assert.equal(await seriousFaults(page), [])
    if (scheme === 'dark') await picture(page, 'ui-dark')
    assert.equal(complaints, [])
    await page.close()
  }
})

pageTest('whoever has no token only looks', 60_000, async (browser) => {
  const { page } = await openPage(browser, address.replace(/#.*/, ''))
  await until(page, `document.querySelectorAll('#nodes > li').length === 3`)
  assert.is(await page.evaluate(`document.querySelectorAll('#nodes button').length`), 0)
  const orders = [
    { ask: 'cordon', node: 'n1', on: true },
    { ask: 'kill', node: 'n1' },
    { ask: 'fork', program: '1' },
    { ask: 'rewind', program: '1', number: 1 },
    { ask: 'upgrade', program: '1', file: 'ring.csp', map: '' },
    { ask: 'rollback', program: '1', dry: true },
  ]
  const answers = await page.evaluate(`new Promise((resolve) => {
    const socket = new WebSocket('ws://' + location.host + '/talk')
    const orders = ${JSON.stringify(orders)}
    const answers = []
    socket.onopen = () => {
      socket.send(JSON.stringify({ kind: 'token', token: 'guess' }))
      orders.forEach((question, id) => socket.send(JSON.stringify({ kind: 'question', id, question })))
    }
    socket.onmessage = ({ data }) => {
      const said = JSON.parse(data)
      if (said.kind === 'answer' && answers.push(said.result.text) === orders.length) resolve(answers)
    }
  })`)
  assert.equal(
    answers,
    orders.map(() => 'this page may only look'),
  )
  await page.close()
  const { page: mistaken } = await openPage(browser, address.replace(/token=.*/, 'token=guess'))
  await until(mistaken, `document.querySelector('#said').textContent.startsWith('The server does not take the token in this address')`)
  assert.is(await mistaken.evaluate(`document.querySelector('#mode').textContent`), 'looks only')
  await mistaken.close()
})

/** @returns the status of a request with headers of one's own */
async function status(path: string, headers: Readonly<Record<string, string>>, method = 'GET'): Promise<number | undefined> {
  const { hostname, port } = new URL(address)
  return new Promise((resolve, reject) => {
    request({ hostname, port, path, method, headers }, (response) => {
      response.resume()
      resolve(response.statusCode)
    })
      .on('upgrade', (_, socket) => {
        socket.destroy()
        resolve(101)
      })
      .on('error', reject)
      .end()
  })
}

pageTest('a page of somebody else gets nothing', 30_000, async () => {
  const { host } = new URL(address)
  const upgrade = {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
  }
  assert.is(await status('/', { host }), 200)
  assert.is(await status('/', { host: 'rebound.example' }), 403)
  assert.is(await status('/', { host }, 'POST'), 405)
  assert.is(await status('/dashboard/../../package.json', { host }), 404)
  assert.is(await status('/talk', { ...upgrade, host, origin: `http://${host}` }), 101)
  assert.is(await status('/talk', { ...upgrade, host, origin: 'http://elsewhere.example' }), 403)
  assert.is(await status('/talk', { ...upgrade, host }), 403)
  assert.is(await status('/talk', { ...upgrade, host: 'rebound.example', origin: 'http://rebound.example' }), 403)
  const { headers } = await fetch(address)
  assert.match(headers.get('content-security-policy') ?? '', /^default-src 'none'; script-src 'self'/)
})

pageTest('a node that is killed turns grey, and what it had goes on elsewhere', 180_000, async (browser) => {
  const { page, outside } = await openPage(browser, address)
  await until(page, `${whereIs('main/par.2/cell[3]')} === 'n2'`)
  nodes.get('n2')?.kill('SIGKILL')
  await until(page, `document.querySelector('#nodes .gone h3')?.textContent.startsWith('n2')`)
  await until(page, `[undefined, 'n2'].includes(${whereIs('main/par.2/cell[3]')}) === false`)
  await delay(1_500)
  await picture(page, 'ui-killed')
  assert.equal(outside, [])
  await page.close()
})

const CROWD = `VAL INT many IS 100000:
PROC waiter (CHAN INT in?)
  INT x:
  WHILE TRUE
    in ? x
:
PROC ticker ([]CHAN INT out!)
  TIMER clock:
  INT now:
  WHILE TRUE
    SEQ i = 0 FOR SIZE out
      SEQ
        clock ? now
        clock ? AFTER now PLUS 10000
        out[i] ! i
:
PROC main ()
  [many]CHAN INT link:
  PAR
    ticker (link!)
    PAR i = 0 FOR many
      waiter (link[i]?)
:
`

pageTest('a hundred thousand processes', 240_000, async (browser) => {
  writeFileSync(join(directory, 'crowd.csp'), CROWD)
  const run = await godwit(['run', join(directory, 'crowd.csp'), '--cluster', cluster, '--detach', '--balance', 'off'], {
    deadline: 120_000,
  })
  assert.is(run.status, 0, run.stderr)
  const { page, complaints } = await openPage(browser, address)
  const begun = performance.now()
  const total = `[...window.godwit.model.now.nodes].reduce((sum, { groups }) => sum + [...groups.values()].reduce((n, { states }) => n + states.length, 0), 0)`
  await until(page, `${total} > 100000 && window.godwit.canvas.drawn.frames > 1`)
  const first = performance.now() - begun
  const frames = (await page.evaluate(`new Promise((resolve) => {
    const { canvas } = window.godwit
    const begun = performance.now()
    const from = canvas.drawn.frames
    let i = 0
    const step = () => {
      canvas.pan(i++ % 40 < 20 ? 6 : -6, 2)
      if (performance.now() - begun < 2000) requestAnimationFrame(step)
      else resolve((canvas.drawn.frames - from) / ((performance.now() - begun) / 1000))
    }
    requestAnimationFrame(step)
  })`)) as number
  console.log(`first picture of 100,000 processes after ${first.toFixed(0)} ms, ${frames.toFixed(0)} frames a second while it is moved`)
  await page.click('#fit')
  await page.type('#search', 'waiter[99999')
  await until(page, `document.querySelectorAll('#found .link').length === 1`)
  await picture(page, 'ui-crowd')
  assert.equal(complaints, [])
  await page.close()
})

test.run()
