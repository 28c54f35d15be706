/** The pass list, its dumps and its checkers. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { passNames } from '../../compiler/index.ts'
import { compile } from '../../compiler/index.ts'
import { desugar } from '../../compiler/core/lower/desugar.ts'
import { lift } from '../../compiler/core/passes/lift.ts'
import { liveness } from '../../compiler/core/passes/liveness.ts'
import { split } from '../../compiler/core/passes/split.ts'
import { verifyLiveness } from '../../compiler/core/verify/verify.ts'
import { ABI_NAMES } from '../../compiler/emit/names.ts'
import { ABI_SHAPES } from '../../runtime/code/unit-names.ts'
import * as abi from '../../runtime/abi.ts'
import { checkProgram, projectReader } from '../compiler/front-end.ts'
import { projectHost } from './compile.ts'

const TEXT = `PROC main (CHAN BYTE screen!)
  INT x, y:
  SEQ
    x, y := 1, 2
    SEQ i = 0 FOR 3
      screen ! BYTE (x + y)
:
`

test('every pass has a dump', async () => {
  for (const pass of passNames) {
    const { dump } = await compile('main.csp', projectHost({ 'main.csp': TEXT }), { dump: pass })
    assert.ok((dump ?? '').length > 20, pass)
  }
})

test('every pass is timed', async () => {
  let now = 0
  const { times } = await compile('main.csp', projectHost({ 'main.csp': TEXT }), { clock: () => now++ })
  assert.equal(
    times.map((t) => t.pass),
    passNames.filter((name) => name !== 'format'), // made when it is asked for
  )
  assert.ok(times.every((t) => t.milliseconds === 1))
})

test('all faults of a file are reported, those of later passes too', async () => {
  const text = `PROC main (CHAN BYTE screen!)
  INT x:
  SEQ
    y := 1
    x := TRUE
:
`
  const { diagnostics, program } = await compile('main.csp', projectHost({ 'main.csp': text }))
  assert.is(program, undefined)
  assert.ok(diagnostics.some((d) => d.code.startsWith('E03')))
  assert.ok(diagnostics.some((d) => d.code.startsWith('E04')))
})

test('a slot that is dropped from a list of live slots is missed', () => {
  const { checked } = checkProgram('main.csp', projectReader({ 'main.csp': TEXT }))
  assert.ok(checked)
  const live = liveness(split(lift(desugar(checked))))
  assert.equal(verifyLiveness(live), [])
  let missed = 0
  let dropped = 0
  for (const [routine, found] of live.liveness) {
    found.live.forEach((set, point) => {
      if (point === 0) return
      for (const local of set) {
        const fewer = found.live.map((s, i) => (i === point ? s.without(found.maskOf([local])) : s))
        dropped++
        const changed = new Map([...live.liveness, [routine, { ...found, live: fewer }] as const])
        if (verifyLiveness({ ...live, liveness: changed }).length > 0) missed++
      }
    })
  }
  assert.ok(dropped > 0)
  assert.is(missed, dropped)
})

test('the names kept for the ABI are those it exports', () => {
  const types = new Set(['TypedArray', 'Value', 'Reference', 'GuardSet'])
  const exported = Object.keys(abi).filter((name) => name !== 'ABI_VERSION')
  const names = new Set(ABI_NAMES.filter((name) => !types.has(name)))
  assert.equal(
    exported.filter((name) => !names.has(name)),
    [],
    'exported, but a name of the text could hide it',
  )
  assert.equal(
    [...names].filter((name) => !exported.includes(name)),
    [],
    'kept, but not exported',
  )
})

test('a unit may use every name that emitted code may import', () => {
  const types = new Set(['TypedArray', 'Value', 'Mobile', 'Reference', 'GuardSet', 'Join', 'Process', 'Monitor']) // imported as types alone
  assert.equal(
    ABI_NAMES.filter((name) => !types.has(name) && !ABI_SHAPES.has(name)),
    [],
    'imported, but a unit that uses it is refused',
  )
  assert.equal(
    [...ABI_SHAPES.keys()].filter((name) => !ABI_NAMES.includes(name)),
    [],
    'known to units, but never imported',
  )
})

test.run()
