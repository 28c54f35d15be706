/** Main processes whose keyboard and screen are TypeScript's. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { OutsideError } from '../../embed/index.ts'
import { Deadlock, load, ProgramFault } from '../../embed/index.ts'
import { deadlineTest } from '../harness/deadline.ts'
import { fileOf, program, rejection, turns } from './programs.ts'

const DEADLINE_MS = 120_000

const ECHO = `#USE "course"
PROC main (CHAN BYTE keyboard?, screen!, error!)
  BYTE ch:
  SEQ
    keyboard ? ch
    WHILE ch <> 255
      SEQ
        screen ! ch
        keyboard ? ch
    out.string ("done", 0, error!)
:
`

deadlineTest('what is typed is read, and what is shown is collected', DEADLINE_MS, async () => {
  const made = await program(ECHO)
  assert.equal(await made.run({ keyboard: 'héllo*n' }), { status: 0, stopped: false, screen: 'héllo*n', error: 'done' })
  async function* typed(): AsyncGenerator<string | Uint8Array> {
    yield 'a'
    await turns(3)
    yield Uint8Array.of(98)
    yield 'c'.repeat(10_000)
  }
  const { screen } = await made.run({ keyboard: typed() })
  assert.is(screen, `ab${'c'.repeat(10_000)}`)
  assert.is((await made.run()).error, 'done')
})

deadlineTest('what is shown goes to a function, which may keep the program waiting', DEADLINE_MS, async () => {
  const made = await program(`PROC main (CHAN BYTE screen!)
  SEQ i = 0 FOR 200000
    screen ! 'x'
:
`)
  let shown = 0
  let most = 0
  const { screen } = await made.run({
    screen: async (text) => {
      most = Math.max(most, text.length)
      await turns(1)
      shown += text.length
    },
  })
  assert.is(screen, '')
  assert.is(shown, 200_000)
  assert.ok(most < 100_000, `${most} characters at a time`)
})

deadlineTest('arguments, exits, faults, deadlocks, signals and errors of those who type', DEADLINE_MS, async () => {
  const args = await program(`#PRAGMA EXTERNAL "host.arguments"
#PRAGMA EXTERNAL "host.exit"
PROC main (CHAN BYTE screen!)
  INT n:
  SEQ
    host.arguments (n)
    screen ! BYTE (n + 48)
    host.exit (7)
:
`)
  assert.equal(await args.run({ args: ['a', 'b'] }), { status: 7, stopped: false, screen: '2', error: '' })
  const echo = await program(ECHO)
  const controller = new AbortController()
  const never = { [Symbol.asyncIterator]: () => ({ next: () => new Promise<IteratorResult<string>>(() => undefined) }) }
  const running = rejection(echo.run({ keyboard: never, signal: controller.signal }))
  await turns(5)
  const reason = new Error('enough')
  controller.abort(reason)
  assert.is(await running, reason)
  async function* fails(): AsyncGenerator<string> {
    yield 'a'
    await turns(2)
    throw reason
  }
  assert.is(await rejection(echo.run({ keyboard: fails() })), reason)
  const stops = await program("PROC main (CHAN BYTE screen!)\n  SEQ\n    screen ! 'a'\n    STOP\n:\n")
  const shown: string[] = []
  assert.instance(await rejection(stops.run({ screen: (text) => shown.push(text) })), ProgramFault)
  assert.equal(shown, ['a'])
  const stuck = await program('PROC main (CHAN BYTE screen!)\n  CHAN INT c:\n  c ! 1\n:\n')
  assert.instance(await rejection(stuck.run()), Deadlock)
  const none = await program('PROC p (CHAN INT in?)\n  INT x:\n  in ? x\n:\n')
  assert.is(((await rejection(none.run())) as OutsideError).code, 'R0703')
  for (const wrong of [{ screen: 5 }, { error: 'x' }, { keyboard: 5 }])
    assert.is(((await rejection(echo.run(wrong as object))) as OutsideError).code, 'R0704', JSON.stringify(wrong))
})

deadlineTest('who is shown the last of the output may fail, and a character that is not whole is shown as such', DEADLINE_MS, async () => {
  const half = await program("PROC main (CHAN BYTE screen!)\n  SEQ\n    screen ! 'a'\n    screen ! #C3\n:\n")
  assert.is((await half.run()).screen, 'a\ufffd')
  const reason = new Error('the disk is full')
  const screen = async (): Promise<void> => {
    await turns(5)
    throw reason
  }
  assert.is(await rejection(half.run({ screen })), reason)
})

deadlineTest('a main process runs on nodes, and has services', DEADLINE_MS, async () => {
  const made = await load(
    fileOf(`#PRAGMA EXTERNAL "PROC greeting (VAL []BYTE name, RESULT []BYTE text, RESULT INT size)"
PROC main (CHAN BYTE keyboard?, screen!)
  [100]BYTE text:
  BYTE ch:
  INT n:
  SEQ
    keyboard ? ch
    greeting ([ch], text, n)
    SEQ i = 0 FOR n
      screen ! text[i]
:
`),
    { services: { greeting: (name: Uint8Array) => Promise.resolve(`hello ${new TextDecoder().decode(name)}`) } },
  )
  assert.is((await made.run({ keyboard: 'A' })).screen, 'hello A')
  assert.is((await made.run({ keyboard: 'B', nodes: 1, roam: 5 })).screen, 'hello B')
})

test.run()
