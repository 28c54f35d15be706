/** How a program is upgraded from the page: a text is named, looked at, and what would happen is shown before it does. */
import type { Survey } from '../../kernel/upgrade/obstacles.ts'
import type { AnswerToPage, Question } from '../talk.ts'
import type { DialogFrame } from './dialog-frame.ts'
import { count, element } from './elements.ts'

/** What is upgraded, and how. */
interface Upgrading {
  readonly program: string
  readonly name: string
  ask(question: Question): Promise<AnswerToPage>
  /** As `ask`, and shows what has become of it. */
  order(question: Question): Promise<AnswerToPage>
}

/** Obstacles that are shown one by one. */
const SHOWN = 20

export class UpgradeDialog {
  private file = ''
  private map = ''

  constructor(
    private readonly frame: DialogFrame,
    private readonly upgrading: Upgrading,
  ) {}

  /**
   * Asks for the new version.
   * @param file path of its text, as it was named last
   * @param map as it was written last
   * @param trouble what was wrong with that
   */
  begin(file: string, map: string, trouble?: HTMLElement): void {
    const { name, program } = this.upgrading
    const path = element('input', { id: 'upgrade-file', type: 'text', autocomplete: 'off', spellcheck: 'false', value: file })
    const lines = element('textarea', { id: 'upgrade-map', rows: '3', spellcheck: 'false', 'aria-describedby': 'upgrade-map-help' }, map)
    const before = element(
      'button',
      {
        type: 'button',
        id: 'upgrade-back',
        onclick: () => void this.look({ ask: 'rollback', program, dry: true }),
      },
      'Go back to the version before',
    )
    this.frame.show({
      title: `Upgrade ${name}`,
      text: 'The new version is compiled where this page is served, and looked at first. That changes nothing.',
      body: [
        element('p', {}, element('label', { for: 'upgrade-file' }, 'Path of its text, as the server of the page sees it'), path),
        element(
          'p',
          {},
          element('label', { for: 'upgrade-map' }, 'Map'),
          lines,
          element(
            'span',
            { id: 'upgrade-map-help', class: 'quiet' },
            'What the texts do not say, if anything: PROC old = new, proc.variable := value',
          ),
        ),
        element('div', { id: 'upgrade-trouble', role: 'status' }, trouble),
        element('p', {}, 'Or: ', before),
      ],
      yes: 'Look first',
      act: () => {
        this.file = path.value.trim()
        this.map = lines.value
        void this.look({ ask: 'upgrade', program, file: this.file, map: this.map })
      },
    })
  }

  /** Asks what would happen, and shows it. */
  private async look(question: Question & { readonly ask: 'upgrade' | 'rollback' }): Promise<void> {
    const { number } = this.frame
    this.frame.wait()
    const answer = await this.upgrading.ask(question)
    if (this.frame.shows(number)) this.answered(question, answer)
  }

  private answered(question: Question & { readonly ask: 'upgrade' | 'rollback' }, answer: AnswerToPage): void {
    switch (answer.kind) {
      case 'survey':
        if (answer.survey.obstacles.length > 0) this.showObstacles(answer.survey)
        else this.confirm(question, answer)
        return
      case 'rejected':
        this.again(element('pre', { class: 'said', tabindex: '0' }, answer.diagnostics))
        return
      case 'error':
        this.again(element('span', { class: 'error' }, answer.help === '' ? answer.text : `${answer.text} (${answer.help})`))
        return
      case 'process':
      case 'moved':
      case 'checkpoints':
      case 'done':
        return // these answer other questions
    }
  }

  private again(trouble?: HTMLElement): void {
    this.begin(this.file, this.map, trouble)
  }

  private confirm(question: Question & { readonly ask: 'upgrade' | 'rollback' }, answer: AnswerToPage & { readonly kind: 'survey' }): void {
    const { name } = this.upgrading
    const { survey, version, warnings } = answer
    const { machines } = survey
    const rows = machines.map(({ from, to, frames }) =>
      element('tr', {}, element('td', {}, from), element('td', {}, to), element('td', { class: 'number' }, count(frames))),
    )
    const head = element('tr', {}, ...['PROC', 'goes on as', 'frames'].map((title) => element('th', { scope: 'col' }, title)))
    this.frame.show({
      title: question.ask === 'rollback' ? `Take ${name} back to the version before?` : `Upgrade ${name} to ${question.file}?`,
      text: whatHappens(survey, question.ask === 'rollback' ? 'that version' : 'the new version'),
      body: [
        ...(rows.length === 0
          ? []
          : [
              element(
                'div',
                { class: 'rows', tabindex: '0', role: 'region', 'aria-label': 'What becomes of the PROCs' },
                element('table', {}, head, ...rows),
              ),
            ]),
        ...(warnings === '' ? [] : [element('pre', { class: 'said', tabindex: '0' }, warnings)]),
      ],
      act: () => {
        this.frame.close()
        const meant: Question = question.ask === 'rollback' ? { ...question, dry: false } : { ...question, version }
        void this.upgrading.order(meant).then((done) => {
          if (done.kind === 'survey') this.showObstacles(done.survey)
          else if (done.kind === 'rejected') this.answered(question, done)
        })
      },
    })
  }

  private showObstacles({ obstacles, more }: Survey): void {
    const items = obstacles
      .slice(0, SHOWN)
      .map(({ process, line, text, reason }) =>
        element(
          'li',
          {},
          element('code', {}, process),
          ` at ${line === '' ? 'a point without a line' : `${line.split('/').at(-1) ?? line}: `}`,
          line === '' ? undefined : element('code', {}, text),
          element('br', {}),
          reason,
        ),
      )
    const hidden = obstacles.length - SHOWN
    const least = more === true ? 'at least ' : ''
    this.frame.show({
      title: `${this.upgrading.name} cannot be upgraded`,
      text: `${obstacles.length === 1 ? 'A process stands' : `${more === true ? 'At least ' : ''}${count(obstacles.length)} processes stand`} in the way. Nothing has changed.`,
      body: [
        element(
          'div',
          { class: 'rows', tabindex: '0', role: 'region', 'aria-label': 'What stands in the way' },
          element('ul', { class: 'losses' }, ...items, hidden > 0 ? element('li', {}, `and ${least}${count(hidden)} more`) : undefined),
        ),
      ],
      yes: 'Try another version',
      act: () => {
        this.again()
      },
    })
  }
}

function whatHappens({ changed, processes }: Survey, version: string): string {
  if (changed === 0) return `None of its ${count(processes)} processes is at anything that ${version} has otherwise: they stay as they are.`
  const others = changed === processes ? '' : ' The others stay as they are.'
  return `${count(changed)} of its ${count(processes)} processes ${changed === 1 ? 'goes' : 'go'} on as ${version}, each at the point where it is, with the values that it has.${others} None of them stands in the way just now.`
}
