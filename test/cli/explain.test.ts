/** `godwit explain`: every code has a page that a terminal can show. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import pc from 'picocolors'
import { CATALOGUE } from '../../compiler/diagnostics/catalogue.ts'
import { renderMarkdown } from '../../cli/markdown.ts'
import { faultTitles } from '../../runtime/kernel/scheduler/fault.ts'
import { nodeErrorTitles } from '../../runtime/node/node-error.ts'
import { outsideErrorTitles } from '../../runtime/outside/outside-error.ts'
import { runErrorTitles } from '../../runtime/run/run-error.ts'
import { godwit, root } from './godwit.ts'

test('it shows the page of a code, in any case of its letter', async () => {
  const page = await godwit(['explain', 'R0203'])
  assert.is(page.status, 0, page.stderr)
  assert.match(page.stdout, 'R0203')
  assert.equal(await godwit(['explain', 'r0203']), page)
})

test('without a code it lists them all', async () => {
  const { status, stdout } = await godwit(['explain'])
  assert.is(status, 0)
  assert.match(stdout, /^Parallel usage$/m)
  assert.match(stdout, /^ {2}E0601 {2}\S/m)
  assert.match(stdout, /^ {2}R0203 {2}\S/m)
})

test('an unknown code suggests near ones', async () => {
  const { status, stderr } = await godwit(['explain', 'R0209x'])
  assert.is(status, 64)
  assert.match(stderr, 'R0209')
})

test('every message, fault and error has its page', () => {
  const pages = new Set(readdirSync(join(root, 'docs', 'diagnostics')))
  const codes = [CATALOGUE, faultTitles, nodeErrorTitles, runErrorTitles, outsideErrorTitles].flatMap((catalogue) => Object.keys(catalogue))
  assert.equal(
    codes.filter((code) => !pages.has(`${code}.md`)),
    [],
  )
})

test('pages are shown with paragraphs broken, code indented and links as text', () => {
  const page =
    '# E0601: `x` is written twice\n\nA long line that\ngoes on and **on**, see [the guide](x.md).\n\n```csp\nPAR\n  x := 1\n```\n\n- one\n  more\n- two\n'
  assert.is(
    renderMarkdown(page, pc.createColors(false), 30),
    'E0601: x is written twice\n\nA long line that goes on and\non, see the guide.\n\n    PAR\n      x := 1\n\n- one more\n- two',
  )
})

test.run()
