/** The page: joins the connection, what is known, the picture and the column beside it. */
import type { AnswerToPage, FromServer } from '../talk.ts'
import { Connection } from './connection.ts'
import { Dialogs } from './dialogs.ts'
import { byId, count, element, replace } from './elements.ts'
import { LivingPicture } from './living-picture.ts'
import { find, Model, search } from './model.ts'
import type { Chosen, Snapshot } from './model.ts'
import { showMoves, showNodes, showPrograms, showProcess } from './panels.ts'
import type { PanelEvents } from './panels.ts'
import { drawLanes } from './timeline.ts'

const MOST_FOUND = 50
const MOST_PINNED = 12
const LOOK_AGAIN_MS = 2_000

const model = new Model()
const pinned: Chosen[] = []
let only: string | undefined
let chosen: Chosen | undefined
let answer: AnswerToPage | undefined
let mayChange = false
/** Which snapshot is shown; undefined: the last. */
let back: number | undefined
/** Of a run that is over: the step that is shown, and how many there are. */
let steps: { readonly at: number; readonly of: number; readonly words: string } | undefined
/** The step that is wanted, while another one is on its way. */
let wanted: number | undefined
let going = false
let asked = false

const shown = (): Snapshot => (back === undefined ? model.now : (model.snapshots[back] ?? model.now))

const events: PanelEvents = {
  choose,
  migrate: (what, to) => {
    dialogs.move(what, to)
  },
  cordon: (node, on) => {
    dialogs.cordon(node, on)
  },
  drain: (node) => {
    dialogs.drain(node)
  },
  kill: (node) => {
    dialogs.kill(node)
  },
  stop: (program, name) => {
    dialogs.stop(program, name)
  },
  fork: (program, name) => {
    dialogs.fork(program, name)
  },
  rewind: (program, name) => {
    void dialogs.rewind(program, name)
  },
  upgrade: (program, name, source) => {
    dialogs.upgrade(program, name, source)
  },
  pin: (which) => {
    if (!pinned.some(({ program, path }) => program === which.program && path === which.path)) pinned.push(which)
    if (pinned.length > MOST_PINNED) pinned.shift()
    show()
  },
  showOnly: (program) => {
    only = program
    show()
  },
}

const picture = new LivingPicture(byId('picture', HTMLCanvasElement), {
  choose,
  changed: show,
  drop: (what, to) => {
    if (mayChange) dialogs.move(what, to)
    else say('This page may only look. Open it with the address that has a token to move processes.')
  },
})
const { canvas } = picture

const token = new URLSearchParams(location.hash.slice(1)).get('token') ?? ''
const connection = new Connection(
  {
    said,
    connected: (is) => {
      document.body.classList.toggle('lost', !is)
      byId('status', HTMLElement).textContent = is ? '' : 'The server does not answer.'
    },
  },
  token,
)

const dialogs = new Dialogs({ ask: (question) => connection.ask(question), say, shown, changed: show })

function said(message: FromServer): void {
  if (message.kind === 'hello') {
    byId('cluster', HTMLElement).textContent = message.cluster
    document.body.classList.toggle('over', message.steps !== undefined)
  }
  if (message.kind === 'step') steps = message
  if (message.kind === 'allowed') {
    mayChange = message.changes
    byId('mode', HTMLElement).textContent = mayChange ? 'may change' : 'looks only'
    if (!mayChange && token !== '')
      say('The server does not take the token in this address, so this page may only look. Open the address that it has printed last.')
  }
  if (message.kind === 'trouble') byId('status', HTMLElement).textContent = message.text
  if (message.kind === 'numbers') byId('status', HTMLElement).textContent = ''
  const moves = model.hear(message)
  if (moves.length > 0) {
    const before = canvas.currentPlaces
    draw()
    canvas.fly(moves, before)
  }
  show()
}

/** Shows everything soon: once a frame at most. */
function show(): void {
  if (asked) return
  asked = true
  requestAnimationFrame(() => {
    asked = false
    draw()
    column()
  })
}

function draw(): void {
  picture.show(shown(), chosen, only)
}

