/** The journal of the embedded engine: what other members, killed writers, full disks and damage do to it. */
import { execFile } from 'node:child_process'
import fs, {
  appendFileSync,
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'

import { syncBuiltinESMExports } from 'node:module'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { setTimeout as delay } from 'node:timers/promises'
import { crc32 } from 'node:zlib'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { embeddedEngine } from '../../runtime/engine/embedded.ts'
import { Journal } from '../../runtime/engine/embedded-journal.ts'
import { JOURNAL_VERSION } from '../../runtime/engine/embedded-journal-lines.ts'
import { socketPath } from '../../runtime/engine/embedded-run-directory.ts'
import { EngineError } from '../../runtime/engine/engine-error.ts'
import { KeyTable } from '../../runtime/engine/key-table.ts'
import { Watches } from '../../runtime/engine/watches.ts'
import type { Change, SwapOutcome, WatchedEntry } from '../../runtime/engine/engine.ts'
import { deadlineTest } from '../harness/deadline.ts'
import { embeddedCluster, script, until } from './members.ts'

/** A journal in a fresh directory, and what its members said had failed. */
async function inDirectory(work: (directory: string, open: () => Journal, troubles: string[]) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'godwit-test-'))
  const journals: Journal[] = []
  const troubles: string[] = []
  try {
    await work(
      directory,
      () => {
        const journal = new Journal(directory, true, ({ message }) => troubles.push(message))
        journals.push(journal)
        return journal
      },
      troubles,
    )
  } finally {
    for (const journal of journals) journal.close()
    rmSync(directory, { recursive: true, force: true })
  }
}

function swap(journal: Journal, key: string, expect: string | undefined, value: string | undefined): Promise<SwapOutcome> {
  return new Promise((resolve) => {
    journal.swap([{ key, expect, value }], resolve)
  })
}

function get(journal: Journal, key: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    journal.get([key], (values) => {
      resolve(values?.[0])
    })
  })
}

/** Commits until the journal is in its volume number `volume`. @returns how many commits that took */
async function fill(journal: Journal, directory: string, volume: number): Promise<number> {
  let n = 0
  for (; !readdirSync(directory).includes(`journal-${volume}`); n++) {
    assert.is(await swap(journal, 'filling', n === 0 ? undefined : `${n} ${'x'.repeat(20_000)}`, `${n + 1} ${'x'.repeat(20_000)}`), 'done')
  }
  return n
}

deadlineTest('volumes follow each other, old ones go, and a member that was left far behind finds its way', 20_000, () =>
  inDirectory(async (directory, open) => {
    const [a, late] = [open(), open()]
    await swap(late, 'of/late', undefined, '1')
    const n = await fill(a, directory, 5)
    assert.equal(readdirSync(directory).sort(), ['journal-1', 'journal-4', 'journal-5'])
    assert.ok(statSync(join(directory, 'journal-1')).size < 100)
    assert.is(await swap(late, 'of/late', '1', '2'), 'done')
    assert.match((await get(late, 'filling')) ?? '', new RegExp(`^${n} `))
    assert.is(await get(open(), 'of/late'), '2')
  }),
)

test('a watcher of a table that is filled anew gets what is different as one change', () => {
  const table = new KeyTable()
  const heard: (readonly WatchedEntry[])[] = []
  const watches = new Watches(table, (work) => {
    work()
  })
  for (const key of ['w/1', 'w/2', 'w/4', 'v']) table.put(key, 'old')
  const stop = watches.add('w/', (entries) => heard.push(entries))
  heard.length = 0
  const refill = (...keys: readonly string[]): void => {
    watches.replacing(() => {
      table.clear()
      table.put('w/4', 'old')
      for (const key of keys) table.put(key, 'new')
    })
  }
  refill('w/2', 'w/3', 'v')
  assert.equal(heard.splice(0), [
    [
      ['w/2', 'new'],
      ['w/3', 'new'],
      ['w/1', undefined],
    ],
  ])
  refill('w/2', 'w/3', 'v/1')
  assert.equal(heard, [])
  stop()
  refill()
  assert.equal(heard, [])
})

deadlineTest('what is synced is done through any number of volumes', 30_000, () =>
  inDirectory(async (directory, open) => {
    const journals = [open(), open()]
    const synced = (journal: Journal, key: string): Promise<SwapOutcome> =>
      new Promise((resolve) => {
        const nothing: Change = { key: 'nothing', expect: undefined, value: undefined }
        journal.swap([{ key, expect: undefined, value: '1' }, ...Array.from({ length: 200 }, () => nothing)], resolve, { synced: true })
      })
    for (let i = 0; !readdirSync(directory).includes('journal-4'); i++) {
      const outcomes = await Promise.all(journals.flatMap((journal, j) => [0, 1, 2, 3].map((k) => synced(journal, `${i}/${j}/${k}`))))
      assert.equal(new Set(outcomes), new Set(['done']))
    }
  }),
)

