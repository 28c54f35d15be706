/**
 * Chromium for tests of pages: started without a window, in a profile of its own, and ended with the test. Where none is installed, the test says so and is
 * skipped; `GODWIT_CHROMIUM` is the path of another one.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { launch } from 'puppeteer-core'
import type { Browser } from 'puppeteer-core'
import { test } from 'uvu'
import { deadlineTest } from './deadline.ts'

const PATHS = [process.env['GODWIT_CHROMIUM'] ?? '', '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** The path of Chromium; undefined when there is none. */
const chromium = PATHS.find((path) => path !== '' && existsSync(path))

/**
 * A test that needs a browser.
 * @param milliseconds which it may take
 * @param body gets the browser, which is ended when the body is done
 */
export function browserTest(name: string, milliseconds: number, body: (browser: Browser) => Promise<void>): void {
  if (chromium === undefined) {
    console.log(`skipped, for there is no Chromium (apt-get install chromium): ${name}`)
    test.skip(name, () => undefined)
    return
  }
  deadlineTest(name, milliseconds, async () => {
    const profile = mkdtempSync(join(tmpdir(), 'godwit-browser-'))
    const browser = await launch({
      executablePath: chromium,
      userDataDir: profile,
      args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run'], // root has no sandbox, and a container little shared memory
    })
    try {
      await body(browser)
    } finally {
      await browser.close().catch(() => undefined) // it may have crashed, which the body has said
      rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
    }
  })
}
