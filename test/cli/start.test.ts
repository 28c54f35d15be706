/** The command starts from few files, and these lead back to our texts. */
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { deadlineTest } from '../harness/deadline.ts'
import { godwit, HELLO, program, root } from './godwit.ts'

/** @returns our own modules that an OS process has loaded, from what V8 has written of them */
function ownModules(directory: string): string[] {
  const urls = readdirSync(directory).flatMap((name) => {
    const { result } = JSON.parse(readFileSync(join(directory, name), 'utf8')) as { result: { url: string }[] } // V8 has written it
    return result.map(({ url }) => url)
  })
  return urls.filter((url) => url.startsWith('file:') && url.includes('/dist/'))
}

if (process.env['GODWIT_TEST_DIST'] === '1' && existsSync(join(root, 'dist/bundle'))) {
  deadlineTest('a small program starts from few files, and has one runtime', 60_000, async () => {
    const { file, directory } = program(HELLO)
    await godwit(['run', file])
    const seen = join(directory, 'seen')
    mkdirSync(seen)
    const { stdout } = await godwit(['run', file], { env: { NODE_V8_COVERAGE: seen } })
    assert.is(stdout, 'hello\n')
    const modules = ownModules(seen)
    assert.ok(modules.length > 0 && modules.length < 20, modules.join('\n'))
    assert.equal(
      modules.filter((url) => !/\/dist\/(bundle\/[\w.-]+|cli\/main|runtime\/abi)\.js$/.test(url)),
      [],
    )
  })

  deadlineTest('what GODWIT_DEBUG shows of ourselves are places in our texts', 60_000, async () => {
    const { stderr } = await godwit(['run', 'there-is-no-such.csp'], { env: { GODWIT_DEBUG: '1' } })
    assert.match(stderr, /cli\/load-program\.ts:\d+:\d+/)
  })

  deadlineTest('embedded programs and the units of the command have the same kernel', 60_000, async () => {
    const [{ Channel }, embedded] = await Promise.all([
      import(join(root, 'dist/runtime/abi.js')) as Promise<{ Channel: unknown }>,
      import(join(root, 'dist/bundle/runtime.js')) as Promise<Record<string, unknown>>,
    ])
    assert.ok(Object.values(embedded).includes(Channel))
  })
}

test.run()
