/** Signals of a program in one OS process: which of them save it, which of them end it, from the first instant to the last. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { CHECKPOINT_SIGNALS } from '../../cli/early-signals.ts'
import { deadlineTest } from '../harness/deadline.ts'
import { godwit, root, temporaryDirectory } from './godwit.ts'

/** Prints a dot every 10 ms, so often. */
function dots(times: number): string {
  const file = join(temporaryDirectory(), 'dots.csp')
  writeFileSync(
    file,
    `PROC main (CHAN BYTE screen!)
  TIMER t:
  INT now:
  SEQ i = 0 FOR ${times}
    SEQ
      screen ! '.'
      screen ! 255
      t ? now
      t ? AFTER now PLUS 10000
:
`,
  )
  return file
}

for (const signal of CHECKPOINT_SIGNALS) {
  deadlineTest(`--checkpoint-on ${signal} saves the program at that signal, which goes on from there`, 60_000, async () => {
    const snapshot = join(temporaryDirectory(), 'a.snap')
    const saved = await godwit(['run', '--checkpoint-on', `${signal}=${snapshot}`, dots(500)], {
      started: (child) => child.stdout?.once('data', () => child.kill(signal)),
    })
    assert.is(saved.status, 0, saved.stderr)
    assert.match(saved.stderr, `${snapshot} holds the program as it was`)
    const { status, stdout, stderr } = await godwit(['restore', snapshot])
    assert.is(status, 0, stderr)
    assert.is(saved.stdout.length + stdout.length, 500)
  })
}

deadlineTest('the other signals still end a program that is saved at one', 60_000, async () => {
  const snapshot = join(temporaryDirectory(), 'a.snap')
  const { status } = await godwit(['run', '--checkpoint-on', `SIGTERM=${snapshot}`, dots(5000)], {
    started: (child) => child.stdout?.once('data', () => child.kill('SIGINT')),
  })
  assert.is(status, 128 + constants.signals.SIGINT)
  assert.not.ok(existsSync(snapshot))
})

deadlineTest('SIGUSR1 does not end a program and opens no debugger', 60_000, async () => {
  const { status, stdout, stderr } = await godwit(['run', dots(50)], {
    started: (child) => child.stdout?.once('data', () => child.kill('SIGUSR1')),
  })
  assert.is(status, 0)
  assert.is(stdout.length, 50)
  assert.is(stderr, '')
})

deadlineTest('a signal that meets a program which has just ended does not change its status', 60_000, async () => {
  const { status } = await godwit(['run', '--checkpoint-on', `SIGUSR2=${join(temporaryDirectory(), 'a.snap')}`, dots(1)], {
    started: (child) => {
      child.stdout?.once('data', () => {
        const again = setInterval(() => child.kill('SIGUSR2'), 1)
        child.once('exit', () => {
          clearInterval(again)
        })
      })
    },
  })
  assert.is(status, 0)
})

/** @returns pids of OS processes that run in or for `directory` */
function livingIn(directory: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(directory)
      } catch {
        return false // it has just ended
      }
    })
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  for (const milliseconds of [150, 400, 800, 3000])
    deadlineTest(`${signal} after ${milliseconds} ms ends a program on nodes and leaves nothing behind`, 60_000, async () => {
      const temporary = temporaryDirectory()
      const file = dots(100_000)
      let sent = 0
      const { status, stderr } = await godwit(['run', '--nodes', '3', file], {
        env: { TMPDIR: temporary },
        started: (child) => {
          setTimeout(() => {
            sent = Date.now()
            child.kill(signal)
          }, milliseconds)
        },
      })
      assert.is(status, 128 + constants.signals[signal], stderr)
      assert.ok(Date.now() - sent < 10_000)
      await delay(200)
      assert.equal(livingIn(temporary), [])
      assert.equal(
        readdirSync(temporary).filter((name) => !name.startsWith('tsx-')),
        [],
      )
    })

deadlineTest('a second signal ends a program on nodes at once and leaves nothing behind either', 60_000, async () => {
  const temporary = temporaryDirectory()
  const { status } = await godwit(['run', '--nodes', '3', dots(100_000)], {
    env: { TMPDIR: temporary },
    started: (child) => {
      child.stdout?.once('data', () => {
        child.kill('SIGTERM')
        child.kill('SIGINT')
      })
    },
  })
  assert.ok(status === 128 + constants.signals.SIGINT || status === 128 + constants.signals.SIGTERM, String(status))
  await delay(300)
  assert.equal(livingIn(temporary), [])
  assert.equal(
    readdirSync(temporary).filter((name) => !name.startsWith('tsx-')),
    [],
  )
})

// The command as it is installed needs the build.
if (process.env['GODWIT_TEST_DIST'] === '1') {
  deadlineTest('SIGUSR1 is served however early it comes, and no debugger listens', 120_000, async () => {
    const file = dots(200)
    await godwit(['compile', file])
    let served = 0
    for (const milliseconds of [20, 40, 60, 80, 120, 160, 200, 300]) {
      const snapshot = join(temporaryDirectory(), 'a.snap')
      const child = spawn(join(root, 'cli/godwit.js'), ['run', '--checkpoint-on', `SIGUSR1=${snapshot}`, file], {
        cwd: temporaryDirectory(),
      })
      let said = ''
      child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
      child.stdout.resume()
      await delay(milliseconds)
      child.kill('SIGUSR1')
      const [status, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
      assert.not.match(said, 'Debugger')
      if (signal !== null) continue // it has come before Node.js itself had begun
      assert.is(status, 0, said)
      assert.ok(existsSync(snapshot), `after ${milliseconds} ms: ${said}`)
      served++
    }
    assert.ok(served > 0)
  })
}

test.run()
