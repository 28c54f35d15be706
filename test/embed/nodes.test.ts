/** Programs whose processes are on nodes, and roam, while their channels are held here. */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { OutsideError } from '../../embed/index.ts'
import { Deadlock, load, ProgramFault } from '../../embed/index.ts'
import { startNode } from '../../runtime/node/commands/cluster.ts'
import { root, temporaryDirectory } from '../cli/godwit.ts'
import { deadlineTest } from '../harness/deadline.ts'
import { directory, endOf, fileOf, rejection } from './programs.ts'

const DEADLINE_MS = 180_000

const PIPELINE = `#PRAGMA EXTERNAL "PROC square.of (VAL INT x, RESULT INT y)"
PROTOCOL request
  CASE
    number; INT
    text; BYTE::[]BYTE
    halt
:
PROC stage (CHAN request in?, out!)
  BOOL going:
  SEQ
    going := TRUE
    WHILE going
      in ? CASE
        INT x:
        number; x
          out ! number; x + 1
        BYTE n:
        [255]BYTE s:
        text; n::s
          out ! text; n::s
        halt
          SEQ
            out ! halt
            going := FALSE
:
PROC pipeline (VAL INT unused, CHAN request in?, out!)
  [3]CHAN request c:
  PAR
    stage (in?, c[0]!)
    stage (c[0]?, c[1]!)
    stage (c[1]?, c[2]!)
    stage (c[2]?, out!)
:
PROC squares (CHAN INT in?, out!)
  WHILE TRUE
    INT x, y:
    SEQ
      in ? x
      square.of (x, y)
      out ! y
:
PROC divide (CHAN INT in?, out!)
  WHILE TRUE
    INT x:
    SEQ
      in ? x
      out ! 100 / x
:
`

for (const where of [{ nodes: 2 }, { threads: 2 }])
  deadlineTest(`a roaming pipeline keeps order, and ends when it is told to: ${Object.keys(where).join('')}`, DEADLINE_MS, async () => {
    const program = await load(fileOf(PIPELINE), { services: { 'square.of': (x: number) => x * x } })
    const run = await program.start('pipeline', { arguments: { unused: 1 }, ...where, roam: 3, seed: 7 })
    const sending = (async () => {
      for (let i = 0; i < 150; i++) {
        await endOf(run, 'in').send(i % 3 === 2 ? { tag: 'text', values: [`${i}`] } : { tag: 'number', values: [i] })
      }
      await endOf(run, 'in').send({ tag: 'halt' })
    })()
    const got: unknown[] = []
    for await (const message of endOf(run, 'out')) got.push(message)
    await sending
    assert.equal(await run.ended, { status: 0, stopped: false })
    assert.equal(
      got,
      Array.from({ length: 151 }, (_, i) => {
        if (i === 150) return { tag: 'halt', values: [] }
        return i % 3 === 2 ? { tag: 'text', values: [new TextEncoder().encode(`${i}`)] } : { tag: 'number', values: [i + 4] }
      }),
    )
  })

deadlineTest(
  'services are called once, faults and closed ends are told, and a cluster that is there serves several runs',
  DEADLINE_MS,
  async () => {
    const cluster = temporaryDirectory()
    const nodes = [await startNode({ engine: `embedded:${cluster}` }), await startNode({ engine: `embedded:${cluster}` })]
    try {
      const keys: string[] = []
      const program = await load(fileOf(PIPELINE), {
        services: {
          'square.of': async (x: number, { key }: { key: string }) => {
            keys.push(key)
            await new Promise((resolve) => setTimeout(resolve, 3))
            return x * x
          },
        },
      })
      const [squares, divide] = await Promise.all([
        program.start('squares', { cluster, roam: 2 }),
        program.start('divide', { cluster: `embedded:${cluster}` }),
      ])
      for (let i = 0; i < 40; i++) {
        await endOf(squares, 'in').send(i)
        assert.is(await endOf(squares, 'out').receive(), i * i)
      }
      assert.equal(
        keys,
        Array.from({ length: 40 }, (_, i) => `main#${i + 1}`),
      )
      await endOf(divide, 'in').send(0)
      const fault = await rejection(divide.ended)
      assert.instance(fault, ProgramFault)
      assert.is((fault as ProgramFault).code, 'R0202')
      endOf(squares, 'in').end()
      const deadlock = await rejection(squares.ended)
      assert.instance(deadlock, Deadlock)
      assert.match((deadlock as Deadlock).lines.join(), /in, whose other end is held by the outside/)
      const stopped = await program.start('squares', { cluster })
      await endOf(stopped, 'in').send(1)
      const waiting = [2, 3, 4].map((i) => rejection(endOf(stopped, 'in').send(i)))
      await stopped.stop()
      assert.is(((await waiting[2]) as OutsideError).code, 'R0708')
      assert.equal(await stopped.ended, { status: 0, stopped: true })
    } finally {
      for (const node of nodes) await node.stop()
    }
  },
)

deadlineTest('a start on nodes can be given up, and what it wants is looked at first', DEADLINE_MS, async () => {
  const program = await load(fileOf(PIPELINE), { services: { 'square.of': () => 1 } })
  const before = readdirSync(tmpdir()).filter((name) => /^godwit-\w{6}$/.test(name))
  const reason = new Error('enough')
  const controller = new AbortController()
  const starting = rejection(program.start('divide', { nodes: 1, signal: controller.signal }))
  setTimeout(() => {
    controller.abort(reason)
  }, 20)
  assert.is(await starting, reason)
  const codeOf = async (promise: Promise<unknown>): Promise<unknown> => ((await rejection(promise)) as OutsideError).code
  assert.is(await codeOf(program.start('divide', { nodes: 0 })), 'R0704')
  assert.is(await codeOf(program.start('divide', { nodes: 1, cluster: 'x' })), 'R0704')
  assert.is(await codeOf(program.start('divide', { roam: 5 })), 'R0704')
  assert.is(await codeOf(program.start('divide', { cluster: join(directory, 'nowhere') })), 'R0401')
  const after = readdirSync(tmpdir()).filter((name) => /^godwit-\w{6}$/.test(name) && !before.includes(name))
  assert.equal(
    after.filter((name) => existsSync(join(tmpdir(), name, 'n1'))),
    [],
  )
})

deadlineTest('an OS process ends when nothing runs in it', DEADLINE_MS, () => {
  const ours = pathToFileURL(join(root, 'embed/index.ts')).href
  const file = fileOf(PIPELINE)
  const script = join(directory, 'ends.mts')
  writeFileSync(
    script,
    `import { load } from '${ours}'
const program = await load ('${file}', { services: { 'square.of': (x: number) => x } })
const here = await program.start ('divide')
const there = await program.start ('divide', { nodes: 1 })
await there.channels['in']?.send (5)
console.log (await there.channels['out']?.receive ())
await there.stop ()
await here.channels['in']?.send (10)
console.log (await here.channels['out']?.receive ())
console.log ('done')
`,
  )
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', import.meta.resolve('tsx'), script], {
    encoding: 'utf8',
    timeout: DEADLINE_MS / 2,
  })
  assert.is(stderr, '')
  assert.is(stdout, '20\n10\ndone\n')
  assert.is(status, 0)
})

test.run()
