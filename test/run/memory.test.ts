/** What takes all memory: told as a fault with its place, whichever limit is near; garbage is no such thing. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { memoryGauge } from '../../runtime/run/memory.ts'
import { loader } from '../harness/loader.ts'

const MB = 1 << 20

/** A heap and a machine whose use a test sets. */
function gauge(limits: { readonly heap: number; readonly machine: number }) {
  const state = { heap: 0, living: 0, machine: 0, collections: 0 }
  const ask = memoryGauge({
    heap: () => ({ used: state.heap * MB, limit: limits.heap * MB }),
    machine: () => ({ used: state.machine * MB, limit: limits.machine * MB }),
    collect: () => {
      state.collections++
      state.heap = state.living
    },
  })
  return { state, ask }
}

test('a heap full of garbage is collected and goes on; one full of what lives is full', () => {
  const { state, ask } = gauge({ heap: 1000, machine: 10_000 })
  state.heap = 700
  assert.is(ask(), undefined)
  assert.is(state.collections, 0)
  state.heap = 800
  state.living = 100
  assert.is(ask(), undefined)
  assert.is(state.collections, 1)
  state.heap = state.living = 800
  assert.equal(ask(), [['heap', '800 of 1000 MB']])
})

test('a heap that lives just below the limit is not collected at each look', () => {
  const { state, ask } = gauge({ heap: 1000, machine: 10_000 })
  state.living = 690
  for (let i = 0; i < 100; i++) {
    state.heap = 740
    assert.is(ask(), undefined)
  }
  assert.is(state.collections, 1)
})

test('the memory of the machine counts too', () => {
  const { state, ask } = gauge({ heap: 1000, machine: 2000 })
  state.machine = 1900
  const found = Array.from({ length: 100 }, ask).filter((use) => use !== undefined)
  assert.equal(found[0], [['memory', '1900 of 2000 MB']])
})

/** Runs a program with a small heap. @returns its exit status and what it said */
function run(text: string): { readonly status: number | null; readonly said: string } {
  const directory = mkdtempSync(join(tmpdir(), 'godwit-memory-'))
  try {
    const file = join(directory, 'a.csp')
    writeFileSync(file, text)
    const main = fileURLToPath(new URL('../../cli/main.ts', import.meta.url))
    const options = ['--max-old-space-size=120', ...loader, main, 'run', file]
    const { status, stderr } = spawnSync(process.execPath, options, { cwd: directory, encoding: 'utf8' })
    return { status, said: stderr }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

const endless: Readonly<Record<string, readonly [place: string, process: string, text: string]>> = {
  'a recursion': ['a.csp:1:1', 'main', 'REC PROC count (VAL INT n)\n  count (n PLUS 1)\n:\nPROC main ()\n  count (0)\n:\n'],
  'a recursion with something after the call': [
    'a.csp:1:1',
    'main/par.2',
    'REC PROC a (VAL INT n, INT r)\n  SEQ\n    a (n PLUS 1, r)\n    r := r PLUS 1\n:\nPROC main ()\n  PAR\n    SKIP\n    INITIAL INT r IS 0:\n    a (0, r)\n:\n',
  ],
  'a PAR in itself': ['a.csp:2:3', 'main/', 'REC PROC more ()\n  PAR\n    more ()\n    more ()\n:\nPROC main ()\n  more ()\n:\n'],
  'a replicated PAR': ['a.csp:2:3', 'main', 'PROC main ()\n  PAR i = 0 FOR 2000000000\n    STOP\n:\n'],
}
for (const [name, [place, path, text]] of Object.entries(endless)) {
  test(`${name} without end is a fault with its place, not an abort`, () => {
    const { status, said } = run(text)
    assert.is(status, 1, said)
    assert.ok(said.includes('error[R0110]: the memory is used up'), said)
    assert.ok(said.includes(place), said)
    assert.ok(said.includes(`= process: ${path}`), said)
  })
}

test.run()