function column(): void {
  const snapshot = shown()
  showNodes(byId('nodes', HTMLElement), snapshot, mayChange, events)
  showPrograms(byId('programs', HTMLElement), snapshot, only, mayChange, events)
  showMoves(byId('moves', HTMLElement), model.moves, events)
  showChosen()
  const total = snapshot.nodes.reduce((sum, { groups }) => [...groups.values()].reduce((n, { states }) => n + states.length, sum), 0)
  byId('total', HTMLElement).textContent =
    steps === undefined
      ? `${count(total)} processes on ${count(snapshot.nodes.filter(({ goneSince }) => goneSince === undefined).length)} nodes`
      : `${count(total)} processes`
  const slider = byId('time', HTMLInputElement)
  slider.max = String(steps?.of ?? Math.max(0, model.snapshots.length - 1))
  if (steps !== undefined && !going) slider.value = String(steps.at)
  if (steps === undefined && back === undefined) slider.value = slider.max
  byId('when', HTMLElement).textContent =
    steps !== undefined
      ? `step ${count(steps.at)} of ${count(steps.of)}`
      : back === undefined
        ? 'now'
        : new Date(snapshot.at).toLocaleTimeString('en-GB')
  byId('happened', HTMLElement).textContent = steps?.words ?? ''
  byId('live', HTMLButtonElement).hidden = back === undefined
  byId('chart', HTMLElement).hidden = pinned.length === 0
  if (pinned.length > 0) drawLanes(byId('lanes', HTMLCanvasElement), pinned, model.snapshots, snapshot)
}

function showChosen(): void {
  const snapshot = shown()
  const nodes = snapshot.nodes.filter(({ goneSince }) => goneSince === undefined).map(({ name }) => name)
  showProcess(
    byId('process', HTMLElement),
    chosen === undefined
      ? undefined
      : {
          chosen,
          where: find(snapshot, chosen),
          answer,
          moves: model.moves,
          nodes,
          mayChange: mayChange && back === undefined,
          mayPin: steps === undefined,
        },
    events,
  )
}

function choose(which: Chosen): void {
  chosen = which
  answer = undefined
  show()
  void look(which)
}

/** Looks at a process again and again while it is chosen. */
async function look(which: Chosen): Promise<void> {
  while (chosen === which) {
    const found = await connection.ask({ ask: 'inspect', ...which })
    if (chosen !== which) return
    answer = found
    showChosen()
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS))
  }
}

function say(text: string): void {
  byId('said', HTMLElement).textContent = text
}

function goTo(step: number): void {
  wanted = step
  if (!going) void go()
}

async function go(): Promise<void> {
  going = true
  while (wanted !== undefined) {
    const to = wanted
    wanted = undefined
    const result = await connection.ask({ ask: 'step', to })
    if (result.kind === 'error') say(result.text)
    if (chosen !== undefined) answer = await connection.ask({ ask: 'inspect', ...chosen })
    show()
  }
  going = false
}

byId('time', HTMLInputElement).addEventListener('input', (event) => {
  const { value, max } = event.currentTarget as HTMLInputElement // it is listened to there
  if (steps !== undefined) {
    goTo(Number(value))
    return
  }
  back = value === max ? undefined : Number(value)
  show()
})
byId('live', HTMLButtonElement).addEventListener('click', () => {
  back = undefined
  show()
})
byId('fit', HTMLButtonElement).addEventListener('click', () => {
  canvas.fit()
})
byId('larger', HTMLButtonElement).addEventListener('click', () => {
  canvas.enlarge(1.25)
})
byId('smaller', HTMLButtonElement).addEventListener('click', () => {
  canvas.enlarge(0.8)
})
byId('unpin', HTMLButtonElement).addEventListener('click', () => {
  pinned.length = 0
  show()
})
byId('search', HTMLInputElement).addEventListener('input', (event) => {
  const { value } = event.currentTarget as HTMLInputElement // it is listened to there
  const list = byId('found', HTMLElement)
  if (value.trim() === '') {
    replace(list)
    return
  }
  const { found, all } = search(shown(), value.trim(), MOST_FOUND)
  const items = found.map((each) =>
    element(
      'li',
      {},
      element(
        'button',
        {
          type: 'button',
          class: 'link',
          onclick: () => {
            choose(each)
            canvas.reveal(each)
          },
        },
        each.path,
      ),
      element('span', { class: 'quiet' }, ` ${each.node}`),
    ),
  )
  replace(
    list,
    ...items,
    element('li', { class: 'quiet' }, all === 0 ? 'No process is called so.' : all > found.length ? `${count(all)} in all` : undefined),
  )
})
document.addEventListener('keydown', (event) => {
  if (event.key !== '/' || event.target instanceof HTMLInputElement) return
  event.preventDefault()
  byId('search', HTMLInputElement).focus()
})

// what tests of the page look at; where something is on the screen is said once what is known has been drawn, and not a frame later
Object.assign(window, {
  godwit: {
    canvas,
    model,
    placeOf: (which: Chosen) => {
      draw()
      return canvas.screenPlace(which)
    },
    placeOfNode: (name: string) => {
      draw()
      return canvas.screenPlaceOfNode(name)
    },
  },
})
