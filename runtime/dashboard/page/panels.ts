/** The column beside the picture: nodes, programs, the chosen process, moves. Everything that the mouse can do in the picture can be done here by keys. */
import type { NodeMeasures } from '../../node/wire/observations.ts'
import type { AnswerToPage } from '../talk.ts'
import { bytes, count, element, replace, time } from './elements.ts'
import { wordOf } from './model.ts'
import type { Chosen, Move, NodeView, Snapshot } from './model.ts'

export interface PanelEvents {
  choose(chosen: Chosen): void
  migrate(what: Chosen & { readonly from: string }, to: string): void
  cordon(node: string, on: boolean): void
  drain(node: string): void
  kill(node: string): void
  stop(program: string, name: string): void
  fork(program: string, name: string): void
  rewind(program: string, name: string): void
  /** @param source path of the text of the version that has begun */
  upgrade(program: string, name: string, source: string): void
  pin(chosen: Chosen): void
  showOnly(program: string | undefined): void
}

/** What is shown of the numbers of a node. */
interface Rates {
  readonly cpu: number
  readonly messages: number
  readonly processes: number
}

function ratesOf({ measures: now, before }: NodeView): Rates {
  if (now === undefined) return { cpu: 0, messages: 0, processes: 0 }
  const seconds = Math.max(0.001, now.uptimeSeconds - (before?.uptimeSeconds ?? 0))
  const messages = ({ programs }: NodeMeasures): number => programs.reduce((sum, { sent, received }) => sum + sent + received, 0)
  return {
    cpu: (100 * (now.cpuSeconds - (before?.cpuSeconds ?? 0))) / seconds,
    messages: Math.max(0, messages(now) - (before === undefined ? 0 : messages(before))) / seconds,
    processes: now.programs.reduce((sum, { states }) => sum + Object.values(states).reduce((n, each) => n + each, 0), 0),
  }
}

export function showNodes(parent: HTMLElement, { nodes }: Snapshot, mayChange: boolean, events: PanelEvents): void {
  const cards = nodes.map((view) => {
    const { name, measures, goneSince } = view
    const { cpu, messages, processes } = ratesOf(view)
    const gone = goneSince !== undefined
    const cordoned = measures?.cordoned === true
    const state = gone
      ? 'gone'
      : measures?.leaving === true
        ? 'leaving'
        : cordoned
          ? 'cordoned'
          : measures?.ready === true
            ? 'ready'
            : 'waits'
    const facts = gone
      ? [element('p', { class: 'quiet' }, 'Its durable programs go on elsewhere from their last cut.')]
      : [
          meter(`${name}: processor`, cpu),
          element(
            'dl',
            { class: 'facts' },
            ...fact('memory', bytes(measures?.residentBytes ?? 0)),
            ...fact('processes', count(processes)),
            ...fact('messages/s', count(Math.round(messages))),
            ...(measures?.silent === undefined ? [] : fact('hears nothing of', measures.silent.join(', '))),
            ...fact('moved in, out', `${count(measures?.arrivals ?? 0)}, ${count(measures?.departures ?? 0)}`),
          ),
        ]
    const buttons =
      mayChange && !gone
        ? element(
            'p',
            { class: 'buttons' },
            buttonOf(name, cordoned ? 'Take guests again' : 'Cordon', `cordon ${name}`, () => {
              events.cordon(name, !cordoned)
            }),
            buttonOf(name, 'Drain', `drain ${name}`, () => {
              events.drain(name)
            }),
            buttonOf(name, 'Kill', `kill ${name}`, () => {
              events.kill(name)
            }),
          )
        : undefined
    return element(
      'li',
      { class: `card ${gone ? 'gone' : ''}` },
      element('h3', {}, name, element('span', { class: `state ${state}` }, state)),
      ...facts,
      buttons,
    )
  })
  replace(parent, ...cards)
}

function meter(label: string, percent: number): HTMLElement {
  const bar = element('meter', { min: '0', max: '100', value: String(Math.min(100, percent)), 'aria-label': label })
  return element('p', { class: 'meter' }, bar, element('span', {}, `${Math.round(percent)} %`))
}

function fact(term: string, value: string): readonly HTMLElement[] {
  return [element('dt', {}, term), element('dd', {}, value)]
}

