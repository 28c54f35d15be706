/** Pages of runs that are over, which are stepped through, and of runs while they last: `godwit ui FILE`, `godwit check --ui`, `godwit run --ui`. */
import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import axe from 'axe-core'
import type { Browser, Page } from 'puppeteer-core'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { openRun } from '../../cli/run-page.ts'
import { sourceOfRun } from '../../runtime/dashboard/steps.ts'
import type { FromServer } from '../../runtime/dashboard/talk.ts'
import { godwit, root, temporaryDirectory } from '../cli/godwit.ts'
import { browserTest } from '../harness/browser.ts'
import { deadlineTest } from '../harness/deadline.ts'
import { openPage } from './watched-page.ts'

const main = join(root, 'dist/cli/main.js')
const built = existsSync(join(root, 'dist/runtime/dashboard/page/main.js'))

/** Each of two takes what the other has to give before it gives its own, unless the first is quick. */
const CROSSED = `PROC left (CHAN INT in?, out!, CHAN BOOL quick?)
  INT x:
  BOOL is:
  SEQ
    quick ? is
    IF
      is
        SEQ
          out ! 1
          in ? x
      TRUE
        SEQ
          in ? x
          out ! 1
:
PROC right (CHAN INT in?, out!)
  INT y:
  SEQ
    in ? y
    out ! y
:
PROC decide (CHAN BOOL quick!)
  CHAN BOOL a, b:
  BOOL is:
  PAR
    a ! TRUE
    b ! FALSE
    ALT
      a ? is
        SEQ
          quick ! is
          b ? is
      b ? is
        SEQ
          quick ! is
          a ? is
:
PROC main ()
  CHAN INT there, back:
  CHAN BOOL quick:
  PAR
    left (back?, there!, quick?)
    right (there?, back!)
    decide (quick!)
:
`

const LOOP = `PROC tick (CHAN INT out!)
  TIMER clock:
  INT now:
  WHILE TRUE
    SEQ
      clock ? now
      clock ? AFTER now PLUS 20000
      out ! 1
:
PROC main ()
  CHAN INT c:
  PAR
    tick (c!)
    WHILE TRUE
      INT x:
      c ? x
:
`

const directory = temporaryDirectory()
const file = join(directory, 'crossed.csp')
const schedule = join(directory, 'crossed.schedule')
const recording = join(directory, 'crossed.rec')
const children: ChildProcess[] = []

test.before(async () => {
  writeFileSync(file, CROSSED)
  writeFileSync(join(directory, 'loop.csp'), LOOP)
  const { status, stderr } = await godwit(['check', file, '--save', schedule])
  assert.is(status, 3, stderr)
  await godwit(['run', '--record', recording, file])
})

test.after(() => {
  for (const child of children) child.kill('SIGKILL')
})

/** Starts a command that serves a page. @returns the address of the page */
function serve(...words: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, [main, ...words], { stdio: ['ignore', 'ignore', 'pipe'] })
  children.push(child)
  child.stderr.setEncoding('utf8')
  let text = ''
  return new Promise((resolve, reject) => {
    child.stderr.on('data', (chunk: string) => {
      text += chunk
      const [address] = /http:\/\/\S+/.exec(text) ?? []
      if (address !== undefined) resolve(address)
    })
    child.on('exit', () => {
      reject(new Error(`it has ended: ${text}`))
    })
  })
}

