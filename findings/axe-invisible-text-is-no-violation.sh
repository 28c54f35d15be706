#!/usr/bin/env bash
# axe-core: text in the colour of its background is no violation, and the contrast of text in an SVG is not looked at.
#
# Guess: `color-contrast` reports white text on white, in HTML as in an SVG, since it reports light grey on white.
# Seen with axe-core 4.14.1 in Chromium 150 (Debian 12): grey HTML text is a violation. White and nearly white HTML text is "incomplete" (equalRatio), and so
#   is every text of an SVG, grey or black (imgNode). A check that wants `violations` to be empty passes on a page in which nothing can be read.
# What to do: look at the `incomplete` of color-contrast too, and compute the contrast of the labels of one's own drawings in a test of one's own.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
command -v chromium >/dev/null || { echo 'this needs Chromium: apt-get install chromium' >&2; exit 69; }
npm init -y >/dev/null
npm pkg set type=module >/dev/null
npm install --silent --no-audit --no-fund axe-core@4.14.1 puppeteer-core@24.43.1 >/dev/null
cat >look.mjs <<'JS'
import { readFileSync } from 'node:fs'
import puppeteer from 'puppeteer-core'
const browser = await puppeteer.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] })
const page = await browser.newPage()
const texts = Object.entries({ white: '#fff', 'nearly-white': '#fefefe', grey: '#aaa', black: '#000' })
const html = texts.map(([name, colour]) => `<p id="html-${name}" style="background:#fff;color:${colour}">some words</p>`)
const svg = texts.map(([name, colour]) => `<svg width="200" height="40"><text id="svg-${name}" x="5" y="20" fill="${colour}">some words</text></svg>`)
await page.setContent(`<!doctype html><html lang="en"><title>contrast</title><main>${html.join('')}${svg.join('')}</main></html>`)
await page.evaluate(readFileSync('node_modules/axe-core/axe.min.js', 'utf8'))
const results = await page.evaluate(() => globalThis.axe.run({ runOnly: ['color-contrast'] }))
for (const kind of ['violations', 'incomplete', 'passes']) {
  const nodes = results[kind].flatMap((rule) => rule.nodes).map((node) => node.target.join())
  console.log(`${kind}: ${nodes.join(' ')}`)
}
await browser.close()
JS
seen=$(node look.mjs 2>/dev/null)
printf '%s\n' "$seen"
expected='violations: #html-grey
incomplete: #html-white #html-nearly-white #svg-white #svg-nearly-white #svg-grey #svg-black
passes: #html-black'
[ "$seen" = "$expected" ] || { echo 'this has changed' >&2; exit 1; }
