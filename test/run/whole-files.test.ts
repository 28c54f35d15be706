/** Files that appear whole or not at all. */
import { lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { writeWhole } from '../../runtime/code/files.ts'

const directory = mkdtempSync(join(tmpdir(), 'godwit-files-'))
test.after(() => {
  rmSync(directory, { recursive: true })
})

test('a file is replaced, and nothing else is left', () => {
  const file = join(directory, 'file')
  writeFileSync(file, 'old')
  writeWhole(file, 'new', { sync: true })
  assert.is(readFileSync(file, 'utf8'), 'new')
  assert.equal(readdirSync(directory), ['file'])
})

test('a device is written to and not replaced', () => {
  const link = join(directory, 'device') // were it replaced, only the link would be
  symlinkSync('/dev/null', link)
  writeWhole(link, 'gone')
  assert.ok(lstatSync(link).isSymbolicLink())
})

test.run()
