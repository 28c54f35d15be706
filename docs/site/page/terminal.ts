/** The terminal of the program: what it writes, and a line to type on. */
import { byId, element } from '../../../runtime/dashboard/page/elements.ts'

/** Characters that are kept of the output. */
const MOST_SHOWN = 200_000
/** Pixels from the end at which the end counts as shown. */
const NEAR_THE_END = 30
/** Characters of one element. */
const MOST_IN_ONE = 4_000

export interface TerminalEvents {
  /** @returns whether there is a program that gets them */
  typed(bytes: Uint8Array): boolean
  /** What was typed stays on its line. */
  refused(): void
  inputEnded(): void
}

export class Terminal {
  private readonly output = byId('output', HTMLPreElement)
  private readonly line = byId('typed', HTMLInputElement)
  private shown = 0
  /** The end is shown, as long as the user has not gone back. */
  private following = true

  constructor(events: TerminalEvents) {
    const { output } = this
    output.addEventListener('scroll', () => {
      this.following = output.scrollHeight - output.scrollTop - output.clientHeight < NEAR_THE_END
    })
    new ResizeObserver(() => {
      this.follow()
    }).observe(output)
    byId('keyboard', HTMLFormElement).addEventListener('submit', (event) => {
      event.preventDefault()
      const text = `${this.line.value}\n`
      if (!events.typed(new TextEncoder().encode(text))) {
        events.refused()
        return
      }
      this.line.value = ''
      this.write(text, 'typed')
    })
    byId('end-input', HTMLButtonElement).addEventListener('click', () => {
      events.inputEnded()
    })
  }

  clear(): void {
    this.output.replaceChildren()
    this.shown = 0
    this.following = true
  }

  /** A carriage return begins the line anew. @param kind of what is written: output has none */
  write(text: string, kind = ''): void {
    const { output } = this
    text.split(/\r(?!\n)/).forEach((part, i) => {
      if (i > 0) this.returnCarriage(kind)
      if (part !== '') this.append(part.replaceAll('\r\n', '\n'), kind)
    })
    while (this.shown > MOST_SHOWN && output.firstChild !== null && output.childNodes.length > 1) {
      this.shown -= output.firstChild.textContent?.length ?? 0
      output.firstChild.remove()
    }
    this.follow()
  }

  private follow(): void {
    if (this.following) this.output.scrollTop = this.output.scrollHeight
  }

  private append(text: string, kind: string): void {
    const { output } = this
    const last = output.lastChild
    if (last instanceof HTMLElement && last.className === kind && last.textContent.length < MOST_IN_ONE) last.append(text)
    else output.append(element('span', { class: kind }, text))
    this.shown += text.length
  }

  /** Removes what the last line has of that kind. */
  private returnCarriage(kind: string): void {
    const last = this.output.lastChild
    if (!(last instanceof HTMLElement) || last.className !== kind) return
    const text = last.textContent
    const kept = text.slice(0, text.lastIndexOf('\n') + 1)
    this.shown -= text.length - kept.length
    last.textContent = kept
  }

  /** The program waits for what is typed, or does not. */
  wanted(is: boolean): void {
    this.line.classList.toggle('wanted', is)
    this.line.placeholder = is ? 'The program waits for a line' : 'Enter sends a line'
  }
}
