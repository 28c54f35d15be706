/** What the page asks before it changes something: each dialog says what will happen, and does it only when that is what is meant. */
import type { AnswerToPage, Question, ShownCheckpoint } from '../talk.ts'
import { DialogFrame } from './dialog-frame.ts'
import type { Shown } from './dialog-frame.ts'
import { bytes, count, element, time } from './elements.ts'
import { UpgradeDialog } from './upgrade-dialog.ts'
import type { Chosen, NodeView, Snapshot } from './model.ts'

/** What a dialog needs of the page. */
interface DialogPort {
  ask(question: Question): Promise<AnswerToPage>
  /** Shows what has become of something. */
  say(text: string): void
  shown(): Snapshot
  /** What is shown may not be as it was. */
  changed(): void
}

export class Dialogs {
  private readonly frame = new DialogFrame()

  constructor(private readonly port: DialogPort) {}

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

  async rewind(program: string, name: string): Promise<void> {
    const answer = await this.port.ask({ ask: 'checkpoints', program })
    if (answer.kind !== 'checkpoints') {
      this.port.say(wordsOf(answer))
      return
    }
    const checkpoints = [...answer.checkpoints].reverse()
    if (checkpoints.length === 0) {
      const body = [element('p', {}, element('code', {}, `godwit checkpoint ${name}`), ' keeps one.')]
      this.frame.show({ title: `Rewind ${name}`, text: `No checkpoint of ${name} is kept, so there is nothing to go back to.`, body })
      return
    }
    const select = element('select', { id: 'dialog-checkpoint' }, ...checkpoints.map(optionOf))
    this.confirm(
      {
        title: `Rewind ${name}?`,
        text: `It goes on from a checkpoint of its own, with its processes, its code, its files and what was typed as they were then.`,
        body: [
          element('p', {}, element('label', { for: 'dialog-checkpoint' }, 'Checkpoint'), select),
          element(
            'ul',
            { class: 'losses' },
            element(
              'li',
              {},
              'What it has done since then is lost, unless ',
              element('code', {}, `godwit checkpoint ${name}`),
              ' keeps it first.',
            ),
            element('li', {}, 'What it has shown since then has been seen, and stays. Its output goes on behind that.'),
          ),
        ],
        final: true,
      },
      () => ({ ask: 'rewind', program, number: Number(select.value) }),
    )
  }

  /** @param source path of the text of the version that has begun */
  upgrade(program: string, name: string, source: string): void {
    const order = async (question: Question): Promise<AnswerToPage> => this.order(question)
    new UpgradeDialog(this.frame, { program, name, ask: (question) => this.port.ask(question), order }).begin(source, '')
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

  /** Says what will happen, and asks for it when that is what is meant. @param question or what gives it by then */
  private confirm(shown: Omit<Shown, 'act'>, question: Question | (() => Question)): void {
    this.frame.show({
      ...shown,
      act: () => {
        this.frame.close()
        void this.order(typeof question === 'function' ? question() : question)
      },
    })
  }

  private async order(question: Question): Promise<AnswerToPage> {
    this.port.say('…')
    const answer = await this.port.ask(question)
    this.port.say(wordsOf(answer))
    this.port.changed()
    return answer
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
    case 'checkpoints':
    case 'survey':
    case 'rejected':
      return '' // these are shown otherwise
  }
}

function optionOf({ number, ageMicros, bytes: size, programMicros }: ShownCheckpoint): HTMLElement {
  const made = new Date(Date.now() - ageMicros / 1000).toLocaleString('en-GB')
  return element('option', { value: String(number) }, `${number}: ${made}, at ${time(programMicros)} of its time, ${bytes(size)}`)
}
