/** A page in a browser that is watched: what it complains of, and what it wants from elsewhere, is gathered. */
import axe from 'axe-core'
import type { Browser, Page } from 'puppeteer-core'

export interface Watched {
  readonly page: Page
  /** Errors and warnings on the console, exceptions, and files that were not there. */
  readonly complaints: string[]
  /** Addresses of requests that went anywhere but to the page's own server. */
  readonly outside: string[]
}

/** Opens a page and watches it. @param scheme which colours it prefers */
export async function openPage(browser: Browser, address: string, scheme: 'light' | 'dark' = 'light'): Promise<Watched> {
  const page = await browser.newPage()
  const complaints: string[] = []
  const outside: string[] = []
  const { origin } = new URL(address)
  await page.setViewport({ width: 1360, height: 860 })
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }])
  page.on('console', (message) => {
    if (['error', 'warn'].includes(message.type())) complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('request', (request) => {
    const url = request.url()
    if (!url.startsWith(origin) && !url.startsWith('data:') && !url.startsWith('about:')) outside.push(url)
  })
  page.on('response', (response) => {
    if (response.status() >= 400) complaints.push(`${response.status()} ${response.url()}`)
  })
  await page.goto(address, { waitUntil: 'domcontentloaded' })
  return { page, complaints, outside }
}

/** @returns when a condition within the page holds */
export async function until(page: Page, condition: string): Promise<void> {
  await page.waitForFunction(condition, { timeout: 60_000, polling: 200 })
}

/** @returns what keeps people from using the page as it is now, as axe finds it */
export async function seriousFaults(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source)
  const { violations } = (await page.evaluate(`axe.run()`)) as {
    violations: readonly { readonly id: string; readonly impact: string; readonly nodes: readonly { readonly html: string }[] }[]
  }
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
  return serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
}
