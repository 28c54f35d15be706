/** The debug adapter, as an editor speaks to it: `godwit dap` over standard input and output. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DebugProtocol } from '@vscode/debugprotocol'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { godwit, root, temporaryDirectory } from '../cli/godwit.ts'
import { deadlineTest } from '../harness/deadline.ts'
import { DebugClient } from './debug-client.ts'

const PROGRAM = `PROC double (CHAN INT in?, out!)
  WHILE TRUE
    INT x:
    SEQ
      in ? x
      out ! x + x
:
PROC main (CHAN BYTE screen!)
  CHAN INT a, b:
  INT y:
  PAR
    double (a?, b!)
    SEQ
      SEQ i = 1 FOR 3
        SEQ
          a ! i
          b ? y
          screen ! BYTE (y + (INT '0'))
      screen ! '*n'
:
`
const IN_LINE = 5
const ANSWER_LINE = 17

function fileWith(text: string): string {
  const file = join(temporaryDirectory(), 'doubles.csp')
  writeFileSync(file, text)
  return file
}

/** Speaks to an adapter, which is ended in the end. */
function adapterTest(name: string, body: (client: DebugClient) => Promise<void>): void {
  deadlineTest(name, 90_000, async () => {
    const client = new DebugClient()
    try {
      await client.ask('initialize', { adapterID: 'godwit', linesStartAt1: true, columnsStartAt1: true, pathFormat: 'path' })
      await body(client)
    } finally {
      client.kill()
    }
  })
}

/** Begins, and stops before the first step. @param lines of breakpoints. @returns those that were set */
async function begin(
  client: DebugClient,
  program: string,
  lines: readonly number[],
  source = program,
): Promise<DebugProtocol.Breakpoint[]> {
  await client.ask('launch', { program, stopOnEntry: true })
  await client.event('initialized')
  const { breakpoints } = await client.ask<DebugProtocol.SetBreakpointsResponse['body']>('setBreakpoints', {
    source: { path: source },
    breakpoints: lines.map((line) => ({ line })),
  })
  await client.ask('configurationDone')
  assert.is((await client.stop()).reason, 'entry')
  return breakpoints
}

interface Seen {
  readonly name: string
  readonly line: number
  readonly path: string | undefined
  readonly variables: Readonly<Record<string, string>>
}

/** @returns the innermost activation of a thread */
async function look(client: DebugClient, threadId: number): Promise<Seen> {
  const { stackFrames } = await client.ask<DebugProtocol.StackTraceResponse['body']>('stackTrace', { threadId })
  const [frame] = stackFrames
  assert.ok(frame)
  const { scopes } = await client.ask<DebugProtocol.ScopesResponse['body']>('scopes', { frameId: frame.id })
  const { variables } = await client.ask<DebugProtocol.VariablesResponse['body']>('variables', {
    variablesReference: scopes[0]?.variablesReference ?? 0,
  })
  return {
    name: frame.name,
    line: frame.line,
    path: frame.source?.path,
    variables: Object.fromEntries(variables.map(({ name, value }) => [name, value])),
  }
}

async function threads(client: DebugClient): Promise<readonly DebugProtocol.Thread[]> {
  return (await client.ask<DebugProtocol.ThreadsResponse['body']>('threads')).threads
}

