/** The one dialog of the page: what it shows, and what its two buttons do. */
import { byId } from './elements.ts'

/** What a dialog says and does. */
export interface Shown {
  readonly title: string
  readonly text: string
  readonly body?: readonly HTMLElement[]
  /** What is on the button that does it; absent: `Do it`. */
  readonly yes?: string
  /** Absent: there is nothing that could be done. */
  readonly act?: () => void
  /** What cannot be undone is not done by a key that was meant for something else. */
  readonly final?: boolean
}

export class DialogFrame {
  private readonly dialog = byId('dialog', HTMLDialogElement)
  private readonly yes = byId('dialog-yes', HTMLButtonElement)
  private readonly no = byId('dialog-no', HTMLButtonElement)

  private serial = 0

  constructor() {
    this.no.addEventListener('click', () => {
      this.close()
    })
    this.dialog.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && event.target instanceof HTMLInputElement) this.yes.click()
    })
  }

  show({ title, text, body = [], yes = 'Do it', act, final = false }: Shown): void {
    byId('dialog-title', HTMLElement).textContent = title
    byId('dialog-text', HTMLElement).textContent = text
    byId('dialog-body', HTMLElement).replaceChildren(...body)
    this.serial++
    this.yes.disabled = false
    this.yes.textContent = yes
    this.yes.hidden = act === undefined
    this.yes.onclick = act ?? null
    this.no.textContent = act === undefined ? 'Close' : 'Leave it'
    if (!this.dialog.open) this.dialog.showModal()
    if (final) this.no.focus()
  }

  /** Something is waited for: nothing can be begun meanwhile. */
  wait(): void {
    this.yes.disabled = true
  }

  /** @returns whether the dialog still shows what it showed when that number was asked for */
  shows(number: number): boolean {
    return this.dialog.open && number === this.serial
  }

  /** The number of what is shown. */
  get number(): number {
    return this.serial
  }

  close(): void {
    this.dialog.close()
  }
}
