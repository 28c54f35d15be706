/** What is asked about many processes is answered in slices, and in a time that whoever asks cannot make long. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { matchPath } from '../../runtime/kernel/inspect/inspect.ts'
import { inSlices } from '../../runtime/node/slices.ts'

/** A clock on which each look takes a tenth of a millisecond, and what waits for it. */
function clock(): { readonly waiting: (() => void)[]; now(): number; after(milliseconds: number, work: () => void): () => void } {
  let time = 0
  const waiting: (() => void)[] = []
  return {
    waiting,
    now: () => (time += 0.1),
    after: (_, work) => {
      waiting.push(work)
      return () => undefined
    },
  }
}

function* counting(to: number, steps: number[]): Generator<void, string, void> {
  for (let i = 0; i < to; i++) {
    steps.push(i)
    yield
  }
  return 'all'
}

test('long work gives way after some milliseconds, and ends with its result', () => {
  const time = clock()
  const steps: number[] = []
  let result: string | undefined
  inSlices(
    time,
    counting(1000, steps),
    (value) => {
      result = value
    },
    () => assert.unreachable(),
  )
  let slices = 1
  for (let next = time.waiting.shift(); next !== undefined; next = time.waiting.shift()) {
    const before = steps.length
    next()
    slices++
    assert.ok(steps.length - before <= 50, 'a slice is short')
  }
  assert.is(result, 'all')
  assert.is(steps.length, 1000)
  assert.ok(slices >= 20, `${slices} slices`)
})

test('what goes wrong in a later slice is told to whoever asked, and ends nothing else', () => {
  const time = clock()
  function* failing(): Generator<void, never, void> {
    for (let i = 0; i < 100; i++) yield
    throw new Error('a process that cannot be described')
  }
  let failed: unknown
  inSlices(
    time,
    failing(),
    () => assert.unreachable(),
    (error) => {
      failed = error
    },
  )
  for (let next = time.waiting.shift(); next !== undefined; next = time.waiting.shift()) next()
  assert.instance(failed, Error)
})

test('a pattern matches as it is described', () => {
  const yes = [
    ['main', 'main'],
    ['main/*', 'main/cell[5]'],
    ['main/cell[*]', 'main/cell[5]'],
    ['**', 'main/a/b'],
    ['main/**', 'main/a/b'],
    ['main/**/b', 'main/a/x/b'],
    ['*', 'main'],
    ['m*n', 'mn'],
    ['**b', 'main/b'],
    ['***', 'main/b'],
    ['main/a.b', 'main/a.b'],
  ] as const
  const no = [
    ['*', 'main/a'],
    ['main', 'main/a'],
    ['main/*', 'main/a/b'],
    ['', 'main'],
    ['main/a.b', 'main/axb'],
    ['main/cell[*]', 'main/cell'],
  ] as const
  for (const [pattern, path] of yes) assert.ok(matchPath(pattern, path), `${pattern} matches ${path}`)
  for (const [pattern, path] of no) assert.not(matchPath(pattern, path), `${pattern} does not match ${path}`)
})

test('no pattern takes long', () => {
  assert.not(matchPath('**a'.repeat(60) + 'b', 'a'.repeat(300)))
  assert.not(matchPath('*a'.repeat(60) + 'b', 'a'.repeat(300)))
  assert.not(matchPath('x'.repeat(1 << 20), 'main'))
})

test.run()
