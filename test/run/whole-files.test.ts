/** Files that appear whole or not at all. */
import { existsSync, lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { makeDirectory, writeWhole } from '../../runtime/code/files.ts'

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

test('a directory is made with those above it, and one that is there stays', () => {
  const path = join(directory, 'a', 'b')
  makeDirectory(path)
  makeDirectory(path)
  assert.ok(existsSync(path))
})

test('where no directory can be made the disk says so at once', () => {
  writeFileSync(join(directory, 'plain'), '')
  assert.throws(() => {
    makeDirectory(join(directory, 'plain', 'x', 'y'))
  }, /ENOTDIR|EEXIST/)
  if (existsSync('/proc'))
    assert.throws(() => {
      makeDirectory('/proc/x/y') // node's own recursion does not end here
    }, /ENOENT/)
})

test.run()
