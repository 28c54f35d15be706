/** The engine of the debugger: a run is stepped forward and backward, and looks the same whenever it is at the same step. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Debugger } from '../../runtime/debug/debugger.ts'
import { SteppedReplay } from '../../runtime/debug/stepped.ts'
import { virtualSupply } from '../../runtime/debug/virtual-supply.ts'
import { mainFrame } from '../../runtime/run/main-frame.ts'
import { Replay } from '../../runtime/run/recording/replay.ts'
import { compileText } from '../backend/compile.ts'
import { loadUnits } from '../backend/run.ts'

/** Has all kinds of state: arrays that branches share, calls, timers, claims, barriers, mobiles, wide ALTs, forks. */
const PROGRAM = `#USE "course"
PROC work (VAL INT n, CHAN INT out!, []INT mine)
  SEQ i = 0 FOR 30
    INT sum:
    SEQ
      sum := n
      SEQ k = 0 FOR 200
        sum := sum PLUS k
      mine[i REM (SIZE mine)] := sum
      out ! sum
:
PROC step (BARRIER b, SHARED CHAN MOBILE []INT s!)
  TIMER tim:
  INT t:
  SEQ i = 0 FOR 5
    MOBILE []INT a:
    SEQ
      SYNC b
      tim ? t
      tim ? AFTER t PLUS 1000
      a := MOBILE [i + 1]INT
      a[i] := i
      CLAIM s!
        s ! a
:
PROC main (CHAN BYTE screen!)
  [20]CHAN INT c:
  [20][4]INT all:
  SHARED CHAN MOBILE []INT s:
  INITIAL INT total IS 0:
  SEQ
    PAR
      PAR i = 0 FOR 20
        work (i, c[i]!, all[i])
      BARRIER b:
      PAR i = 0 FOR 3 ENROLL b
        step (b, s!)
      MOBILE []INT a:
      CLAIM s?
        SEQ i = 0 FOR 15
          s ? a
      SEQ
        SEQ i = 0 FOR 600
          INT x:
          ALT k = 0 FOR 20
            c[k] ? x
              total := total + x
        out.int (total, 0, screen!)
        screen ! '*n'
    ASSERT (total < all[0][0])
:
`

async function begun(text: string): Promise<{ readonly debugger: Debugger; readonly shown: number[] }> {
  const program = await compileText(text)
  const units = await loadUnits(program)
  const { main } = program.manifest
  const machine = units.get(main?.unit ?? '')?.machines.find(({ name }) => name === main?.name)
  if (machine === undefined) throw new Error('a program has a machine')
  const shown: number[] = []
  const replay = new Replay(
    { entries: [] },
    (channel) => mainFrame(machine, main?.parameters ?? [], channel),
    (_, byte) => shown.push(byte),
    virtualSupply('test.csp'),
  )
  return { debugger: new Debugger(new SteppedReplay(replay), 10), shown }
}

/** @returns all that can be seen */
function view(its: Debugger): string {
  const processes = its.processes()
  return JSON.stringify([
    its.position,
    processes,
    its.waits(),
    its.channels(),
    processes.slice(0, 9).map(({ path }) => its.activations(path)),
  ])
}

test('whenever it is at a step, it looks the same, from whichever side it comes', async () => {
  const { debugger: its } = await begun(PROGRAM)
  const views = new Map<number, string>()
  for (let stop = its.forward(); stop.kind === 'stepped'; stop = its.forward())
    if (its.position % 37 === 0) views.set(its.position, view(its))
  const end = its.position
  assert.ok(end > 600, String(end))
  assert.is(its.forward().kind, 'fault')
  for (const position of [...views.keys()].reverse().filter((_, i) => i % 5 === 0)) {
    assert.is(its.goTo(position).kind, 'stepped')
    assert.is(view(its), views.get(position), `step ${position}`)
  }
  assert.is(its.backward(1_000_000).kind, 'start')
  for (const [position, seen] of [...views].filter((_, i) => i % 7 === 0)) {
    its.goTo(position)
    assert.is(view(its), seen, `step ${position}`)
  }
  assert.is(its.continue().kind, 'fault')
  assert.is(its.position, end)
})

test('breakpoints by line and by channel stop it, on the way back too', async () => {
  const { debugger: its } = await begun(PROGRAM)
  its.breakpoints = [{ kind: 'channel', name: 'c[7]' }]
  const there: number[] = []
  for (let stop = its.continue(); stop.kind === 'breakpoint' && there.length < 20; stop = its.continue()) there.push(its.position)
  assert.is(there.length, 20)
  const back: number[] = []
  for (let stop = its.continueBackward(); stop.kind === 'breakpoint'; stop = its.continueBackward()) back.push(its.position)
  assert.equal(back.reverse(), there)
  assert.is(its.position, 0)
  its.breakpoints = [{ kind: 'line', line: 10 }]
  assert.equal(its.continue(), { kind: 'breakpoint', breakpoint: { kind: 'line', line: 10 } })
  assert.match(its.current?.path ?? '', /work\[/)
  assert.equal(its.current?.place?.line, 10)
  assert.ok(its.activations(its.current?.path ?? '')?.[0]?.variables.some(({ name, value }) => name === 'n' && value === '0'))
})

test('it tells who waits for whom', async () => {
  const { debugger: its } = await begun(`PROC main ()
  CHAN INT a, b:
  INT x, y:
  PAR
    SEQ
      a ! 1
      b ? x
    SEQ
      b ! 2
      a ? y
:
`)
  assert.is(its.continue().kind, 'end')
  assert.equal(its.waits(), [
    { path: 'main', for: ['main/par.1', 'main/par.2'] },
    { path: 'main/par.1', for: ['main/par.2'] },
    { path: 'main/par.2', for: ['main/par.1'] },
  ])
  assert.equal(
    its.processes().map(({ path, state }) => [path, state]),
    [
      ['main', 'join'],
      ['main/par.1', 'output'],
      ['main/par.2', 'output'],
    ],
  )
})

test.run()
