import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { crossed, echo, faulty, FILE, patient, printer, programOf, spin } from './programs.ts'
import { Spawned } from './spawned.ts'

const test = suite<{ directory: string }>('local run')

test.before.each((context) => {
  context.directory = mkdtempSync(join(tmpdir(), 'godwit-run-'))
})
test.after.each(({ directory }) => {
  rmSync(directory, { recursive: true, force: true })
})

test('a program prints and ends', async ({ directory }) => {
  const run = Spawned.run(printer('hello, world\n'), directory, { input: 'open' })
  assert.equal(await run.outcome(), { kind: 'ended' })
  assert.is(run.out, 'hello, world\n')
})

test('what is printed on the error channel goes to standard error', async ({ directory }) => {
  const run = Spawned.run(printer('trouble', 'error'), directory)
  assert.equal(await run.outcome(), { kind: 'ended' })
  assert.is(run.out, '')
  assert.match(run.err, 'trouble')
})

test('echo copies its input to its output', async ({ directory }) => {
  const text = 'the quick brown fox\n'.repeat(5000)
  const run = Spawned.run(echo, directory, { input: text })
  assert.equal(await run.outcome(), { kind: 'ended' })
  assert.is(run.out, `${text}.`)
})

test('echo answers while its input is open', async ({ directory }) => {
  const run = Spawned.run(echo, directory, { input: 'open' })
  run.type('one')
  await run.printed('one')
  run.type('two')
  await run.printed('onetwo')
  run.signal('SIGINT')
  assert.equal(await run.outcome(), { kind: 'interrupted', signal: 'SIGINT' })
})

test('a loop that never communicates is interrupted', async ({ directory }) => {
  const run = Spawned.run(spin, directory)
  await run.listening()
  run.signal('SIGTERM')
  assert.equal(await run.outcome(), { kind: 'interrupted', signal: 'SIGTERM' })
})

test('a program whose reader goes away ends quietly', async ({ directory }) => {
  const run = Spawned.run(printer('x'.repeat(1_000_000)), directory)
  run.hangUp()
  assert.equal(await run.outcome(), { kind: 'interrupted', signal: 'SIGPIPE' })
})

test('a program without a main process is named', async ({ directory }) => {
  const { units, manifest } = printer('x')
  const run = Spawned.run({ units, manifest: { abi: manifest.abi, source: 'lib.csp', units: manifest.units } }, directory)
  const outcome = await run.outcome()
  assert.is(outcome.kind === 'error' && outcome.code, 'R0521')
})

test('a program of another version is named', async ({ directory }) => {
  const { units, manifest } = printer('x')
  const run = Spawned.run({ units, manifest: { ...manifest, abi: 1000 } }, directory)
  const outcome = await run.outcome()
  assert.is(outcome.kind === 'error' && outcome.code, 'R0522')
})

test('units that a program brings and the store has are not needed twice', async ({ directory }) => {
  const program = printer('again')
  await Spawned.run(program, directory).outcome()
  const run = Spawned.run({ ...program, units: [] }, directory)
  assert.equal(await run.outcome(), { kind: 'ended' })
  assert.is(run.out, 'again')
})

test('a missing unit is named', async ({ directory }) => {
  const program = programOf([], 'main', [])
  const run = Spawned.run(
    { ...program, manifest: { ...program.manifest, main: { unit: 'c'.repeat(64), name: 'main', parameters: [] } } },
    directory,
  )
  const outcome = await run.outcome()
  assert.is(outcome.kind === 'error' && outcome.code, 'R0503')
})

test('a fault ends the program, after what it had printed, and is told in its own terms', async ({ directory }) => {
  const run = Spawned.run(faulty, directory, { input: 'open' })
  const outcome = await run.outcome()
  assert.is(run.out, 'x')
  assert.ok(outcome.kind === 'fault' && outcome.report.kind === 'fault')
  const { code, place, process, stack } = outcome.report
  assert.is(code, 'R0105')
  assert.equal(place, { file: FILE, line: 14, column: 7, text: 'ALT' })
  assert.is(process, 'main')
  assert.equal(
    stack.map((call) => [call.routine, call.place?.line]),
    [
      ['inner', 14],
      ['main', 3],
    ],
  )
})

test('processes that wait for each other are a deadlock, though standard input is open', async ({ directory }) => {
  const outcome = await Spawned.run(crossed, directory, { input: 'open' }).outcome()
  assert.ok(outcome.kind === 'deadlock')
  const { processes, cycle } = outcome.report
  assert.equal(
    processes
      .map(({ path, state, place, waitsFor }) => [path, state, place?.line, waitsFor])
      .sort(([a], [b]) => String(a).localeCompare(String(b))),
    [
      ['main/side', 'output', 4, ['main/side#2']],
      ['main/side#2', 'output', 4, ['main/side']],
    ],
  )
  assert.equal([...cycle].sort(), ['main/side', 'main/side#2'])
})

test('a program that waits for a key is not deadlocked while standard input is open', async ({ directory }) => {
  const run = Spawned.run(patient, directory, { input: 'open' })
  run.type('abc')
  await run.listening()
  setTimeout(() => {
    run.signal('SIGINT')
  }, 50)
  assert.equal(await run.outcome(), { kind: 'interrupted', signal: 'SIGINT' })
})

test.run()
