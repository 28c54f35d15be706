/** The text of the program: a text area, and behind it the same text in colours, with numbers of lines and marks where messages lead. */
import { lex } from '../../../grammar/lexer.ts'
import type { Token } from '../../../grammar/tokens.ts'
import { element } from '../../../runtime/dashboard/page/elements.ts'

export type Mark = 'error' | 'warning'

export class SourceEditor {
  private readonly area: HTMLTextAreaElement
  private readonly coloured = element('code')
  private readonly numbers = element('pre', { class: 'numbers', 'aria-hidden': 'true' })
  private marks: ReadonlyMap<number, Mark> = new Map()

  /** @param changed hears of each change that the user makes */
  constructor(parent: HTMLElement, changed: () => void) {
    this.area = element('textarea', {
      'aria-label': 'Text of the program',
      spellcheck: 'false',
      autocapitalize: 'off',
      autocomplete: 'off',
      wrap: 'off',
    })
    const behind = element('pre', { class: 'coloured', 'aria-hidden': 'true' }, this.coloured)
    parent.append(this.numbers, element('div', { class: 'sheet' }, behind, this.area))
    const { area } = this
    area.addEventListener('input', () => {
      this.marks = new Map()
      this.show()
      changed()
    })
    area.addEventListener('scroll', () => {
      behind.scrollTop = this.numbers.scrollTop = area.scrollTop
      behind.scrollLeft = area.scrollLeft
    })
  }

  get text(): string {
    return this.area.value
  }

  set text(text: string) {
    this.area.value = text
    this.area.scrollTop = 0
    this.marks = new Map()
    this.show()
  }

  /** @param marks by numbers of lines, from 1 */
  mark(marks: ReadonlyMap<number, Mark>): void {
    this.marks = marks
    this.show()
  }

  /** Brings a place into view, and puts the cursor there. Both count from 1. */
  goTo(line: number, column: number): void {
    const { area } = this
    const before = this.text.split('\n').slice(0, line - 1)
    const offset = before.reduce((sum, each) => sum + each.length + 1, 0) + column - 1
    area.focus()
    area.setSelectionRange(offset, offset)
    const height = area.scrollHeight / Math.max(1, this.text.split('\n').length)
    area.scrollTop = Math.max(0, (line - 1) * height - area.clientHeight / 2)
  }

  private show(): void {
    const { text } = this
    this.coloured.replaceChildren(...coloured(text), '\n') // the last line has its height, too
    const lines = text.split('\n').map((_, i) => {
      const mark = this.marks.get(i + 1)
      return element('span', mark === undefined ? {} : { class: mark }, `${i + 1}\n`)
    })
    this.numbers.replaceChildren(...lines)
  }
}

/** @returns the pieces of a text, those that have a colour as elements */
function coloured(text: string): (string | HTMLElement)[] {
  const { tokens, comments } = lex({ path: '', text }).value
  const pieces = [
    ...tokens.flatMap((token) => {
      const kind = kindOf(token)
      return kind === undefined ? [] : [{ start: token.startOffset, end: token.end, kind }]
    }),
    ...comments.map(({ span }) => ({ start: span.start, end: span.end, kind: 'comment' })),
  ].sort((a, b) => a.start - b.start)
  const parts: (string | HTMLElement)[] = []
  let at = 0
  for (const { start, end, kind } of pieces) {
    if (start < at) continue
    if (start > at) parts.push(text.slice(at, start))
    parts.push(element('span', { class: kind }, text.slice(start, end)))
    at = end
  }
  parts.push(text.slice(at))
  return parts
}

function kindOf({ tokenType: { name }, image }: Token): string | undefined {
  if (name === 'Directive' || name === 'DirectiveText') return 'directive'
  if (name === 'StringText' || name === 'ByteLiteral') return 'string'
  if (name === 'Integer' || name === 'Real' || name === 'BoolLiteral') return 'number'
  if (name === 'Primitive') return 'type'
  return /^[A-Z][A-Z.]*$/.test(name) || /^[A-Z]{2,}$/.test(image) ? 'keyword' : undefined
}
