/** What becomes of each frame when the text of its PROC changes: which points and variables are the same, and which changes are refused. */
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { allPrograms, compileFile } from '../backend/compile.ts'
import { loadUnits } from '../backend/run.ts'
import { times } from '../harness/property.ts'
import { isInPlace } from '../../runtime/kernel/upgrade/in-place.ts'
import { plan } from '../../runtime/kernel/upgrade/plan.ts'
import { NO_MAP, parseMap, UpgradeMapError } from '../../runtime/kernel/upgrade/upgrade-map.ts'
import { Running, twin, version } from './upgrading.ts'
import type { Version } from './upgrading.ts'

/** Runs `PROC main ()` for some steps. */
function started(of: Version, steps: number): Running {
  const running = new Running(of, (units) => {
    const unit = [...units.values()].find(({ name }) => name === 'main')
    const machine = unit?.machines.find(({ name }) => name === 'main')
    if (machine === undefined) throw new Error('there is no main')
    return machine.blank()
  })
  running.kernel.run(steps) // and no time passes
  return running
}

interface Change {
  readonly before: string
  readonly after: string
  readonly map?: string
}

/** @returns why processes cannot go on when the text changes so, each as `process: reason` */
async function refusals({ before, after, map = '' }: Change, steps = 100): Promise<string[]> {
  const [old, now] = [await version(before), await version(after)]
  const running = started(old, steps)
  return running.survey(now, map).obstacles.map(({ process, reason }) => `${process}: ${reason}`)
}

/** @returns how a program ends that has begun as one text and goes on as another */
async function goesOn({ before, after, map = '' }: Change, steps = 100): Promise<string> {
  const [old, now] = [await version(before), await version(after)]
  const running = started(old, steps)
  assert.equal(running.survey(now, map).obstacles, [])
  running.upgrade(now, map)
  while (!running.isOver && running.run(100));
  return running.ending
}

/** A process that waits for a second and then says how much it has. @param check what must hold then */
const sleeper = (declarations: string, later: string, check: string): string => `PROC main ()
  ${declarations}
  TIMER clock:
  INT now:
  SEQ
    total := 41
    clock ? now
    clock ? AFTER now PLUS 1000000
    ${later}
    ASSERT (${check})
:
`
const before = sleeper('INT total:', 'SKIP', 'total = 41')

test('a sleeping process goes on as the new text says, with what it has', async () => {
  assert.is(await goesOn({ before, after: sleeper('INT total:', 'total := total + 1', 'total = 42') }), 'passed')
  assert.match(await goesOn({ before, after: sleeper('INT total:', 'SKIP', 'total = 7') }), /^R0\d+ 10$/)
})

test('a sleeper is not woken', async () => {
  const [old, now] = [await version(before), await version(sleeper('INT total:', 'total := total + 1', 'total = 42'))]
  const running = started(old, 100)
  const wakes = running.kernel.timers.next()
  assert.ok(wakes > 900_000)
  running.upgrade(now)
  running.kernel.run(100)
  assert.is(running.kernel.timers.next(), wakes)
})

test('a new variable has its INITIAL, or what the map says, or is refused', async () => {
  const added = (declaration: string): string => sleeper(`INT total:\n  ${declaration}`, 'total := total + step', 'total = 42')
  assert.is(await goesOn({ before, after: added('INITIAL INT step IS 1:') }), 'passed')
  const without = `PROC main ()
  INT total, step:
  TIMER clock:
  INT now:
  SEQ
    total, step := 41, 2
    clock ? now
    clock ? AFTER now PLUS 1000000
    total := total + step
    ASSERT (total = 42)
:
`
  assert.equal(await refusals({ before, after: without }), ['main: the old version has no value for step there'])
  assert.is(await goesOn({ before, after: without, map: 'main.step := 1' }), 'passed')
  assert.equal(await refusals({ before, after: without, map: 'main.step := 99999999999' }), [
    'main: the old version has no value for step there',
  ])
})

test('a variable may be renamed by the map, and one of another type is another one', async () => {
  const renamed = before.replaceAll('total', 'sum')
  assert.equal(await refusals({ before, after: renamed }), ['main: the old version has no value for sum there'])
  assert.is(await goesOn({ before, after: renamed, map: 'main.total = sum -- it is one' }), 'passed')
  const wider = before.replace('INT total', 'INT64 total')
  assert.equal(await refusals({ before, after: wider }), ['main: total was INT and is INT64'])
})

test('an array of another size is another array, though both are arrays of INT', async () => {
  const sized = (n: number): string => `PROC main ()
  [${n}]INT a:
  TIMER clock:
  INT now:
  SEQ
    SEQ i = 0 FOR ${n}
      a[i] := i
    clock ? now
    clock ? AFTER now PLUS 1000000
    ASSERT (a[1] = 1)
:
`
  assert.equal(await refusals({ before: sized(4), after: sized(8) }), ['main: a was [4]INT and is [8]INT'])
})

