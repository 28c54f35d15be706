/** SVG as every picture of Godwit writes it: the frame of a document, its colours in the light and in the dark, and text within it. */

/** @returns `text` as it may stand in SVG, also within an attribute */
export const escapeXml = (text: string): string => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`)

/** @returns a coordinate with at most one digit after the point */
export const round = (x: number): string => String(Math.round(x * 10) / 10)

export interface Picture {
  readonly title: string
  readonly width: number
  readonly height: number
  /** Rules of CSS. They name colours by the variables of `COLOURS`. */
  readonly style: string
  readonly body: readonly string[]
}

/** Colours by what they are for. A picture follows what the reader's system prefers. */
export const COLOURS: Readonly<Record<string, readonly [light: string, dark: string]>> = {
  paper: ['#ffffff', '#14181d'],
  ink: ['#1c2730', '#e4e9ed'],
  quiet: ['#525e68', '#93a0aa'],
  faint: ['#c9d1d7', '#3a444d'],
  fill: ['#f4f6f8', '#1b2127'],
  card: ['#ffffff', '#242c34'],
  line: ['#5b6b77', '#93a3af'],
  accent: ['#1f6f8b', '#5cb8d6'],
}

const variables = (column: 0 | 1): string =>
  Object.entries(COLOURS)
    .map(([name, both]) => `--${name}:${both[column]}`)
    .join(';')

const COMMON = `  svg { background: var(--paper) }
  text { fill: var(--ink) }
  .head { fill: var(--line) }`

/** @returns rules of which each first says a colour plainly, for whoever draws SVG and knows no variables */
const plainFirst = (style: string): string =>
  style.replace(/([a-z-]+): var\(--(\w+)\)/g, (both, property: string, name: string) => `${property}: ${COLOURS[name]?.[0] ?? ''}; ${both}`)

/** @returns the picture as a document of its own */
export function svgDocument({ title, width, height, style, body }: Picture): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" role="img" width="${round(width)}" height="${round(height)}" viewBox="0 0 ${round(width)} ${round(height)}">
<title>${escapeXml(title)}</title>
<style>
  svg { ${variables(0)}; font: 12px ui-sans-serif, system-ui, sans-serif }
  @media (prefers-color-scheme: dark) { svg { ${variables(1)} } }
${plainFirst(`${COMMON}\n${style}`)}
</style>
<defs><marker id="head" markerWidth="9" markerHeight="8" refX="8" refY="4" orient="auto"><path d="M0,0.5 L8,4 L0,7.5 z" class="head"/></marker></defs>
${body.join('\n')}
</svg>
`
}
