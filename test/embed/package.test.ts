/**
 * The packed package in an empty project: the example of the README and typed programs are accepted by `tsc --strict`, wrong uses are not, and all of it runs.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { root, temporaryDirectory } from '../cli/godwit.ts'
import { install } from '../cli/installed.ts'
import { fencesOf } from '../docs/fences.ts'
import { deadlineTest } from '../harness/deadline.ts'

const SHOP = `#PRAGMA EXTERNAL "PROC price.of (VAL INT id, VAL []BYTE name, RESULT INT price)"
DATA TYPE item
  RECORD
    INT id:
    [3]BYTE name:
:
PROTOCOL request
  CASE
    buy; item; BYTE::[]INT
    halt
:
PROTOCOL answer IS INT; BOOL:
PROC shop (VAL INT discount, CHAN request in?, []CHAN answer out!)
  BOOL going:
  SEQ
    going := TRUE
    WHILE going
      in ? CASE
        item i:
        BYTE n:
        [255]INT counts:
        buy; i; n::counts
          INT price:
          SEQ
            price.of (i[id], i[name], price)
            out[0] ! (price * counts[0]) - discount; n = 1
        halt
          going := FALSE
:
`

const TYPED = `import { load, ProgramFault } from 'godwit'
import type { Shop } from './shop.csp.js'

const services = {
  'price.of': async (id: number, name: Uint8Array, { key, signal }: { key: string; signal: AbortSignal }) => {
    signal.throwIfAborted ()
    return key.length > 0 ? id * name.length : 0
  },
}
const program = await load ('shop.csp', { services })
const run = await program.start ('shop', { arguments: { discount: 1 }, sizes: { out: 1 } })
const sending = run.channels.in.send ({ tag: 'buy', values: [{ id: 5, name: 'abc' }, [2]] })
const [price, single] = await run.channels.out[0]!.receive ()
const total: number = price
const flag: boolean = single
await sending
console.log (total, flag)
await run.channels.in.send ({ tag: 'halt' })
const { status } = await run.ended
console.log (status)

export async function wrong (): Promise<void> {
  // @ts-expect-error the service is missing
  await load ('shop.csp')
  // @ts-expect-error there is no such PROC
  await program.start ('shops')
  // @ts-expect-error the argument is missing
  await program.start ('shop', { sizes: { out: 1 } })
  // @ts-expect-error the size is missing
  await program.start ('shop', { arguments: { discount: 1 } })
  // @ts-expect-error there is no such tag
  await run.channels.in.send ({ tag: 'sell' })
  // @ts-expect-error the values are missing
  await run.channels.in.send ({ tag: 'buy' })
  // @ts-expect-error id is a number
  await run.channels.in.send ({ tag: 'buy', values: [{ id: 'x', name: 'abc' }, [2]] })
  // @ts-expect-error it receives
  await run.channels.out[0]?.send ([1, true])
  const other = await load<Shop> (new URL ('shop.csp', import.meta.url), { services })
  for await (const [n, b] of (await other.start ('shop', { arguments: { discount: 0 }, sizes: { out: 1 } })).channels.out[0] ?? []) {
    const sum: number = n
    const yes: boolean = b
    console.log (sum, yes)
  }
  await run.ended.catch ((error: unknown) => {
    if (error instanceof ProgramFault) console.log (error.code, error.place?.line)
  })
}
`

const CLIENT = `import { connect, SessionError } from 'godwit/client'
import type { Connection, Message } from 'godwit/client'

const connection: Connection = connect (['ws://127.0.0.1:9', 'ws://127.0.0.1:10'], { patience: 300, onState: (state) => console.log (state) })
const failed = await connection.send ('hello').then (() => connection.receive ()).catch ((error: unknown) => error)
console.log (failed instanceof SessionError ? failed.code : failed)
export const last: Message | undefined = undefined
// @ts-expect-error a message is a text or bytes
void connection.send (7).catch (() => undefined)
`

// What is packed is the build.
if (process.env['GODWIT_TEST_DIST'] === '1')
  deadlineTest('the packed package works in an empty project, with its types', 240_000, () => {
    const command = install()
    const project = temporaryDirectory()
    mkdirSync(join(project, 'node_modules'))
    symlinkSync(join(dirname(command), 'package'), join(project, 'node_modules', 'godwit'))
    const fences = fencesOf(readFileSync(join(root, 'README.md'), 'utf8'))
    const example = fences.find(({ words, text }) => words[0] === 'ts' && text.includes("'godwit'"))?.text ?? ''
    const pipeline = fences.find(({ words }) => words.includes('pipeline.csp'))?.text ?? ''
    const files = {
      'package.json': '{ "type": "module" }',
      'pipeline.csp': pipeline,
      'example.ts': example,
      'shop.csp': SHOP,
      'typed.ts': TYPED,
      'client.ts': CLIENT,
    }
    for (const [name, text] of Object.entries(files)) writeFileSync(join(project, name), text)
    const shell = (program: string, ...args: string[]): string => {
      const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
        cwd: project,
        encoding: 'utf8',
        env: { ...process.env, NO_COLOR: '1', GODWIT_CACHE: '' },
      })
      assert.is(status, 0, stdout + stderr)
      return stdout
    }
    shell(command, 'types', 'shop.csp', '-o', 'shop.csp.d.ts')
    const declared = readFileSync(join(project, 'shop.csp.d.ts'), 'utf8')
    assert.match(declared, "readonly 'price.of': (id: number, name: Uint8Array, call: ServiceCall) => number | Promise<number>")
    const tsc = join(root, 'node_modules/typescript/bin/tsc')
    shell(tsc, '--strict', '--module', 'nodenext', '--target', 'es2022', 'example.ts', 'typed.ts', 'client.ts', 'shop.csp.d.ts')
    assert.is(shell('example.js'), '0\n2\n4\n')
    assert.is(shell('typed.js'), '29 true\n0\n')
    assert.is(shell('client.js'), 'closed\nUNREACHABLE\n')
  })

test.run()