deadlineTest('a store that has failed answers reads with nothing and compare-and-sets with unknown', 10_000, () =>
  inDirectory(async (directory, open, troubles) => {
    const a = open()
    await swap(a, 'x', undefined, '1')
    rmSync(directory, { recursive: true })
    while (troubles.length === 0) {
      await get(a, 'x')
      await delay(20)
    }
    const answers = await Promise.all([
      new Promise((resolve) => {
        a.get(['x'], resolve)
      }),
      new Promise((resolve) => {
        a.list('', resolve)
      }),
      swap(a, 'x', '1', '2'),
    ])
    assert.equal(answers, [undefined, undefined, 'unknown'])
    assert.is(a.silentMs, Infinity)
  }),
)

deadlineTest('what a killed writer left unfinished changes nothing and hinders nobody', 20_000, () =>
  inDirectory(async (directory, open, troubles) => {
    const [a, b] = [open(), open()]
    assert.is(await swap(a, 'x', undefined, '1'), 'done')
    const file = join(directory, 'journal-1')
    const whole = readFileSync(file)
    const line = whole.subarray(whole.lastIndexOf('\n', whole.length - 2))
    for (let length = 1; length < line.length - 1; length += 7) {
      appendFileSync(file, line.subarray(0, length))
      const value = await get(a, 'x')
      assert.is(await swap(b, 'x', value, `${length}`), 'done')
      assert.is(await get(a, 'x'), `${length}`)
    }
    assert.is(await get(open(), 'x'), await get(a, 'x'))
    assert.equal(troubles, [])
  }),
)

deadlineTest('bytes that no member has written are skipped, and every member that reads them says so once', 20_000, () =>
  inDirectory(async (directory, _, troubles) => {
    const file = join(directory, 'journal-1')
    const told: string[][] = []
    const open = (): Journal => {
      const heard: string[] = []
      told.push(heard)
      return new Journal(
        directory,
        true,
        ({ message }) => troubles.push(message),
        (text) => heard.push(text),
      )
    }
    const [a, b] = [open(), open()]
    try {
      assert.is(await swap(a, 'x', undefined, '1'), 'done')
      await get(b, 'x')
      const at = statSync(file).size
      const junk = Buffer.from(Array.from({ length: 300 }, (_each, i) => (i % 50 === 49 ? 10 : 128 + (i % 100))))
      appendFileSync(file, junk)
      for (let n = 1; n < 5; n++) {
        assert.is(await swap(a, 'x', `${n}`, `${n + 1}`), 'done')
        assert.is(await get(b, 'x'), `${n + 1}`)
      }
      await get(open(), 'x') // who comes later finds them skipped
      const text = `something that is no node wrote into ${file}: 300 bytes from byte ${at} on, which all nodes skip`
      assert.equal(told, [[text], [text], []])
      appendFileSync(file, '\n0123abcd ["sw') // this was a member
      assert.is(await swap(b, 'x', '5', '6'), 'done')
      assert.is(await get(a, 'x'), '6')
      assert.equal(told, [[text], [text], []])
      appendFileSync(file, 'no line feed')
      for (let n = 6; n < 9; n++) assert.is(await swap(a, 'x', `${n}`, `${n + 1}`), 'done')
      assert.match(told[0]?.[1] ?? '', /: 12 bytes from byte/)
      assert.is(told[0]?.length, 2)
      assert.equal(troubles, [])
    } finally {
      a.close()
      b.close()
    }
  }),
)