for (const [what, path] of [
  ['counterexample', schedule],
  ['recorded run', recording],
] as const)
  deadlineTest(`a ${what} is shown as it was at any step, the same each time`, 60_000, async () => {
    const run = await openRun(path, undefined)
    const source = sourceOfRun(run, () => undefined)
    assert.ok(run.steps >= 3, `${run.steps} steps`)
    assert.is(source.steps, run.steps)
    let heard: FromServer[] = []
    let last = ''
    source.tell((message) => heard.push(message))
    const at = async (step: number): Promise<string> => {
      heard = []
      assert.equal(await source.answer({ ask: 'step', to: step }), { kind: 'done' })
      assert.equal(
        heard.map(({ kind }) => kind),
        ['step', 'numbers', 'processes', 'wiring'],
      )
      const [first, , processes] = heard
      assert.ok(first?.kind === 'step' && first.at === step && processes?.kind === 'processes' && processes.changed.length > 0)
      last = first.words
      return JSON.stringify([first.words, processes.changed])
    }
    const forward: string[] = []
    for (let step = 0; step <= run.steps; step++) forward.push(await at(step))
    assert.is(new Set(forward).size, forward.length, 'each step changes something')
    const wiring = heard.at(-1)
    if (what === 'counterexample')
      assert.equal(
        wiring?.kind === 'wiring' ? wiring.wiring.flatMap(({ channels }) => channels.map(([, , name]) => name)).sort() : [],
        ['back', 'there'],
        'a channel that a process waits for is shown, though it will not use that again',
      )
    assert.match(last, what === 'counterexample' ? /\n.*deadlock/ : /\n/)
    for (let step = run.steps; step >= 0; step--) assert.is(await at(step), forward[step], `step ${step}`)
    const inspected = await source.answer({ ask: 'inspect', program: '1', path: 'main' })
    assert.ok(inspected.kind === 'process' && inspected.detail?.stack[0]?.file.endsWith('crossed.csp') === true)
    assert.is((await source.answer({ ask: 'step', to: run.steps + 1 })).kind, 'error')
    assert.is((await source.answer({ ask: 'stop', program: '1' })).kind, 'error')
    source.close()
  })

function pageTest(name: string, body: (browser: Browser) => Promise<void>): void {
  if (built) browserTest(name, 150_000, body)
  else test.skip(name, () => undefined)
}

async function until(page: Page, condition: string): Promise<void> {
  await page.waitForFunction(condition, { timeout: 60_000, polling: 100 })
}

const when = `document.querySelector('#when').textContent`
const happened = `document.querySelector('#happened').textContent`

pageTest('the page of a counterexample begins at its end, and its slider goes through its steps', async (browser) => {
  for (const words of [
    ['ui', schedule, '--port', '0'],
    ['check', file, '--ui'],
    ['ui', recording, '--port', '0'],
  ]) {
    const { page, complaints, outside } = await openPage(browser, await serve(...words))
    await until(page, `/^step (\\d+) of \\1$/.test(${when})`)
    if (words.includes(recording)) await until(page, `${happened} !== ''`)
    else await until(page, `${happened}.includes('deadlock')`)
    await page.focus('#time')
    await page.keyboard.press('Home')
    await until(page, `${when}.startsWith('step 0 of') && ${happened} === ''`)
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('ArrowRight')
    await until(page, `${when}.startsWith('step 2 of') && ${happened} !== ''`)
    await page.keyboard.press('End')
    await until(page, `/^step (\\d+) of \\1$/.test(${when})`)
    await page.type('#search', 'main/left')
    await page.click('#found button')
    await page.waitForSelector('#process .source .here')
    await page.evaluate(axe.source)
    const { violations } = (await page.evaluate('axe.run()')) as { violations: { impact: string; help: string }[] }
    assert.equal(
      violations.filter(({ impact }) => ['serious', 'critical'].includes(impact)).map(({ help }) => help),
      [],
    )
    if (process.env['GODWIT_SCREENSHOTS'] === '1' && words.includes(schedule)) {
      await page.evaluate(`document.querySelector('#cluster').textContent = 'crossed.schedule'`)
      await page.screenshot({ path: join(root, 'docs/pictures/ui-counterexample.png') })
    }
    assert.equal([complaints, outside], [[], []])
    await page.close()
  }
})

pageTest('`run --ui` serves a page while the program runs', async (browser) => {
  const address = await serve('run', '--nodes', '2', '--ui', join(directory, 'loop.csp'))
  const { page, complaints, outside } = await openPage(browser, address)
  await until(page, `window.godwit.model.now.nodes.filter(({ groups }) => groups.size > 0).length > 0`)
  await until(page, `document.querySelector('#programs').textContent.includes('loop.csp')`)
  assert.is(await page.evaluate(`document.querySelector('#happened').checkVisibility()`), false)
  assert.equal([complaints, outside], [[], []])
  await page.close()
})

deadlineTest('what cannot be shown is refused', 60_000, async () => {
  for (const [words, status, reason] of [
    [['ui'], 64, /there is nothing to show/],
    [['ui', join(directory, 'none')], 64, /cannot read/],
    [['ui', file], 1, /R0603/],
  ] as const) {
    const result = await godwit(words)
    assert.is(result.status, status, result.stderr)
    assert.match(result.stderr, reason)
  }
})

test.run()
