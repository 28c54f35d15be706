/** The example of the README does what it says. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { tsImport } from 'tsx/esm/api'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { root } from '../cli/godwit.ts'
import { deadlineTest } from '../harness/deadline.ts'
import { fencesOf } from '../docs/fences.ts'
import { directory } from './programs.ts'

deadlineTest('the example of the README prints what it says', 60_000, async () => {
  const fences = fencesOf(readFileSync(join(root, 'README.md'), 'utf8'))
  const text = (...words: string[]): string => {
    const fence = fences.find(
      (each) => words.every((word, i) => each.words[i] === word) && (words.length > 1 || each.text.includes("'godwit'")),
    )
    if (fence === undefined) throw new Error(`the README has no ${words.join(' ')}`)
    return fence.text
  }
  writeFileSync(join(directory, 'pipeline.csp'), text('csp', 'file', 'pipeline.csp'))
  const script = join(directory, 'example.mts')
  const ours = pathToFileURL(join(root, 'embed/index.ts')).href
  writeFileSync(script, text('ts').replace("'godwit'", `'${ours}'`))
  const before = process.cwd()
  const printed: unknown[] = []
  const { log } = console
  process.chdir(directory)
  console.log = (value: unknown) => void printed.push(value)
  try {
    await tsImport(pathToFileURL(script).href, import.meta.url)
  } finally {
    console.log = log
    process.chdir(before)
  }
  assert.equal(printed, [0, 2, 4])
})

test.run()