adapterTest('a program stops at breakpoints, tells its processes and variables, goes back, and on to its end', async (client) => {
  const file = fileWith(PROGRAM)
  const set = await begin(client, file, [ANSWER_LINE, 4, 400])
  assert.equal(
    set.map(({ verified, line }) => [verified, line]),
    [
      [true, ANSWER_LINE],
      [true, IN_LINE],
      [false, undefined],
    ],
    'a breakpoint goes to the next line at which a process can wait',
  )

  const lines: number[] = []
  const shown: string[] = []
  while (lines.length < 5) {
    await client.ask('continue', { threadId: 1 })
    const { reason, threadId = 0 } = await client.stop()
    assert.is(reason, 'breakpoint')
    const { line, path, variables } = await look(client, threadId)
    assert.is(path, file)
    lines.push(line)
    if (line === ANSWER_LINE) shown.push(variables['i'] ?? '')
  }
  assert.ok(
    lines.every((line) => line === IN_LINE || line === ANSWER_LINE),
    lines.join(),
  )
  assert.ok(shown.length > 0 && shown[0] === '1', shown.join())
  const names = (await threads(client)).map(({ name }) => name)
  assert.is(names.length, 3, names.join('; '))
  assert.ok(
    names.some((name) => name.startsWith('main/double ')),
    names.join('; '),
  )

  const there = await look(client, (await threads(client))[2]?.id ?? 0)
  await client.ask('stepBack', { threadId: 1 })
  assert.is((await client.stop()).reason, 'step')
  await client.ask('stepIn', { threadId: 1 })
  assert.is((await client.stop()).reason, 'step')
  assert.equal(await look(client, (await threads(client))[2]?.id ?? 0), there, 'one step back and one forward is the same state')

  await client.ask('reverseContinue', { threadId: 1 })
  assert.is((await client.stop()).reason, 'breakpoint')
  await client.ask('setBreakpoints', { source: { path: file }, breakpoints: [] })
  await client.ask('reverseContinue', { threadId: 1 })
  assert.is((await client.stop()).reason, 'entry')

  await client.ask('continue', { threadId: 1 })
  const { reason, text = '' } = await client.stop() // nobody stops the process that doubles
  assert.is(reason, 'exception')
  assert.match(text, /deadlock/)
  assert.is(client.printed, '246\n', 'what was printed before going back is not printed again')
  await client.ask('stepBack', { threadId: 1 })
  assert.is((await client.stop()).reason, 'step')
  assert.is(await client.end(), 0)
})

adapterTest('`next` makes a step of the process of its thread', async (client) => {
  const file = fileWith(PROGRAM)
  await begin(client, file, [ANSWER_LINE])
  await client.ask('continue', { threadId: 1 })
  const { threadId = 0 } = await client.stop()
  await client.ask('setBreakpoints', { source: { path: file }, breakpoints: [] })
  const lines: number[] = []
  for (const i of ['1', '2', '3']) {
    const { stackFrames } = await client.ask<DebugProtocol.StackTraceResponse['body']>('stackTrace', { threadId })
    const frameId = stackFrames[0]?.id
    assert.is((await client.ask<DebugProtocol.EvaluateResponse['body']>('evaluate', { expression: 'i', frameId })).result, i)
    assert.is((await client.send('evaluate', { expression: 'nothing', frameId })).success, false)
    await client.ask('next', { threadId })
    const stop = await client.stop()
    assert.equal([stop.reason, stop.threadId], ['step', threadId])
    lines.push((await look(client, threadId)).line)
  }
  assert.equal(lines, [ANSWER_LINE, ANSWER_LINE, ANSWER_LINE + 2])
})

adapterTest('a run that goes on for ever can be paused', async (client) => {
  const file = fileWith('PROC main ()\n  CHAN INT c:\n  PAR\n    WHILE TRUE\n      c ! 1\n    WHILE TRUE\n      INT x:\n      c ? x\n:\n')
  await begin(client, file, [])
  await client.ask('continue', { threadId: 1 })
  await client.ask('pause', { threadId: 1 })
  assert.is((await client.stop()).reason, 'pause')
  const [first] = await threads(client)
  await client.ask('stepBack', { threadId: first?.id ?? 0 })
  assert.is((await client.stop()).reason, 'step')
})

adapterTest('a recorded run goes the way it went', async (client) => {
  const file = fileWith(`${PROGRAM.slice(0, -2)}      INT zero:\n      SEQ\n        zero := 0\n        y := y / zero\n:\n`)
  const recording = join(temporaryDirectory(), 'run.rec')
  assert.is((await godwit(['run', '--record', recording, file])).status, 1)
  await begin(client, recording, [], file)
  await client.ask('continue', { threadId: 1 })
  const { reason, text = '' } = await client.stop()
  assert.is(reason, 'exception')
  assert.match(text, /y \/ zero/)
  assert.is(client.printed, '246\n')
})

