/**
 * The words of our pictures can be read: they have at least the contrast of WCAG 2.2, success criterion 1.4.3, with what they stand on.
 *
 * The checkers of accessibility look at words in HTML alone, and never at those that are drawn in an SVG or on a canvas.
 */
import { readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { COLOURS } from '../../cli/pictures/svg.ts'

const LEAST = 4.5

/** Relative luminance of a colour `#rrggbb`, from 0 to 1, as WCAG 2.2 defines it. */
function luminance(colour: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const c = parseInt(colour.slice(at, at + 2), 16) / 255
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b)
  return (light + 0.05) / (dark + 0.05)
}

/** @returns the pairs of `words` and `grounds` that are too close to each other */
function tooFaint(colours: ReadonlyMap<string, string>, words: readonly string[], grounds: readonly string[]): readonly string[] {
  const colour = (name: string): string => {
    const found = colours.get(name)
    assert.ok(found !== undefined && /^#[0-9a-f]{6}$/.test(found), name)
    return found
  }
  return words.flatMap((word) =>
    grounds
      .map((ground) => ({ ground, is: contrast(colour(word), colour(ground)) }))
      .filter(({ is }) => is < LEAST)
      .map(({ ground, is }) => `${word} on ${ground}: ${is.toFixed(2)}`),
  )
}

test('the contrast of black and white is 21, of a colour with itself 1', () => {
  assert.is(Math.round(contrast('#000000', '#ffffff')), 21)
  assert.is(contrast('#a0b0c0', '#a0b0c0'), 1)
})

for (const [i, scheme] of (['light', 'dark'] as const).entries()) {
  test(`words in SVG can be read in the ${scheme}`, () => {
    const colours = new Map(Object.entries(COLOURS).map(([name, both]) => [name, both[i] ?? '']))
    assert.equal(tooFaint(colours, ['ink', 'quiet'], ['paper', 'fill', 'card']), [])
  })

  test(`words on the canvas of the page can be read in the ${scheme}`, () => {
    const css = readFileSync(new URL('../../runtime/dashboard/page/style.css', import.meta.url), 'utf8')
    const rules = css.split(':root')[i + 1] ?? ''
    const colours = new Map(
      [...rules.slice(0, rules.indexOf('}')).matchAll(/--(\w+): (#\w+);/g)].map(([, name = '', colour = '']) => [name, colour]),
    )
    assert.equal(tooFaint(colours, ['ink', 'quiet'], ['paper', 'card', 'faint']), [])
  })
}

test.run()