test('an index may count further, not less far', async () => {
  const counting = (n: number): string => `PROC main ()
  SEQ i = 0 FOR ${n}
    TIMER clock:
    INT now:
    SEQ
      clock ? now
      clock ? AFTER now PLUS 1000000
      ASSERT (i < ${n})
:
`
  assert.equal(await refusals({ before: counting(10), after: counting(5) }), ['main: i was INT 0..9 and is INT 0..4'])
  assert.is(await goesOn({ before: counting(5), after: counting(10) }), 'passed')
})

/** Two processes that communicate. @param body what the counting one does @param name what it is called */
const pair = (body: string, name = 'counter'): string => `PROC ${name} (CHAN INT in?, out!)
  INT total:
  SEQ
    total := 0
    WHILE total < 1000
      INT x:
      SEQ
        ${body.replaceAll('\n', '\n        ')}
:
PROC main ()
  CHAN INT a, b:
  PAR
    ${name} (a?, b!)
    TIMER clock:
    INT now, y:
    SEQ
      SEQ i = 0 FOR 4
        SEQ
          a ! 1
          b ? y
      clock ? now
      clock ? AFTER now PLUS 1000000
      a ! 1000
      b ? y
      ASSERT (y >= 1004)
:
`
const counts = pair('in ? x\ntotal := total + x\nout ! total')

test('statements before and after the point where a process waits may come and go', async () => {
  assert.is(await goesOn({ before: counts, after: pair('in ? x\ntotal := total + (2 * x)\ntotal := total + 0\nout ! total') }), 'passed')
  assert.is(
    await goesOn({
      before: counts,
      after: pair('SKIP\nin ? x\nIF\n  x > 5000\n    out ! 0\n  TRUE\n    SKIP\ntotal := total + x\nout ! total'),
    }),
    'passed',
  )
})

test('a PROC that has another name is found where it was called', async () => {
  assert.is(await goesOn({ before: counts, after: pair('in ? x\ntotal := total + x\nout ! total', 'tally') }), 'passed')
})

test('a process that waits where the new text does not is named with its reason', async () => {
  const nowhere = pair('out ! total\ntotal := 1004')
  assert.equal(await refusals({ before: counts, after: nowhere }), ['main/counter: the new version has no such point'])
  const other = counts.replace('in ? x\n        total := total + x\n        out ! total', 'out ! total\n        total := total + 1')
  assert.equal(await refusals({ before: counts, after: other }), ['main/counter: the new version has no such point'])
})

test('of very many processes that stand in the way a thousand are told, and that there may be more', async () => {
  const waiting = (body: string): string => `PROC cell (CHAN INT in?)
  INT x:
  SEQ
    in ? x
    ${body}
:
PROC main ()
  VAL INT n IS 1500:
  [n]CHAN INT c:
  PAR
    PAR i = 0 FOR n
      cell (c[i]?)
    SEQ i = 0 FOR n
      c[i] ! i
:
`
  const [old, now] = [await version(waiting('in ? x')), await version(waiting('SKIP'))]
  const found = started(old, 20_000).survey(now, '')
  assert.is(found.obstacles.length, 1000)
  assert.is(found.more, true)
  const none = started(old, 20_000).survey(old, '')
  assert.is(none.more, undefined)
})

test('another branch of a PAR that runs is refused', async () => {
  const more = counts.replace('    counter (a?, b!)\n', '    counter (a?, b!)\n    SKIP\n')
  const found = await refusals({ before: counts, after: more })
  assert.ok(found.includes('main: the new version has no such point'), found.join('\n'))
})

test('the map sends a process from one line to another', async () => {
  const after = before
    .replace('AFTER now PLUS 1000000', 'AFTER now PLUS 5')
    .replace('    SKIP\n', '    clock ? AFTER now PLUS 7000000\n    SKIP\n')
  assert.is(await goesOn({ before, after, map: 'main:8 = 9' }), 'passed')
})

test('a channel of another protocol is another channel', async () => {
  const bytes = counts
    .replaceAll('CHAN INT', 'CHAN INT16')
    .replaceAll('INT x', 'INT16 x')
    .replaceAll('now, y', 'now')
    .replace('INT now:', 'INT now:\n    INT16 y:')
  const typed = bytes.replaceAll('INT total', 'INT16 total').replaceAll('a ! 1\n', 'a ! 1(INT16)\n')
  const found = await refusals({ before: counts, after: typed }).catch((error: unknown) => [String(error)])
  assert.ok(
    found.some((each) => each.includes('main/counter: ')),
    found.join('\n'),
  )
})

test('a map that cannot be understood names its line', () => {
  try {
    parseMap('PROC a = b\n\nwhat is this')
    assert.unreachable()
  } catch (error) {
    assert.instance(error, UpgradeMapError)
    assert.is((error as UpgradeMapError).line, 3)
  }
  assert.equal([...parseMap('PROC a.b = c -- it was nested\na.b.x = y\na:3 = 4\na.b.z := [1, 2]').points], [['a:3', 4]])
})