/** @param key tells it from all others of the page */
function button(text: string, key: string, act: () => void): HTMLElement {
  return element('button', { type: 'button', 'data-key': key, onclick: act }, text)
}

/** @param name of what it is about, which only those hear who do not see beside what it stands */
function buttonOf(name: string, text: string, key: string, act: () => void): HTMLElement {
  const made = button(text, key, act)
  made.setAttribute('aria-label', `${text} ${name}`)
  return made
}

function link(text: string, key: string, act: () => void): HTMLElement {
  return element('button', { type: 'button', class: 'link', 'data-key': key, onclick: act }, text)
}

export function showPrograms(
  parent: HTMLElement,
  snapshot: Snapshot,
  only: string | undefined,
  mayChange: boolean,
  events: PanelEvents,
): void {
  const running = snapshot.programs.filter(({ state }) => state === 'running')
  const ended = snapshot.programs.filter(({ state }) => state === 'ended').slice(-3)
  const items = running.map(({ program, name, source, home, durable }) => {
    const here = snapshot.nodes.flatMap(({ measures }) => measures?.programs.filter((each) => each.program === program) ?? [])
    const processes = here.reduce((sum, { states }) => sum + Object.values(states).reduce((n, each) => n + each, 0), 0)
    const cut = here.filter(({ cuts }) => cuts > 0)
    const pause = cut.reduce((most, { lastCutPauseMicros }) => Math.max(most, lastCutPauseMicros), 0)
    const cuts = cut.reduce((most, each) => Math.max(most, each.cuts), 0)
    return element(
      'li',
      { class: 'card' },
      element('h3', {}, name, element('span', { class: 'state' }, durable ? 'durable' : '')),
      element(
        'dl',
        { class: 'facts' },
        ...fact('home', home),
        ...fact('processes', count(processes)),
        ...(cuts === 0 ? [] : fact('cuts', `${count(cuts)}, last pause ${time(pause)}`)),
      ),
      element(
        'p',
        { class: 'buttons' },
        running.length > 1
          ? button(only === program ? 'Show all' : 'Show only this', `only ${program}`, () => {
              events.showOnly(only === program ? undefined : program)
            })
          : undefined,
        ...(mayChange
          ? [
              buttonOf(name, 'Upgrade', `upgrade ${program}`, () => {
                events.upgrade(program, name, source)
              }),
              buttonOf(name, 'Fork', `fork ${program}`, () => {
                events.fork(program, name)
              }),
              buttonOf(name, 'Rewind', `rewind ${program}`, () => {
                events.rewind(program, name)
              }),
              buttonOf(name, 'End', `end ${program}`, () => {
                events.stop(program, name)
              }),
            ]
          : []),
      ),
    )
  })
  const over = ended.map(({ name, exit = 0, stopped = false }) => {
    const how = stopped ? 'stopped' : exit === 0 ? 'ended' : `failed (${exit})`
    return element('li', { class: 'card gone' }, element('h3', {}, name, element('span', { class: 'state' }, how)))
  })
  replace(
    parent,
    ...(items.length + over.length === 0 ? [element('li', { class: 'quiet' }, 'No program is running.')] : [...items, ...over]),
  )
}

export function showMoves(parent: HTMLElement, moves: readonly Move[], events: PanelEvents): void {
  const items = moves.slice(0, 12).map(({ program, process, from, to, bytes: size, pauseMicros, at, cause }) =>
    element(
      'li',
      {},
      link(process, `move ${at} ${process}`, () => {
        events.choose({ program, path: process })
      }),
      element(
        'span',
        { class: 'quiet' },
        ` ${from} → ${to}, ${bytes(size)}, ${time(pauseMicros)}, ${cause === 'hand' ? 'by hand' : cause}`,
      ),
    ),
  )
  replace(parent, ...(items.length === 0 ? [element('li', { class: 'quiet' }, 'Nothing has moved yet.')] : items))
}

export interface ChosenProcess {
  readonly chosen: Chosen
  readonly where: { readonly node: string; readonly state: number } | undefined
  readonly answer: AnswerToPage | undefined
  readonly moves: readonly Move[]
  readonly nodes: readonly string[]
  readonly mayChange: boolean
  /** Whether there is a chart to which it can be added. */
  readonly mayPin: boolean
}

