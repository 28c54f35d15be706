#!/usr/bin/env bash
# Chromium: the words of an SVG inside a button or a link are not its name.
#
# Guess: a button is named by the text that it contains, so that one with `<svg><text>Go</text></svg>` is the button "Go", as it is on the screen.
# Seen with Chromium 150 (Debian 12): its name in the accessibility tree is empty, and so is a link's. A `<title>` in the same SVG names it, and so does
#   `aria-label`; a text in HTML beside the SVG does too.
# What to do: give each control that is drawn an `aria-label` or its drawing a `<title>`, even where the drawing contains the word.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
command -v chromium >/dev/null || { echo 'this needs Chromium: apt-get install chromium' >&2; exit 69; }
npm init -y >/dev/null
npm pkg set type=module >/dev/null
npm install --silent --no-audit --no-fund puppeteer-core@24.43.1 >/dev/null
cat >look.mjs <<'JS'
import puppeteer from 'puppeteer-core'
const browser = await puppeteer.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] })
const page = await browser.newPage()
await page.setContent(`<!doctype html>
<button><svg><text y="10">Go</text></svg></button>
<a href="#"><svg><text y="10">Go</text></svg></a>
<button><svg><title>Go</title></svg></button>
<button aria-label="Go"><svg><text y="10">Go</text></svg></button>
<button><svg></svg><span>Go</span></button>`)
const session = await page.createCDPSession()
const { nodes } = await session.send('Accessibility.getFullAXTree')
for (const { role, name } of nodes) if (['button', 'link'].includes(role?.value)) console.log(`${role.value} ${JSON.stringify(name.value)}`)
await browser.close()
JS
seen=$(node look.mjs 2>/dev/null)
printf '%s\n' "$seen"
expected='button ""
link ""
button "Go"
button "Go"
button "Go"'
[ "$seen" = "$expected" ] || { echo 'this has changed' >&2; exit 1; }