/** Programs that wait in every way there is, and hold everything that there is. */
const SUBJECTS = (process.env['GODWIT_UPGRADED'] ?? 'alt claim forks mobile-data mobile-process network timer').split(' ')

const programs = await Promise.all(
  allPrograms()
    .filter((path) => SUBJECTS.includes(/^test\/language\/(.*)\.csp$/.exec(path)?.[1] ?? ''))
    .map(async (path) => ({ path, program: (await compileFile(path, { verify: false })).program })),
)

for (const { path, program } of programs) {
  if (program === undefined || program.manifest.tests.length === 0) continue
  test(`${path}: every machine corresponds to itself at every point, so an upgrade to the same text is always possible`, async () => {
    const [units, same] = [await loadUnits(program), await twin(program)]
    const { conversions } = plan(units.values(), same.units.values(), NO_MAP)
    for (const [machine, conversion] of conversions) {
      if ('refusal' in conversion) throw new Error(`${machine.name}: ${conversion.refusal}`)
      assert.is(conversion.to.name, machine.name)
      assert.is(conversion.sharedRefusal, undefined)
      conversion.points.forEach((point, pc) => {
        if ('refusal' in point) throw new Error(`${machine.name} at ${pc}: ${point.refusal}`)
        assert.is(point.pc, pc, machine.name)
        assert.equal(point.fills, [])
        for (const [slot, name] of point.names) assert.is(machine.slots[slot]?.[0], name)
      })
    }
  })
}

/** It has run since it was asked last. */
const isOver = (running: Running): boolean => running.isOver

/** Tests that need time or a host are for nodes. */
const RUNS = 400

for (const { path, program } of programs) {
  if (program === undefined || program.manifest.tests.length === 0) continue
  test(`${path}: its tests end as ever when their code is exchanged at random points, and what is exchanged twice is what it was`, async () => {
    const [plain, other] = [{ program, units: await loadUnits(program) }, await twin(program)]
    for (const [index, { unit }] of program.manifest.tests.entries()) {
      const begin = (): Running =>
        new Running(plain, (units) => {
          const machine = units.get(unit)?.machines[0]
          if (machine === undefined) throw new Error(`no test ${index}`)
          return machine.blank()
        })
      const first = begin()
      for (let n = 0; n < RUNS && !first.isOver && first.run(1000); n++);
      if (!first.isOver && first.ending !== 'deadlock') continue
      fc.assert(
        fc.property(fc.array(fc.nat(40), { minLength: 1, maxLength: 6 }), (stops) => {
          const second = begin()
          for (const stop of stops) {
            second.run(stop + 1)
            if (second.isOver || second.survey(other).obstacles.length > 0) break
            second.upgrade(plain) // an ALT begins anew when it is restored, whatever its code
            const bytes = second.capture()
            second.upgrade(other)
            second.upgrade(plain)
            assert.equal(second.capture(), bytes)
            second.upgrade(other)
            second.run(stop + 1)
            if (isOver(second) || second.survey(plain).obstacles.length > 0) break
            second.upgrade(plain)
          }
          for (let n = 0; n < 2 * RUNS && !second.isOver && second.run(1000); n++);
          assert.is(second.ending, first.ending, `${path} ${index}`)
        }),
        { numRuns: times(3) },
      )
    }
  })
}

for (const { path, program } of programs) {
  if (program === undefined || program.manifest.tests.length === 0) continue
  test(`${path}: its tests end as ever when its processes get other code where they are, while they run`, async () => {
    const [plain, other] = [{ program, units: await loadUnits(program) }, await twin(program)]
    if (!isInPlace(plan(plain.units.values(), other.units.values(), NO_MAP))) return // it has mobile processes
    for (const [index, { unit }] of program.manifest.tests.entries()) {
      const begin = (): Running =>
        new Running(plain, (units) => {
          const machine = units.get(unit)?.machines[0]
          if (machine === undefined) throw new Error(`no test ${index}`)
          return machine.blank()
        })
      const first = begin()
      for (let n = 0; n < RUNS && !first.isOver && first.run(1000); n++);
      if (!first.isOver && first.ending !== 'deadlock') continue
      fc.assert(
        fc.property(fc.array(fc.tuple(fc.nat(40), fc.nat(3)), { minLength: 1, maxLength: 8 }), (stops) => {
          const second = begin()
          for (const [at, [stop, between]] of stops.entries()) {
            second.run(stop + 1)
            if (second.isOver) break
            second.upgradeInPlace(at % 2 === 0 ? other : plain, between)
            if (isOver(second)) break
            const { changed, processes } = second.survey(at % 2 === 0 ? plain : other)
            assert.is(changed, processes, 'none runs in the code that was')
          }
          for (let n = 0; n < 2 * RUNS && !second.isOver && second.run(1000); n++);
          assert.is(second.ending, first.ending, `${path} ${index}`)
        }),
        { numRuns: times(4) },
      )
    }
  })
}

test.run()
