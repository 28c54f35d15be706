/** What the page asks before it changes something: each dialog says what will happen, and does it only when that is what is meant. */
import type { AnswerToPage, Question } from '../talk.ts'
import { byId, count, element, replace } from './elements.ts'
import type { Chosen, NodeView, Snapshot } from './model.ts'

/** What a dialog needs of the page. */
export interface DialogPort {
  ask(question: Question): Promise<AnswerToPage>
  /** Shows what has become of something. */
  say(text: string): void
  shown(): Snapshot
  /** What is shown may not be as it was. */
  changed(): void
}

/** What a dialog says and does. */
interface Shown {
  readonly title: string
  readonly text: string
  readonly body?: readonly HTMLElement[]
  /** What is on the button that does it; absent: `Do it`. */
  readonly yes?: string
  /** Absent: there is nothing that could be done. */
  readonly act?: () => void
  /** What cannot be undone is not done by the key that was meant for something else. */
  readonly final?: boolean
}

export class Dialogs {
  private readonly dialog = byId('dialog', HTMLDialogElement)

  constructor(private readonly port: DialogPort) {
    byId('dialog-no', HTMLButtonElement).addEventListener('click', () => {
      this.dialog.close()
    })
  }

  /** @param path of a process, or that of a group with `*` at its end */
  move({ program, path, from }: Chosen & { readonly from: string }, to: string): void {
    const several = path.endsWith('*')
    this.confirm(
      {
        title: `Move ${several ? path.slice(0, -1) : path} to ${to}?`,
        text: `${several ? 'All processes of that name' : 'The process'} of ${this.nameOf(program)}, and what is below, ${several ? 'leave their nodes' : `leaves ${from}`} at the next safe point and ${several ? 'go' : 'goes'} on there. Nobody who talks to ${several ? 'them' : 'it'} notices.`,
      },
      { ask: 'migrate', program, path, to, only: false },
    )
  }

  cordon(node: string, on: boolean): void {
    this.confirm(
      {
        title: on ? `Cordon ${node}?` : `Let ${node} take guests again?`,
        text: on ? 'It takes no more programs and processes, and keeps what it has.' : 'Programs and processes may come to it again.',
      },
      { ask: 'cordon', node, on },
    )
  }

  drain(node: string): void {
    const processes = [...(this.viewOf(node)?.groups.values() ?? [])].reduce((sum, { states }) => sum + states.length, 0)
    this.confirm(
      {
        title: `Drain ${node}?`,
        text: `Its ${count(processes)} processes, and the homes of programs, move to the other nodes. They go on meanwhile.`,
      },
      { ask: 'drain', node },
    )
  }

  kill(node: string): void {
    const { measures } = this.viewOf(node) ?? {}
    const others = this.port.shown().nodes.filter((view) => view.name !== node && view.goneSince === undefined)
    const isThread = others.some((view) => view.measures?.pid === measures?.pid && view.measures?.host === measures?.host)
    const where = measures === undefined ? '' : ` (${isThread ? 'of process' : 'number'} ${measures.pid} on ${measures.host})`
    const losses = this.lossesWith(node)
    this.confirm(
      {
        title: `Kill ${node}?`,
        text: `Its ${isThread ? 'thread' : 'OS process'}${where} ends at once, as kill -9 would end it. Nothing is moved away before. To lose nothing, drain it instead.`,
        body:
          losses.length === 0
            ? [element('p', {}, 'Nothing runs on it.')]
            : [element('ul', { class: 'losses' }, ...losses.map((words) => element('li', {}, words)))],
        final: true,
      },
      { ask: 'kill', node },
    )
  }

  stop(program: string, name: string): void {
    this.confirm(
      { title: `End ${name}?`, text: 'All its processes end, on all nodes. This cannot be undone.', final: true },
      { ask: 'stop', program },
    )
  }

  fork(program: string, name: string): void {
    this.confirm(
      {
        title: `Fork ${name}?`,
        text: `A second program begins from where ${name} is: all its processes as they are at one moment, with the same code. ${name} goes on.`,
        body: [
          element(
            'p',
            {},
            'The second has an output of its own. It begins empty, nobody sees it here, and ',
            element('code', {}, 'godwit attach'),
            ' shows it.',
          ),
          element('p', {}, 'Files that the first has open are open in both.'),
        ],
      },
      { ask: 'fork', program },
    )
  }

  /** Says for each program that has something on a node what becomes of it when the node dies. */
  private lossesWith(node: string): readonly string[] {
    const { nodes, programs } = this.port.shown()
    const isLast = nodes.every(({ name, goneSince }) => name === node || goneSince !== undefined)
    return programs.flatMap(({ program, name, home, durable, state }) => {
      if (state !== 'running') return []
      const groups = [...(this.viewOf(node)?.groups.values() ?? [])].filter((group) => group.program === program)
      const processes = groups.reduce((sum, { states }) => sum + states.length, 0)
      if (processes === 0 && home !== node) return []
      const here = [
        ...(processes === 0 ? [] : [processes === 1 ? 'one process' : `${count(processes)} processes`]),
        ...(home === node ? ['its home'] : []),
      ]
      const has = `${name} has ${here.join(' and ')} on it`
      if (!durable) return [`${has}, and is not durable: that is lost, and the program fails (R0408).`]
      const then = isLast ? 'when there is a node again' : 'on the nodes that are left'
      return [`${has}, and is durable: all of it goes on from its last cut ${then}. What it did since then is done again.`]
    })
  }

  private viewOf(node: string): NodeView | undefined {
    return this.port.shown().nodes.find(({ name }) => name === node)
  }

  private nameOf(program: string): string {
    return this.port.shown().programs.find((each) => each.program === program)?.name ?? program
  }

  /** Says what will happen, and asks for it when that is what is meant. */
  private confirm(shown: Omit<Shown, 'act'>, question: Question): void {
    this.show({
      ...shown,
      act: () => {
        this.dialog.close()
        void this.order(question)
      },
    })
  }

  private show({ title, text, body = [], yes = 'Do it', act, final = false }: Shown): void {
    byId('dialog-title', HTMLElement).textContent = title
    byId('dialog-text', HTMLElement).textContent = text
    replace(byId('dialog-body', HTMLElement), ...body)
    const button = byId('dialog-yes', HTMLButtonElement)
    button.textContent = yes
    button.hidden = act === undefined
    button.onclick = act ?? null
    if (!this.dialog.open) this.dialog.showModal()
    if (final) byId('dialog-no', HTMLButtonElement).focus()
  }

  private async order(question: Question): Promise<void> {
    this.port.say('…')
    this.port.say(wordsOf(await this.port.ask(question)))
    this.port.changed()
  }
}

/** @returns what has become of an order */
function wordsOf(result: AnswerToPage): string {
  switch (result.kind) {
    case 'error':
      return result.help === '' ? result.text : `${result.text} (${result.help})`
    case 'moved': {
      const failed = result.results.find(({ error }) => error !== undefined)
      return failed?.error === undefined ? `${count(result.results.length)} moved` : `${failed.process} stays: ${failed.error.message}`
    }
    case 'done':
      return result.words ?? 'done'
    case 'process':
      return ''
  }
}
