#!/usr/bin/env bash
# Chromium without a screen: a page that another page was opened after is hidden, and gets no animation frame at all.
#
# Guess: nothing is shown anyway, so each page that a test has opened goes on drawing.
# Seen with Chromium 150 (Debian 12) and puppeteer-core 24.43.1: the first page draws until the second is opened. From then on its `visibilityState` is
#   `hidden` and its `requestAnimationFrame` calls nothing, until `bringToFront`. What the test waits for in the first page never comes.
# What to do: open pages that shall draw at the same time in browsers of their own, or bring each to the front before its turn.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
command -v chromium >/dev/null || { echo 'this needs Chromium: apt-get install chromium' >&2; exit 69; }
npm init -y >/dev/null
npm pkg set type=module >/dev/null
npm install --silent --no-audit --no-fund puppeteer-core@24.43.1 >/dev/null
cat >look.mjs <<'JS'
import { setTimeout as delay } from 'node:timers/promises'
import puppeteer from 'puppeteer-core'
const browser = await puppeteer.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] })
const open = async () => {
  const page = await browser.newPage()
  await page.evaluate('globalThis.frames = 0; (function frame() { frames += 1; requestAnimationFrame(frame) })()')
  return page
}
const look = async (what, page) => {
  const before = await page.evaluate('frames')
  await delay(1_000)
  const some = (await page.evaluate('frames')) > before
  console.log(`${what}: ${await page.evaluate('document.visibilityState')}, ${some ? 'draws' : 'does not draw'}`)
}
const first = await open()
await look('first page', first)
const second = await open()
await look('first page, behind the second', first)
await look('second page', second)
await first.bringToFront()
await look('first page, in front again', first)
await browser.close()
JS
seen=$(node look.mjs 2>/dev/null)
printf '%s\n' "$seen"
expected='first page: visible, draws
first page, behind the second: hidden, does not draw
second page: visible, draws
first page, in front again: visible, draws'
[ "$seen" = "$expected" ] || { echo 'this has changed' >&2; exit 1; }
