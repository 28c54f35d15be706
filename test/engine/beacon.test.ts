/** Beacons tell that the OS process of a member on this machine has ended, and take nothing else for that. */
import { existsSync, lstatSync, mkdtempSync, rmSync, utimesSync } from 'node:fs'
import { createServer } from 'node:net'
import type { Server, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Beacon, BeaconWatch } from '../../runtime/engine/beacon.ts'
import type { Member } from '../../runtime/engine/engine.ts'
import { deadlineTest } from '../harness/deadline.ts'
import { firstLine, script, until } from './members.ts'
import type { Script } from './members.ts'

/** What is long enough for a watch to make many attempts. */
const LONG_MS = 1_500

const memberOf = (index: number): Member => ({ index, name: `n${index}`, kind: 'node', address: '' })

/** A watch, and the names of those whom it takes for dead. @param boot absent: the present one */
function watching(boot?: string): { readonly watch: BeaconWatch; readonly dead: string[] } {
  const dead: string[] = []
  const watch = new BeaconWatch(({ name }) => dead.push(name), boot)
  return { watch, dead }
}

/** An OS process with a beacon. */
async function lit(): Promise<{ readonly process: Script; readonly text: string; readonly path: string }> {
  const process = script('lit.ts')
  const text = await firstLine(process)
  return { process, text, path: text.split(' ').slice(2).join(' ') }
}

async function kill({ child, ended }: Script): Promise<void> {
  child.kill('SIGKILL')
  await ended
}

/** A socket that looks like a beacon, in this OS process. */
async function lookalike(
  accept: (socket: Socket) => void,
): Promise<{ readonly server: Server; readonly path: string; readonly file: string }> {
  const path = join(mkdtempSync(join(tmpdir(), 'godwit-beacon-')), 'here')
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    accept(socket)
  })
  await new Promise<void>((resolve) => {
    server.listen(path, resolve)
  })
  const { dev, ino } = lstatSync(path, { bigint: true })
  return { server, path, file: `${dev}:${ino}` }
}

deadlineTest('the death of an OS process is known, and its beacon is tidied up', 20_000, async () => {
  const { process, text, path } = await lit()
  const { watch, dead } = watching()
  watch.add(memberOf(1), text)
  await delay(200)
  assert.equal(dead, [])
  await kill(process)
  await until(() => dead.length > 0)
  await delay(300)
  assert.equal(dead, ['n1'])
  assert.ok(existsSync(path))
  watch.remove(memberOf(1))
  assert.not.ok(existsSync(dirname(path)))
})

deadlineTest('who was dead already is known to be', 20_000, async () => {
  const { process, text } = await lit()
  await kill(process)
  const { watch, dead } = watching()
  watch.add(memberOf(1), text)
  await until(() => dead.length > 0)
  watch.remove(memberOf(1))
})

deadlineTest('who is stopped lives, and so does who has left in peace, as far as a beacon tells', 20_000, async () => {
  const { process, text, path } = await lit()
  const beacon = await Beacon.light()
  assert.ok(beacon)
  const { watch, dead } = watching()
  watch.add(memberOf(1), text)
  watch.add(memberOf(2), beacon.text)
  await delay(200)
  process.child.kill('SIGSTOP')
  beacon.close()
  await delay(LONG_MS)
  assert.equal(dead, [])
  process.child.kill('SIGCONT')
  await delay(100)
  assert.equal(dead, [])
  await kill(process)
  await until(() => dead.length > 0)
  assert.equal(dead, ['n1'])
  watch.close()
  rmSync(dirname(path), { recursive: true })
})

deadlineTest('a living process that breaks its connections, or whose socket somebody has removed, is not dead', 20_000, async () => {
  let accepted = 0
  const breaking = await lookalike((socket) => {
    accepted++
    socket.destroy()
  })
  const held: Socket[] = []
  const removed = await lookalike((socket) => held.push(socket))
  const { watch, dead } = watching()
  const beacon = await Beacon.light()
  const boot = beacon?.text.split(' ')[0] ?? ''
  beacon?.close()
  watch.add(memberOf(1), `${boot} ${breaking.file} ${breaking.path}`)
  watch.add(memberOf(2), `${boot} ${removed.file} ${removed.path}`)
  await until(() => accepted > 2 && held.length > 0)
  rmSync(removed.path)
  for (const socket of held) socket.destroy()
  await delay(LONG_MS)
  assert.equal(dead, [])
  assert.ok(accepted < 100, `${accepted} attempts`)
  watch.close()
  for (const { server, path } of [breaking, removed]) {
    server.close()
    rmSync(dirname(path), { recursive: true, force: true })
  }
})

deadlineTest('where it is not known that the socket is the one of the record, nothing is', 20_000, async () => {
  const { process, text, path } = await lit()
  const [boot = '', file = ''] = text.split(' ')
  await kill(process)
  const { watch, dead } = watching()
  const elsewhere = watching('0a0b')
  elsewhere.watch.add(memberOf(1), text) // the same folder on another machine: it was never connected to
  const texts = [
    `${boot} ${file}9 ${path}`,
    `${boot} 1:2 ${path}`,
    `${boot} ${file} ${path}x`,
    `${boot} ${file} ${join(tmpdir(), 'other', 'here')}`,
    ` ${file} ${path}`, // a system whose boots have no names
    `${boot} ${file}`,
    '',
    text.slice(1),
  ]
  texts.forEach((each, i) => {
    watch.add(memberOf(i), each)
  })
  await delay(LONG_MS)
  assert.equal([dead, elsewhere.dead], [[], []])
  texts.forEach((_, i) => {
    watch.remove(memberOf(i))
  })
  assert.ok(existsSync(path))
  rmSync(dirname(path), { recursive: true })
})

deadlineTest('what dead members of dead clusters have left is tidied up a day later', 20_000, async () => {
  const [old, young, living] = [await lit(), await lit(), await lit()]
  await Promise.all([kill(old.process), kill(young.process)])
  const longAgo = Date.now() / 1_000 - 25 * 3_600
  for (const { path } of [old, living]) utimesSync(dirname(path), longAgo, longAgo)
  const beacon = await Beacon.light()
  await until(() => !existsSync(dirname(old.path)))
  await delay(100)
  assert.ok(existsSync(young.path) && existsSync(living.path))
  await kill(living.process)
  beacon?.close()
  for (const { path } of [young, living]) rmSync(dirname(path), { recursive: true })
})

deadlineTest('a connection is a proof as well', 20_000, async () => {
  const { process, text } = await lit()
  const { watch, dead } = watching('0a0b')
  watch.add(memberOf(1), text)
  await delay(300)
  await kill(process)
  await until(() => dead.length > 0)
  watch.remove(memberOf(1))
})

test.run()