deadlineTest('who comes to a full disk hears of it at once', 20_000, async () => {
  const directory = mkdtempSync(join(tmpdir(), 'godwit-test-'))
  try {
    new Journal(directory, true, () => undefined).close()
    const file = join(directory, 'journal-1')
    appendFileSync(file, `\n${'x'.repeat(1020 - statSync(file).size)}\n`)
    // a file may not grow beyond 1 KiB in this shell, and to who writes to it that is a disk without room
    const limited = ['-c', 'trap "" XFSZ; ulimit -f 1; exec "$@"', 'bash', process.execPath, '--import', import.meta.resolve('tsx')]
    const newcomer = fileURLToPath(new URL('newcomer.ts', import.meta.url))
    const began = performance.now()
    const { stdout } = await promisify(execFile)('bash', [...limited, newcomer, directory], {
      env: { ...process.env, TSX_DISABLE_CACHE: '1' },
    })
    assert.match(stdout, /no space is left on its disk/)
    assert.ok(performance.now() - began < 10_000, 'it has waited for room') // members that others rely on wait for ten seconds
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
})

deadlineTest('a store that is damaged anywhere is opened as it was or is said to be damaged, and never ends an OS process', 60_000, () =>
  inDirectory(async (directory, open) => {
    const a = open()
    for (let i = 0; i < 300; i++) await swap(a, `key/${i % 40}`, i < 40 ? undefined : String(i - 40), String(i))
    a.close()
    const file = join(directory, 'journal-1')
    const good = readFileSync(file)
    const random = (length: number): Buffer => Buffer.from(Array.from({ length }, () => Math.floor(Math.random() * 256)))
    const tries: Buffer[] = [Buffer.alloc(0), Buffer.alloc(good.length), random(good.length), random(5)]
    for (let page = 0; page < good.length; page += 4096) {
      tries.push(Buffer.concat([good.subarray(0, page), random(Math.min(4096, good.length - page)), good.subarray(page + 4096)]))
      tries.push(Buffer.concat([good.subarray(0, page), Buffer.alloc(Math.min(4096, good.length - page)), good.subarray(page + 4096)]))
      tries.push(good.subarray(0, page))
    }
    for (const bytes of tries) {
      writeFileSync(file, bytes)
      try {
        const journal = new Journal(directory, true, () => undefined)
        await swap(journal, 'still', undefined, '1')
        journal.close()
      } catch (error) {
        assert.instance(error, EngineError)
        assert.match((error as EngineError).message, file) // an instance, as has just been found
      }
    }
    const broken = Buffer.from(good)
    broken[good.length >> 1] = (broken[good.length >> 1] ?? 0) ^ 1
    writeFileSync(file, broken)
    assert.throws(open, /is damaged: byte \d+/)
  }),
)

deadlineTest('a store of another version is left as it is, and nobody is told to remove it', 20_000, () =>
  inDirectory(async (directory, open) => {
    const journal = open()
    assert.is(await swap(journal, 'key', undefined, 'x'), 'done')
    journal.close()
    const file = join(directory, 'journal-1')
    const [, header = '', ...rest] = readFileSync(file, 'utf8').split('\n')
    const content = header.slice(9).replace(`,${JOURNAL_VERSION},`, `,${JOURNAL_VERSION + 1},`)
    const later = ['', `${crc32(content).toString(16).padStart(8, '0')} ${content}`, ...rest].join('\n')
    writeFileSync(file, later)
    try {
      open()
      assert.unreachable()
    } catch (error) {
      assert.instance(error, EngineError)
      const { kind, message, help } = error as EngineError // as has just been found
      assert.is(kind, 'unusable')
      assert.match(message, /journal-1 was written by another version of godwit: its format is \d+, and this one reads \d+/)
      assert.is(help, 'use the version that has written it, or name another directory')
    }
    assert.is(readFileSync(file, 'utf8'), later)
  }),
)

deadlineTest('a volume comes to be though somebody takes it for abandoned while it is made', 30_000, () =>
  inDirectory(async (directory, open, troubles) => {
    const link = fs.linkSync
    let made = 0
    fs.linkSync = (part, file) => {
      if (made++ % 3 < 2) rmSync(part) // twice for each volume
      link(part, file)
    }
    syncBuiltinESMExports()
    try {
      const journal = open()
      await fill(journal, directory, 3)
      assert.is(await get(open(), 'filling'), await get(journal, 'filling'))
    } finally {
      fs.linkSync = link
      syncBuiltinESMExports()
    }
    assert.equal(troubles, [])
    assert.is(made, 9)
  }),
)

deadlineTest('members fail, and say what happened, when the store is shortened or removed under them', 20_000, () =>
  inDirectory(async (directory, open, troubles) => {
    const journal = open()
    for (let i = 0; i < 20; i++) await swap(journal, `key/${i}`, undefined, 'x')
    truncateSync(join(directory, 'journal-1'), 500)
    await delay(300)
    assert.is(await swap(journal, 'more', undefined, 'x'), 'unknown')
    assert.match(troubles.join(), /journal-1 is damaged/)
    assert.is(await swap(journal, 'more', undefined, 'x'), 'unknown')

    rmSync(join(directory, 'journal-1'))
    const other = open()
    rmSync(directory, { recursive: true })
    await delay(300)
    assert.is(await swap(other, 'x', undefined, '1'), 'unknown')
    assert.match(troubles.join(), /was removed while the cluster used it/)
  }),
)

deadlineTest('a directory that is renamed, or has another journal in it, is no place to meet any more', 20_000, () =>
  inDirectory(async (directory, open, troubles) => {
    const journal = open()
    assert.is(await swap(journal, 'key', undefined, 'x'), 'done')
    renameSync(directory, `${directory}.away`)
    try {
      while (troubles.length === 0) {
        await delay(50)
        await swap(journal, 'more', undefined, 'x')
      }
      assert.match(troubles.join(), /was removed while the cluster used it/)
    } finally {
      renameSync(`${directory}.away`, directory)
    }
    const other = open()
    renameSync(join(directory, 'journal-1'), join(directory, 'old'))
    copyFileSync(join(directory, 'old'), join(directory, 'journal-1'))
    while (troubles.length === 1) {
      await delay(50)
      await swap(other, 'more', 'x', 'x')
    }
    assert.match(troubles[1] ?? '', /was removed while the cluster used it/)
  }),
)

deadlineTest('who joins while the store fails is told so', 10_000, async () => {
  const directory = mkdtempSync(join(tmpdir(), 'godwit-test-'))
  try {
    const joining = embeddedEngine(directory, { kind: 'node', create: true })
    truncateSync(join(directory, 'journal-1'), 0)
    const outcome = await joining.then(
      () => 'it has joined',
      (error: unknown) => error,
    )
    assert.instance(outcome, EngineError)
    assert.match(String(outcome), /journal-1 is damaged/)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
})

deadlineTest('a member that is stopped keeps nobody waiting, and a killed one is removed', 30_000, async () => {
  const cluster = await embeddedCluster()
  try {
    const engine = await cluster.join('node', 'n1')
    const left: string[] = []
    engine.transport.open({ connected: () => undefined, disconnected: () => undefined, packet: () => undefined })
    engine.membership.open({ joined: () => undefined, left: ({ name }) => left.push(name) })
    const busy = script('../torture/committing.ts', cluster.directory, 'n2')
    await until(() => busy.lines.length > 0)
    await delay(200)
    for (let i = 0; i < 20; i++) {
      busy.child.kill('SIGSTOP') // wherever it is just then
      const begun = performance.now()
      await new Promise((resolve) => {
        engine.directory.swap([{ key: `mine/${i}`, expect: undefined, value: '1' }], resolve)
      })
      assert.ok(performance.now() - begun < 1_000)
      busy.child.kill('SIGCONT')
      await delay(10)
    }
    busy.child.kill('SIGKILL')
    await until(() => left.includes('n2'))
  } finally {
    await cluster.end()
  }
})

deadlineTest('a directory of somebody else is left as it is', 10_000, async () => {
  const directory = mkdtempSync(join(tmpdir(), 'godwit-test-'))
  const refused = async (path: string, why: RegExp): Promise<void> => {
    const { mode } = statSync(path)
    const before = readdirSync(path)
    try {
      await embeddedEngine(path, { kind: 'node', create: true })
      assert.unreachable('it was taken')
    } catch (error) {
      assert.match(String(error), why)
    }
    assert.equal([statSync(path).mode, readdirSync(path)], [mode, before])
  }
  try {
    const [open, full] = [join(directory, 'open'), join(directory, 'full')]
    mkdirSync(open)
    chmodSync(open, 0o755)
    await refused(open, /is open to other users/)
    mkdirSync(full, { mode: 0o700 })
    writeFileSync(join(full, 'letter'), 'dear')
    await refused(full, /holds other files/)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
})

deadlineTest('the socket of a long path lies in a private folder that nobody could guess', 10_000, () => {
  const long = join(tmpdir(), 'x'.repeat(120))
  const [one, two] = [socketPath(long, 'a.sock'), socketPath(long, 'a.sock')]
  try {
    assert.is.not(one, two)
    for (const path of [one, two]) {
      assert.ok(path.length < 104)
      assert.is(statSync(join(path, '..')).mode & 0o777, 0o700)
    }
  } finally {
    for (const path of [one, two]) rmSync(join(path, '..'), { recursive: true, force: true })
  }
})

deadlineTest('sockets of members that were killed before anybody knew them go when somebody joins', 20_000, async () => {
  const cluster = await embeddedCluster()
  const server = createServer()
  try {
    await cluster.join('node', 'n1')
    const [dead, young, living] = ['dead', 'young', 'living'].map((name) => join(cluster.directory, `${name}.sock`)) as [
      string,
      string,
      string,
    ]
    server.listen(living)
    await script('abandon.ts', dead, young).ended
    const old = Date.now() / 1000 - 60
    for (const path of [dead, living]) utimesSync(path, old, old)
    await cluster.join('node', 'n2')
    await until(() => !existsSync(dead))
    assert.ok(existsSync(young))
    assert.ok(existsSync(living))
  } finally {
    server.close()
    await cluster.end()
  }
})

test.run()