adapterTest('what cannot be debugged is refused with the reason', async (client) => {
  const broken = fileWith('PROC main ()\n  x := 1\n:\n')
  for (const [program, reason] of [
    [broken, /E0301/],
    [`${broken}.not`, /cannot read|no file/],
    ['', /names no `program`/],
  ] as const) {
    const response = (await client.send('launch', { program })) as DebugProtocol.ErrorResponse // it is one
    assert.is(response.success, false)
    assert.match(response.body.error?.format ?? '', reason)
  }
})

deadlineTest(
  'whatever is asked wrongly, too early or of something that is not there, is refused in a sentence, and the session goes on',
  90_000,
  async () => {
    const client = new DebugClient()
    try {
      const refused = async (command: string, args: unknown, why: RegExp): Promise<void> => {
        const { success, message = '' } = await client.send(command, args)
        assert.is(success, false, command)
        assert.match(message, why, command)
        assert.not.match(message, /TypeError|\bat \S+ \(|undefined/, command)
      }
      await client.ask('initialize', { adapterID: 'another' }) // `pathFormat` may be left out: paths are the default
      await refused('initialize', { pathFormat: 'uri' }, /`pathFormat` is not "path"/)
      for (const command of [
        'threads',
        'stackTrace',
        'next',
        'continue',
        'stepBack',
        'scopes',
        'variables',
        'evaluate',
        'configurationDone',
      ])
        await refused(command, { threadId: 1 }, /`launch` comes first/)
      await refused('setBreakpoints', {}, /`launch` comes first/)
      await refused('attach', {}, /cannot be debugged: `launch` it/)
      await refused('setVariable', { variablesReference: 1, name: 'x', value: '1' }, /`setVariable` is not offered/)
      await refused('toString', {}, /`toString` is not offered/)
      await refused('launch', undefined, /names no `program`/)
      await refused('launch', [1], /the arguments are no object/)
      await refused('launch', { program: 7 }, /names no `program`/)
      await refused('launch', { program: 'x.csp', define: 3 }, /`define` is no object/)
      await refused('launch', { program: 'x.csp', define: { a: 1 } }, /`define` is no object/)
      await refused('launch', { program: 'x.csp', include: 'a' }, /`include` is no list of directories/)
      await refused('launch', { program: 'x.csp', stopOnEntry: 'yes' }, /`stopOnEntry` is neither/)

      const program = join(root, 'samples/prime-sieve.csp')
      await client.ask('launch', { program, source: null })
      await refused('launch', { program }, /a program is being debugged already/)
      await refused('setBreakpoints', {}, /`source` is no object/)
      await refused('setBreakpoints', { source: { path: 5 } }, /`source` is no text/)
      await refused('setBreakpoints', { source: { path: program }, breakpoints: [{}] }, /`breakpoints` is no list/)
      await client.ask('configurationDone')
      await client.event('stopped')
      await refused('next', {}, /`threadId` is no whole number/)
      await refused('next', { threadId: 99 }, /there is no thread 99/)
      await refused('stackTrace', { threadId: 99 }, /there is no thread 99/)
      await refused('stackTrace', { threadId: 'one' }, /`threadId` is no whole number/)
      await refused('scopes', { frameId: 99 }, /there is no frame 99/)
      await refused('variables', { variablesReference: -1 }, /there are no variables -1/)
      await refused('evaluate', {}, /`expression` is no text/)
      await refused('evaluate', { expression: 'x', frameId: 99 }, /no variable `x`/)
      const { threads } = await client.ask<DebugProtocol.ThreadsResponse['body']>('threads')
      assert.ok(threads.length > 0)
      await client.ask('stackTrace', { threadId: threads[0]?.id ?? 0 })
    } finally {
      client.kill()
    }
  },
)

test.run()
