import { createHash } from 'node:crypto'
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { decodeCheckpoint, encodeCheckpoint, readCheckpoint, writeCheckpoint } from '../../runtime/run/checkpoint.ts'
import type { Checkpoint } from '../../runtime/run/checkpoint.ts'
import { RunError } from '../../runtime/run/run-error.ts'
import { echo, printer, spin } from './programs.ts'
import { Spawned } from './spawned.ts'
import { EXPECTED, waiting } from './waiting.ts'

const test = suite<{ directory: string; file: string }>('checkpoint')

test.before.each((context) => {
  context.directory = mkdtempSync(join(tmpdir(), 'godwit-checkpoint-'))
  context.file = join(context.directory, 'saved')
})
test.after.each(({ directory }) => {
  rmSync(directory, { recursive: true, force: true })
})

const sample: Checkpoint = {
  program: printer('x'),
  time: 123456.75,
  typed: { bytes: Uint8Array.of(1, 2, 255), ended: true },
  home: { source: 'x.csp', args: ['-v', 'a.txt'], files: [{ descriptor: 3, path: '2f61', flags: 2, position: 17 }] },
  snapshot: Uint8Array.from({ length: 300 }, (_, i) => i & 255),
}

function failure(work: () => unknown): RunError {
  try {
    work()
  } catch (error) {
    if (error instanceof RunError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

// ------------------------------------------------------------------------------------------------ files

test('a file gives back what was written', ({ file }) => {
  const bytes = writeCheckpoint(file, sample)
  assert.is(bytes, readFileSync(file).length)
  assert.equal(readCheckpoint(file), sample)
})

test('a file is replaced as a whole, and nothing else is left', ({ directory, file }) => {
  writeFileSync(file, 'old')
  writeCheckpoint(file, sample)
  assert.equal(readdirSync(directory), ['saved'])
})

test('every prefix of a file is refused', () => {
  const bytes = encodeCheckpoint(sample)
  for (let n = 0; n < bytes.length; n += n < 70 || n > bytes.length - 40 ? 1 : 97) {
    const { code } = failure(() => decodeCheckpoint(bytes.subarray(0, n), 'f'))
    assert.is(code, n === 0 ? 'R0511' : 'R0512', `${n} bytes`)
  }
})

test('every altered byte is noticed', () => {
  const bytes = encodeCheckpoint(sample)
  for (let n = 0; n < bytes.length; n += n < 70 ? 1 : 41) {
    const altered = bytes.slice()
    altered[n] = (altered[n] ?? 0) ^ 0x20
    const { code } = failure(() => decodeCheckpoint(altered, 'f'))
    assert.ok(['R0511', 'R0512', 'R0513'].includes(code), `byte ${n}: ${code}`)
  }
})

/** @returns the file in the form of version `version`, with the header as `pack` makes it of its text */
function repacked(version: number, pack: (text: Uint8Array) => Uint8Array): Uint8Array {
  const bytes = encodeCheckpoint(sample)
  const length = new DataView(bytes.buffer).getUint32(12, true)
  const header = pack(inflateRawSync(bytes.subarray(32, 32 + length)))
  const result = Uint8Array.from([...bytes.subarray(0, 32), ...header, ...bytes.subarray(32 + length)])
  const view = new DataView(result.buffer)
  view.setUint32(8, version, true)
  view.setUint32(12, header.length, true)
  result.set(createHash('sha256').update(result.subarray(0, -32)).digest(), result.length - 32)
  return result
}

test('the form before, whose header is not compressed, is still read', () => {
  assert.equal(
    decodeCheckpoint(
      repacked(2, (text) => text),
      'f',
    ),
    sample,
  )
})

test('a header that is no compressed text, or far too long, is noticed', () => {
  for (const pack of [(text: Uint8Array) => text, () => deflateRawSync(new Uint8Array(2 ** 28 + 1))])
    assert.is(failure(() => decodeCheckpoint(repacked(3, pack), 'f')).code, 'R0513')
})

test('more bytes than were written are noticed', () => {
  const bytes = encodeCheckpoint(sample)
  const longer = new Uint8Array(bytes.length + 5)
  longer.set(bytes)
  assert.is(failure(() => decodeCheckpoint(longer, 'f')).code, 'R0513')
})

test('a foreign file is told from a damaged one', () => {
  for (const text of ['', 'PROC main ()\n', '{}', 'PK\u0003\u0004'.padEnd(4000)]) {
    const error = failure(() => decodeCheckpoint(Buffer.from(text), 'f'))
    assert.is(error.code, 'R0511')
    assert.match(error.help, /--checkpoint-on/)
  }
})

test('a file that is not there, or cannot be written, is named', ({ directory, file }) => {
  assert.is(failure(() => readCheckpoint(file)).code, 'R0515')
  writeFileSync(file, '')
  const error = failure(() => writeCheckpoint(join(file, 'below'), sample))
  assert.is(error.code, 'R0515')
  assert.match(error.message, directory)
})

// ------------------------------------------------------------------------------------------------ programs

test('a program goes on in another OS process, whatever its processes were waiting for', async ({ directory, file }) => {
  const first = Spawned.run(waiting, directory, { input: 'open', checkpoint: file })
  await first.printed('begin')
  await delay(50)
  first.signal('SIGUSR2')
  const outcome = await first.outcome()
  assert.is(outcome.kind, 'checkpointed')
  assert.is(outcome.kind === 'checkpointed' && outcome.bytes, readFileSync(file).length)

  const second = Spawned.restore(file, directory, { input: 'k' })
  assert.equal(await second.outcome(), { kind: 'ended' })
  assert.match(first.out + second.out, EXPECTED)
})

test('a program goes on where the code store is empty', async ({ directory, file }) => {
  const first = Spawned.run(waiting, directory, { input: 'open', checkpoint: file })
  await first.printed('begin')
  first.signal('SIGUSR2')
  assert.is((await first.outcome()).kind, 'checkpointed')
  rmSync(join(directory, 'code'), { recursive: true })
  const second = Spawned.restore(file, directory, { input: 'k' })
  assert.equal(await second.outcome(), { kind: 'ended' })
  assert.match(first.out + second.out, EXPECTED)
})

test('a program can be saved again and again', async ({ directory, file }) => {
  let run = Spawned.run(waiting, directory, { input: 'open', checkpoint: file })
  let out = ''
  await run.printed('begin')
  for (let i = 0; i < 4; i++) {
    await delay(60)
    run.signal('SIGUSR2')
    assert.is((await run.outcome()).kind, 'checkpointed')
    out += run.out
    run = Spawned.restore(file, directory, { input: i === 3 ? 'k' : 'open', checkpoint: file })
    await run.listening()
  }
  assert.equal(await run.outcome(), { kind: 'ended' })
  assert.match(out + run.out, EXPECTED)
})

test('a pending timer keeps the time that was left', async ({ directory, file }) => {
  const first = Spawned.run(waiting, directory, { input: 'open', checkpoint: file })
  await first.printed('begin')
  first.signal('SIGUSR2')
  await first.outcome()
  await delay(1500) // longer than the timers wait; the program does not notice
  const { time } = readCheckpoint(file)
  assert.ok(time < 600_000, `${time} us of program time`)
  const second = Spawned.restore(file, directory, { input: 'k' })
  assert.equal(await second.outcome(), { kind: 'ended' })
  assert.match(first.out + second.out, EXPECTED)
})

test('what was typed and not taken is kept', async ({ directory, file }) => {
  const first = Spawned.run(waiting, directory, { input: 'open', checkpoint: file })
  await first.printed('begin')
  first.type('xyzk and more')
  await delay(100)
  first.signal('SIGUSR2')
  await first.outcome()
  assert.is(Buffer.from(readCheckpoint(file).typed.bytes).toString(), ' and more')
  const second = Spawned.restore(file, directory, { input: 'open' })
  assert.equal(await second.outcome(), { kind: 'ended' })
  assert.match(first.out + second.out, EXPECTED)
})

test('output is neither lost nor doubled, and input from a file goes on where it was', async ({ directory, file }) => {
  const text = Array.from({ length: 400_000 }, (_, i) => `${i}\n`).join('')
  const inputFile = join(directory, 'input')
  writeFileSync(inputFile, text)
  const inputDescriptor = openSync(inputFile, 'r') // one for all: each process reads on where the one before stopped
  let run = Spawned.run(echo, directory, { input: inputDescriptor, checkpoint: file })
  let out = ''
  let saved = 0
  for (;;) {
    await run.listening()
    if (saved < 4) run.signal('SIGUSR2')
    const outcome = await run.outcome()
    out += run.out
    if (outcome.kind === 'ended') break
    assert.is(outcome.kind, 'checkpointed')
    saved++
    run = Spawned.restore(file, directory, { input: inputDescriptor, checkpoint: file })
  }
  closeSync(inputDescriptor)
  assert.ok(saved > 0)
  assert.is(out.length, text.length + 1)
  assert.ok(out === `${text}.`)
})

test('a loop that never communicates is saved while it runs', async ({ directory, file }) => {
  const first = Spawned.run(spin, directory, { checkpoint: file })
  await first.listening()
  await delay(20)
  first.signal('SIGUSR2')
  assert.is((await first.outcome()).kind, 'checkpointed')
  const second = Spawned.restore(file, directory)
  await second.listening()
  second.signal('SIGTERM')
  assert.equal(await second.outcome(), { kind: 'interrupted', signal: 'SIGTERM' })
})

test('a checkpoint that cannot be written does no harm', async ({ directory }) => {
  writeFileSync(join(directory, 'plain'), '')
  const run = Spawned.run(waiting, directory, { input: 'open', checkpoint: join(directory, 'plain', 'saved') })
  await run.printed('begin')
  run.signal('SIGUSR2')
  await delay(100)
  run.type('k')
  assert.equal(await run.outcome(), { kind: 'ended' })
  assert.match(run.out, EXPECTED)
  assert.match(run.err, /cannot write the checkpoint/)
})

test('a file that is no checkpoint is refused with a next step', async ({ directory, file }) => {
  writeFileSync(file, 'PROC main ()\n  SKIP\n:\n')
  const outcome = await Spawned.restore(file, directory).outcome()
  assert.is(outcome.kind === 'error' && outcome.code, 'R0511')
})

test('code in a checkpoint that is not what its hash says is refused', async ({ directory, file }) => {
  const [unit, ...rest] = sample.program.units
  if (unit === undefined) throw new Error('a program has units')
  writeCheckpoint(file, { ...sample, program: { ...sample.program, units: [{ ...unit, code: `${unit.code}//` }, ...rest] } })
  const outcome = await Spawned.restore(file, directory).outcome()
  assert.is(outcome.kind === 'error' && outcome.code, 'R0501')
})

test('a snapshot that does not fit is refused with a next step', async ({ directory, file }) => {
  writeCheckpoint(file, sample)
  const outcome = await Spawned.restore(file, directory).outcome()
  assert.is(outcome.kind === 'error' && outcome.code, 'R0516')
})

test.run()
