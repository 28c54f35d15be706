#!/usr/bin/env bash
# Chromium: while a picture beyond the viewport is taken, the page is told that its window has one pixel.
#
# Guess: `Page.captureScreenshot` with `captureBeyondViewport`, which `screenshot({ fullPage: true })` of puppeteer uses, only looks at the page; or makes it as large as
#   its content for a moment.
# Seen with Chromium 156 (Debian 12, without a screen) and puppeteer-core 24.40.0: the page gets a `resize` event with 1 x 1 and then one with its size. An
#   element of `100vh` is one pixel high in between, so what a page does when it becomes narrow (fold a menu, lay out a drawing again) it does for the picture.
# What to do: make the viewport as high as the content before the picture, and take it without `captureBeyondViewport`.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
command -v chromium >/dev/null || { echo 'this needs Chromium: apt-get install chromium' >&2; exit 69; }
npm init -y >/dev/null
npm pkg set type=module >/dev/null
npm install --silent --no-audit --no-fund puppeteer-core@24.40.0 >/dev/null
cat >look.mjs <<'JS'
import { setTimeout as delay } from 'node:timers/promises'
import puppeteer from 'puppeteer-core'
const browser = await puppeteer.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] })
const page = await browser.newPage()
await page.setViewport({ width: 800, height: 600 })
await page.setContent('<body style="margin: 0"><p style="height: 100vh; margin: 0"></p><p style="height: 3000px; margin: 0"></p></body>')
await page.evaluate(`globalThis.seen = []
  addEventListener('resize', () => seen.push('resize to ' + innerWidth + ' x ' + innerHeight))
  new ResizeObserver(([entry]) => seen.push('100vh are ' + entry.contentRect.height)).observe(document.querySelector('p'))`)
await delay(500)
const look = async (what, work) => {
  await page.evaluate('seen = []')
  await work()
  await delay(500)
  console.log(`${what}: ${(await page.evaluate('seen')).join(', ') || 'nothing'}`)
}
await look('viewport', () => page.screenshot())
await look('full page', () => page.screenshot({ fullPage: true }))
const protocol = await page.createCDPSession()
await look('protocol', () => protocol.send('Page.captureScreenshot', { captureBeyondViewport: true }))
await browser.close()
JS
seen=$(node look.mjs 2>/dev/null)
printf '%s\n' "$seen"
expected='viewport: nothing
full page: resize to 1 x 1, 100vh are 1, resize to 800 x 600, 100vh are 600
protocol: resize to 1 x 1, 100vh are 1, resize to 800 x 600, 100vh are 600'
[ "$seen" = "$expected" ] || { echo 'this has changed' >&2; exit 1; }
