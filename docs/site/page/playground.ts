/** The playground: joins the text, the compiler, the cluster within the page, the picture and the terminal. */
import { texts as SAMPLES } from 'godwit:samples'
import type { CompiledProgram } from '../../../compiler/index.ts'
import type { Desk } from '../../../runtime/dashboard/desk.ts'
import { Feed } from '../../../runtime/dashboard/feed.ts'
import { byId, element, replace } from '../../../runtime/dashboard/page/elements.ts'
import { LivingPicture } from '../../../runtime/dashboard/page/living-picture.ts'
import { find, Model } from '../../../runtime/dashboard/page/model.ts'
import type { Chosen } from '../../../runtime/dashboard/page/model.ts'
import { showProcess } from '../../../runtime/dashboard/page/panels.ts'
import type { PanelEvents } from '../../../runtime/dashboard/page/panels.ts'
import { answer } from '../../../runtime/dashboard/questions.ts'
import type { AnswerToPage, FromServer, SourceExcerpt } from '../../../runtime/dashboard/talk.ts'
import type { ClusterClient } from '../../../runtime/node/commands/client.ts'
import type { Viewer } from '../../../runtime/node/commands/viewer.ts'
import { CABLES, NODE_NAMES, PageCluster } from './cluster/page-cluster.ts'
import type { NodeName } from './cluster/page-cluster.ts'
import { showMessages } from './messages.ts'
import { compileProgram, PROGRAM_PATH } from './program/compile.ts'
import { fragmentOf, programOf } from './program/link.ts'
import { SourceEditor } from './source-editor.ts'
import type { Mark } from './source-editor.ts'
import { Terminal } from './terminal.ts'

const FIRST = 'ring.csp'
/** A page may look more often than a dashboard: it asks itself. Milliseconds. */
const PACE = { numbers: 400, processes: 150, wiring: 400 }
const LOOK_AGAIN_MS = 400
const CUT_EVERY_MS = 200
const ROAM_EVERY_MS = 400
/** Lines of the text that are shown around the one at which a process is. */
const AROUND = 3

interface Run {
  readonly program: string
  readonly name: string
  readonly viewer: Viewer
}

class Playground {
  private readonly editor: SourceEditor
  private readonly terminal: Terminal
  private readonly picture: LivingPicture
  readonly model = new Model()
  private run: Run | undefined
  private chosen: Chosen | undefined
  private detail: AnswerToPage | undefined
  private asked = false
  /** Runs that were asked for: only the last is begun. */
  private runs = 0
  /** How the last run ended: its exit status; undefined while it runs. For tests. */
  ended: number | undefined

  constructor(
    private readonly cluster: PageCluster,
    private readonly client: ClusterClient,
  ) {
    this.editor = new SourceEditor(byId('editor', HTMLElement), () => {
      if (location.hash !== '') history.replaceState(null, '', location.pathname + location.search)
      byId('samples', HTMLSelectElement).value = '' // so that the sample can be chosen again
    })
    this.terminal = new Terminal({
      typed: (bytes) => {
        if (this.run === undefined) return false
        this.run.viewer.type(bytes)
        return true
      },
      inputEnded: () => this.run?.viewer.endInput(),
      refused: () => {
        this.say('No program runs that could read this: Run starts one.')
      },
    })
    this.picture = new LivingPicture(byId('picture', HTMLCanvasElement), {
      choose: (chosen) => {
        this.choose(chosen)
      },
      changed: () => {
        this.show()
      },
      drop: ({ program, path }, to) => void this.migrate(program, path, to),
    })
    this.listen()
    this.showMachines()
    new Feed(client, PACE).tell((message) => {
      this.hear(message)
    })
  }