export function showProcess(parent: HTMLElement, shown: ChosenProcess | undefined, events: PanelEvents): void {
  if (shown === undefined) {
    replace(parent, element('p', { class: 'quiet' }, 'Choose a process in the picture, or search for one.'))
    return
  }
  const { chosen, where, answer, moves, nodes, mayChange, mayPin } = shown
  const detail = answer?.kind === 'process' ? answer.detail : undefined
  const source = answer?.kind === 'process' ? answer.source : undefined
  const [innermost] = detail?.stack ?? []
  const others = nodes.filter((name) => name !== where?.node)
  const select = element(
    'select',
    { 'aria-label': 'node to move to', 'data-key': 'target' },
    ...others.map((name) => element('option', {}, name)),
  )
  const history = moves.filter(({ program, process }) => program === chosen.program && process === chosen.path)
  replace(
    parent,
    element('h3', { class: 'path' }, chosen.path),
    element(
      'p',
      {},
      where === undefined ? 'It is not there any more.' : `${wordOf(where.state)} on ${where.node}`,
      detail === undefined ? '' : `: ${detail.words}`,
    ),
    answer?.kind === 'error' ? element('p', { class: 'error' }, answer.text) : undefined,
    source === undefined ? undefined : sourceOf(source, innermost?.line ?? 0),
    detail === undefined ? undefined : localsOf(detail.stack),
    detail === undefined || detail.channels.length === 0
      ? undefined
      : section(
          'Channels',
          detail.channels.map(({ name, direction, others: held, awaited, id }) =>
            element(
              'li',
              awaited ? { class: 'awaited' } : {},
              element('code', {}, `${name}${direction}`),
              ...held.flatMap((path) => [
                ' ',
                link(path, `peer ${path}`, () => {
                  events.choose({ program: chosen.program, path })
                }),
              ]),
              held.length === 0 && id !== undefined ? element('span', { class: 'quiet' }, ' other end on another node') : undefined,
            ),
          ),
        ),
    detail === undefined || detail.residual.length === 0
      ? undefined
      : section(
          'Needs of other nodes',
          detail.residual.map(({ node, why }) => element('li', {}, `${node}: ${why}`)),
        ),
    history.length === 0
      ? undefined
      : section(
          'Moves',
          history
            .slice(0, 8)
            .map(({ from, to, pauseMicros, bytes: size }) => element('li', {}, `${from} → ${to}, ${bytes(size)}, ${time(pauseMicros)}`)),
        ),
    element(
      'p',
      { class: 'buttons' },
      mayPin
        ? button('Add to the chart', 'pin', () => {
            events.pin(chosen)
          })
        : undefined,
      mayChange && where !== undefined && others.length > 0
        ? button('Move to', 'move', () => {
            events.migrate({ ...chosen, from: where.node }, select.value)
          })
        : undefined,
      mayChange && where !== undefined && others.length > 0 ? select : undefined,
    ),
  )
}

function section(title: string, items: readonly HTMLElement[]): HTMLElement {
  return element('section', {}, element('h4', {}, title), element('ul', {}, ...items))
}

function sourceOf(
  { file, first, lines }: { readonly file: string; readonly first: number; readonly lines: readonly string[] },
  at: number,
): HTMLElement {
  const rows = lines.map((line, i) =>
    element(
      'span',
      first + i === at ? { class: 'line here', 'aria-current': 'true' } : { class: 'line' },
      element('span', { class: 'number' }, String(first + i)),
      `${line}\n`,
    ),
  )
  return element(
    'section',
    {},
    element('h4', {}, `${file.split('/').at(-1) ?? file}:${at}`),
    element('pre', { class: 'source', tabindex: '0' }, ...rows),
  )
}

function localsOf(
  stack: readonly { readonly routine: string; readonly locals: readonly (readonly [string, string])[] }[],
): HTMLElement | undefined {
  const shown = stack.filter(({ locals }) => locals.length > 0)
  if (shown.length === 0) return undefined
  return element(
    'section',
    {},
    element('h4', {}, 'Variables'),
    ...shown.map(({ routine, locals }) =>
      element(
        'div',
        {},
        shown.length > 1 ? element('p', { class: 'quiet' }, routine) : undefined,
        element('dl', { class: 'facts' }, ...locals.slice(0, 30).flatMap(([name, value]) => fact(name, value))),
      ),
    ),
  )
}
