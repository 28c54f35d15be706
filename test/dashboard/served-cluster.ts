/** A cluster of nodes that are OS processes, with the page of it: what tests of the page look at. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser } from 'puppeteer-core'
import { test } from 'uvu'
import { root, temporaryDirectory } from '../cli/godwit.ts'
import { browserTest } from '../harness/browser.ts'

const main = join(root, 'dist/cli/main.js')
/** Whether there is a page to be tested. */
export const built = existsSync(join(root, 'dist/runtime/dashboard/page/main.js'))

export const RING = `-- Numbers go round a ring of cells, and each cell counts them.
VAL INT cells IS 12:
PROC cell (CHAN INT in?, out!)
  TIMER clock:
  INT now, x, seen:
  SEQ
    seen := 0
    WHILE TRUE
      SEQ
        in ? x
        seen := seen + 1
        clock ? now
        clock ? AFTER now PLUS 30000
        out ! x /\\ 255
:
PROC start (CHAN INT in?, out!)
  INT x:
  SEQ
    out ! 0
    out ! 1
    WHILE TRUE
      SEQ
        in ? x
        out ! x + 1
:
PROC main ()
  [cells + 1]CHAN INT link:
  PAR
    start (link[cells]?, link[0]!)
    PAR i = 0 FOR cells
      cell (link[i]?, link[i + 1]!)
:
`

/** Nodes and the page, which end with the test. */
export class ServedCluster {
  readonly directory = temporaryDirectory()
  readonly cluster = join(this.directory, 'cluster')
  readonly nodes = new Map<string, ChildProcess>()
  private readonly children: ChildProcess[] = []

  async startNode(name: string): Promise<void> {
    const child = this.start('node', '--engine', `embedded:${this.cluster}`, '--name', name)
    this.nodes.set(name, child)
    await said(child, / is in /)
  }

  /** @returns the address of the page with which something can be changed */
  async ui(): Promise<string> {
    return (await said(this.start('ui', '--cluster', this.cluster, '--port', '0'), /http\S+#token=\S+/))[0]
  }

  async end(): Promise<void> {
    for (const child of this.children) child.kill('SIGKILL')
    await Promise.all(this.children.map(async (child) => child.exitCode ?? child.signalCode ?? (await once(child, 'exit'))))
  }

  private start(...words: readonly string[]): ChildProcess {
    const child = spawn(process.execPath, [main, ...words], { cwd: this.directory, stdio: ['ignore', 'pipe', 'pipe'] })
    child.stderr.setEncoding('utf8')
    this.children.push(child)
    return child
  }
}

/** @returns the first match in what a command says on standard error */
async function said(child: ChildProcess, pattern: RegExp): Promise<RegExpExecArray> {
  let text = ''
  return new Promise((resolve, reject) => {
    child.stderr?.on('data', (chunk: string) => {
      text += chunk
      const match = pattern.exec(text)
      if (match !== null) resolve(match)
    })
    child.on('exit', () => {
      reject(new Error(`it has ended: ${text}`))
    })
  })
}

/** Is evaluated in the page: the number of the program that runs. */
export const PROGRAM = 'window.godwit.model.now.programs.find((p) => p.state === "running").program'
/** Is evaluated in the page: the name of the node on which a process is. */
export const whereIs = (path: string): string =>
  `[...window.godwit.model.now.nodes].find(({ groups }) => [...groups.values()].some((g) => g.indices === undefined ? g.path === '${path}' : g.indices.some((i) => g.path + '[' + i + ']' === '${path}')))?.name`

/** A test that needs a browser and the built page; without one of them it is left out. */
export function pageTest(name: string, milliseconds: number, body: (browser: Browser) => Promise<void>): void {
  if (built) browserTest(name, milliseconds, body)
  else test.skip(name, () => undefined)
}
