/** A unit's hash is that of its meaning: text and place do not count, what it calls does. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { CompiledProgram } from '../../compiler/host.ts'
import { compileText } from './compile.ts'

const TEXT = `INT FUNCTION twice (VAL INT x) IS x + x:

PROC worker (CHAN INT in?, out!)
  INT x:
  WHILE TRUE
    SEQ
      in ? x
      out ! twice (x)
:

PROC other (CHAN INT in?)
  INT x:
  in ? x
:

PROC main ()
  CHAN INT a, b:
  PAR
    worker (a?, b!)
    a ! 1
    other (b?)
:
`

async function hashes(text: string): Promise<ReadonlyMap<string, string>> {
  const { units }: CompiledProgram = await compileText(text)
  return new Map(units.map((u) => [u.name, u.hash]))
}

test('comments, blank lines and where a routine stands do not change a hash', async () => {
  const moved = TEXT.replace('PROC worker', '-- A comment.\n\n\nPROC worker').replace('in ? x', 'in ? x -- and another')
  assert.equal(await hashes(moved), await hashes(TEXT))
})

test('spaces within lines do not change a hash', async () => {
  assert.equal(await hashes(TEXT.replace('twice (x)', 'twice(x)').replace('x + x', 'x  +  x')), await hashes(TEXT))
})

test('the order of independent routines does not change a hash', async () => {
  const other = /PROC other[^]*?\n:\n\n/.exec(TEXT)?.[0] ?? ''
  assert.ok(other)
  const swapped = other + TEXT.replace(other, '')
  assert.equal([...(await hashes(swapped))].sort(), [...(await hashes(TEXT))].sort())
})

test('a change of a callee changes its callers and nobody else', async () => {
  const before = await hashes(TEXT)
  const after = await hashes(TEXT.replace('IS x + x', 'IS x * 3'))
  for (const name of ['twice', 'worker', 'main']) assert.is.not(after.get(name), before.get(name), name)
  assert.is(after.get('other'), before.get('other'))
})

test('the hash is the SHA-256 of the code, and imports are hashes', async () => {
  const { createHash } = await import('node:crypto')
  const { units, manifest } = await compileText(TEXT)
  const known = new Set<string>()
  for (const unit of units) {
    assert.is(unit.hash, createHash('sha256').update(unit.code).digest('hex'))
    for (const imported of unit.imports) {
      assert.ok(known.has(imported), 'callees come first')
      assert.ok(unit.code.includes(`unit:${imported}`))
    }
    known.add(unit.hash)
  }
  assert.equal(
    manifest.units.map((u) => u.hash),
    units.map((u) => u.hash),
  )
})

test.run()