  private listen(): void {
    const samples = byId('samples', HTMLSelectElement)
    samples.append(
      element('option', { value: '' }, 'your own'),
      ...Object.keys(SAMPLES).map((name) => element('option', { value: name }, name.replace('.csp', ''))),
    )
    samples.addEventListener('change', () => {
      const text = SAMPLES[samples.value]
      if (text !== undefined) this.open(text, samples.value)
    })
    const click = (id: string, act: () => void): void => {
      byId(id, HTMLButtonElement).addEventListener('click', act)
    }
    click('run', () => void this.start())
    click('stop', () => void this.stop())
    click('share', () => void this.share())
    click('fit', () => {
      this.picture.canvas.fit()
    })
    document.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return
      event.preventDefault()
      void this.start()
    })
    window.addEventListener('hashchange', () => void this.openLink())
  }

  /** Opens the program of the link that led here; else a sample. */
  async openLink(): Promise<void> {
    const linked = await programOf(location.hash)
    if (linked !== undefined) this.open(linked, '')
    else this.open(SAMPLES[FIRST] ?? '', FIRST)
    if (linked === undefined && location.hash.length > 1) this.say('The link has no program that can be read.')
  }

  private open(text: string, sample: string): void {
    this.editor.text = text
    byId('samples', HTMLSelectElement).value = sample
    byId('messages', HTMLElement).replaceChildren(
      element('p', { class: 'quiet' }, 'Run compiles the program and starts it on the node n1.'),
    )
  }

  say(text: string): void {
    byId('status', HTMLElement).textContent = text
  }

  // ------------------------------------------------------------------------------------------------------------------ runs

  async start(): Promise<void> {
    const turn = ++this.runs
    this.ended = undefined
    await this.stop()
    this.say('')
    this.terminal.clear()
    const compiled = await compileProgram(this.editor.text)
    showMessages(byId('messages', HTMLElement), compiled, (line, column) => {
      this.editor.goTo(line, column)
    })
    const marks = new Map<number, Mark>()
    for (const { primary, severity } of [...compiled.messages].reverse())
      if (primary.file === PROGRAM_PATH) marks.set(primary.line, severity === 'error' ? 'error' : 'warning')
    this.editor.mark(marks)
    const { program } = compiled
    if (program === undefined) {
      this.ended = 2
      return
    }
    if (turn !== this.runs) return
    const lacking = this.lacking(program)
    if (lacking !== undefined) {
      this.refuse(lacking)
      return
    }
    try {
      await this.submit(program, turn)
    } catch (error) {
      if (turn === this.runs) this.refuse(error instanceof Error ? error.message : String(error))
    }
  }

  /** @returns why a program cannot be started; undefined when it can */
  private lacking(program: CompiledProgram): string | undefined {
    if (program.manifest.main === undefined) return 'This text has no PROC to run: the last PROC of a text is the program.'
    if (!NODE_NAMES.some((name) => this.cluster.isThere(name))) return 'All nodes are dead: Start one of them, below the picture.'
    return undefined
  }

  /** A program is not started. @param why what the user reads, where its output would be */
  private refuse(why: string): void {
    this.terminal.write(`${why}\n`, 'error')
    this.ended = 1
  }

  private async submit(program: CompiledProgram, turn: number): Promise<void> {
    const roam = byId('roam', HTMLInputElement).checked
    const durable = byId('durable', HTMLInputElement).checked
    const { program: id, name } = await this.client.programs.submit({
      manifest: program.manifest,
      units: program.units,
      args: [],
      directory: '/',
      variables: {},
      denied: ['arguments', 'environment', 'files', 'net', 'services'],
      limits: {},
      balance: false,
      ...(roam ? { roam: ROAM_EVERY_MS } : {}),
      ...(durable ? { durable: { everyMs: CUT_EVERY_MS, relaxed: false, anyStore: true } } : {}),
    })
    const decoder = new TextDecoder()
    const over = (exit: number): void => {
      if (turn !== this.runs) return
      this.run = undefined
      this.ended = exit
      byId('stop', HTMLButtonElement).disabled = true
      this.terminal.wanted(false)
    }
    const viewer = this.client.programs.view(
      { program: id },
      {
        output: ({ bytes, at, stream }) => {
          this.terminal.write(decoder.decode(bytes, { stream: true }), stream === 2 ? 'error' : '')
          viewer.shown(at + bytes.length)
        },
        missing: (bytes) => {
          this.terminal.write(`(${bytes} bytes are not kept any more)\n`, 'note')
        },
        wanted: (is) => {
          this.terminal.wanted(is)
        },
        notice: (text) => {
          this.terminal.write(`${text}\n`, 'note')
        },
        unanswered: (milliseconds) => {
          this.terminal.write(`(nobody has answered for ${milliseconds / 1000} s)\n`, 'note')
        },
        ended: ({ exit, report }) => {
          this.terminal.write(
            report === '' ? `\n${name} has ended${exit === 0 ? '' : ` with status ${exit}`}.\n` : `\n${report}`,
            exit === 0 ? 'note' : 'error',
          )
          over(exit)
        },
        gone: () => {
          this.terminal.write('\nThe program is lost with its node: it was not durable.\n', 'error')
          over(1)
        },
      },
    )
    this.run = { program: id, name, viewer }
    byId('stop', HTMLButtonElement).disabled = false
    viewer.start()
  }

  private async stop(): Promise<void> {
    const { run } = this
    if (run === undefined) return
    this.run = undefined
    byId('stop', HTMLButtonElement).disabled = true
    run.viewer.close()
    this.terminal.write('\nstopped\n', 'note')
    this.terminal.wanted(false)
    await this.client.programs.end(await this.client.programs.find(run.program)).catch(() => false) // it may have ended just now
  }

  private async share(): Promise<void> {
    history.replaceState(null, '', `#${await fragmentOf(this.editor.text)}`)
    try {
      await navigator.clipboard.writeText(location.href)
      this.say('The link is in the clipboard, and in the address of this page.')
    } catch {
      this.say('The address of this page is the link.')
    }
  }

  // --------------------------------------------------------------------------------------------------------------- picture

  private hear(message: FromServer): void {
    if (message.kind === 'trouble') this.say(message.text)
    const moves = this.model.hear(message)
    if (moves.length > 0) {
      const before = this.picture.canvas.currentPlaces
      this.draw()
      this.picture.canvas.fly(moves, before)
    }
    this.show()
  }

  private show(): void {
    if (this.asked) return
    this.asked = true
    requestAnimationFrame(() => {
      this.asked = false
      this.draw()
      this.showMachines()
      this.showChosen()
    })
  }

  private draw(): void {
    this.picture.show(this.model.now, this.chosen)
  }

  get canvas(): LivingPicture['canvas'] {
    return this.picture.canvas
  }

  /**
   * What is known and waits for the next frame is drawn first.
   * @returns where a process is on the screen, of the program that was started last and has one of that path
   */
  placeOf(path: string): readonly [x: number, y: number] | undefined {
    this.draw()
    const programs = new Set(this.model.now.nodes.flatMap(({ groups }) => [...groups.values()].map(({ program }) => program)))
    for (const program of [...programs].reverse()) {
      const place = this.canvas.screenPlace({ program, path })
      if (place !== undefined) return place
    }
    return undefined
  }

  placeOfNode(name: string): readonly [x: number, y: number] | undefined {
    this.draw()
    return this.canvas.screenPlaceOfNode(name)
  }

  private choose(chosen: Chosen): void {
    this.chosen = chosen
    this.detail = undefined
    this.show()
    void this.look(chosen)
  }

  private async look(chosen: Chosen): Promise<void> {
    while (this.chosen === chosen && find(this.model.now, chosen) !== undefined) {
      this.detail = await answer(this.client, { ask: 'inspect', ...chosen }, this.desk)
      this.showChosen()
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS))
    }
  }

  /** What this page does in the place of a server. */
  private readonly desk: Desk = {
    excerpt: (file, line) => this.excerpt(file, line),
    newVersion: () => Promise.resolve({ kind: 'error', text: 'this page does not upgrade programs', help: 'run the changed text' }),
  }

  private excerpt(file: string, line: number): SourceExcerpt | undefined {
    if (file !== PROGRAM_PATH) return undefined
    const first = Math.max(1, line - AROUND)
    return { file, first, lines: this.editor.text.split('\n').slice(first - 1, line + AROUND) }
  }

  private showChosen(): void {
    const { chosen, detail, model } = this
    const parent = byId('process', HTMLElement)
    parent.hidden = chosen === undefined
    if (chosen === undefined) return
    const nothing = (): void => undefined
    const events: PanelEvents = {
      choose: (which) => {
        this.choose(which)
      },
      migrate: ({ program, path }, to) => void this.migrate(program, path, to),
      cordon: nothing,
      drain: nothing,
      kill: nothing,
      stop: nothing,
      fork: nothing,
      rewind: nothing,
      upgrade: nothing,
      pin: nothing,
      showOnly: nothing,
    }
    const nodes = NODE_NAMES.filter((name) => this.cluster.isThere(name))
    showProcess(
      parent,
      { chosen, where: find(model.now, chosen), answer: detail, moves: model.moves, nodes, mayChange: true, mayPin: false },
      events,
    )
  }

  private async migrate(program: string, path: string, to: string): Promise<void> {
    const result = await answer(this.client, { ask: 'migrate', program, path, to, only: false }, this.desk)
    if (result.kind === 'error') this.say(result.text)
    if (result.kind !== 'moved') return
    const failed = result.results.find(({ error }) => error !== undefined)
    this.say(failed?.error === undefined ? `${path} is on ${to}` : `${failed.process} stays: ${failed.error.message}`)
  }

  // -------------------------------------------------------------------------------------------------------------- machines

  private showMachines(): void {
    const { cluster } = this
    const node = (name: NodeName): HTMLElement => {
      const is = cluster.isThere(name)
      return element(
        'button',
        { type: 'button', 'data-key': name, onclick: () => void this.toggle(name) },
        is ? `Kill ${name}` : `Start ${name}`,
      )
    }
    const cable = (a: NodeName, b: NodeName): HTMLElement => {
      const isCut = cluster.isCut(a, b)
      return element(
        'button',
        {
          type: 'button',
          'data-key': `${a} ${b}`,
          ...(isCut ? { class: 'cut' } : {}),
          onclick: () => {
            cluster.cable(a, b, !isCut)
            this.model.cut(cluster.cuts)
            this.show()
            this.say(
              isCut
                ? `The cable between ${a} and ${b} is whole again.`
                : `The cable between ${a} and ${b} is cut: what goes that way waits.`,
            )
            this.showMachines()
          },
        },
        isCut ? `Mend ${a}–${b}` : `Cut ${a}–${b}`,
      )
    }
    replace(
      byId('machines', HTMLElement),
      ...NODE_NAMES.map(node),
      element('span', { class: 'gap' }),
      ...CABLES.map(([a, b]) => cable(a, b)),
    )
  }

  private async toggle(name: NodeName): Promise<void> {
    const { cluster } = this
    if (cluster.isThere(name)) {
      cluster.kill(name)
      this.say(`${name} is dead.`)
    } else {
      try {
        await cluster.startNode(name)
        this.say(`${name} has joined again, as a new node.`)
      } catch (error) {
        this.say(error instanceof Error ? error.message : String(error))
      }
    }
    this.showMachines()
  }
}

const { cluster, client } = await PageCluster.open((error) => {
  byId('status', HTMLElement).textContent =
    `The page has failed, and has to be loaded anew: ${error instanceof Error ? error.message : String(error)}`
  console.error(error)
})
const playground = new Playground(cluster, client)
await playground.openLink()
// what tests of the page look at
Object.assign(window, { playground })
document.body.classList.add('ready')
