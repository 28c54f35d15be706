/** `godwit debug`: the debugger in a terminal, one command a line. */
import { createInterface } from 'node:readline'
import { Debugger } from '../../runtime/debug/debugger.ts'
import type { Breakpoint, SeenProcess, Stop } from '../../runtime/debug/debugger.ts'
import { renderReport } from '../../runtime/report/render.ts'
import { debuggeeOf } from '../debuggee.ts'
import type { Debuggee } from '../debuggee.ts'
import { compilerOptions, loadOrExit } from '../load-program.ts'
import type { SourceOptions } from '../load-program.ts'
import type { Runnable } from '../program-cache.ts'
import { err, out, print, table } from '../terminal.ts'

const HELP: readonly (readonly [command: string, what: string])[] = [
  ['step [N]', 'let the next process run to its next wait; N times'],
  ['back [N]', 'take the last step back; N times'],
  ['continue', 'go on to the next breakpoint, or to the end'],
  ['reverse', 'go back to the last breakpoint, or to the beginning'],
  ['goto N', 'go to step N, forward or backward'],
  ['break LINE', 'stop when a process comes to a wait on that line; FILE:LINE when there are several files'],
  ['break CHANNEL', 'stop when a process comes to a channel that it calls so: break c[3]'],
  ['delete [N]', 'delete breakpoint N, or all of them'],
  ['breaks', 'list the breakpoints'],
  ['where', 'show the process that made the last step'],
  ['processes', 'list the processes: where they are and what they wait for'],
  ['locals [PROCESS]', 'show the variables of a process by name; of the one that made the last step'],
  ['channels', 'list the channels: who holds them, and who waits there'],
  ['waits', 'show who waits for whom'],
  ['output', 'show what the program has printed up to here'],
  ['help', 'show this'],
  ['quit', 'leave'],
]

/** @param file a recording, a schedule, or a program @param programFile of a recording or schedule, when its text is elsewhere now */
export async function debug(file: string, programFile: string | undefined, options: SourceOptions): Promise<void> {
  const printed = new Printed()
  const load = async (path: string): Promise<Runnable> => (await loadOrExit(path, compilerOptions(options), false)).program
  const debuggee = await debuggeeOf({ file, source: programFile, load, show: printed.show })
  printed.position = debuggee.dispatches
  const terminal = new Terminal(debuggee, printed)
  const lines = createInterface({ input: process.stdin, ...(process.stdin.isTTY ? { output: process.stdout, prompt: '(godwit) ' } : {}) })
  print(out.dim('`help` shows the commands'))
  if (process.stdin.isTTY) lines.prompt()
  for await (const line of lines) {
    if (!terminal.command(line.trim())) break
    if (process.stdin.isTTY) lines.prompt()
  }
  lines.close()
}

/** What the program has printed, and in which steps. */
class Printed {
  private readonly bytes: { readonly step: number; readonly byte: number }[] = []
  /** Steps before this one have been made, and may be made again. */
  private known = 0
  position: () => number = () => 0

  readonly show = (_: 'screen' | 'error', byte: number): void => {
    const step = this.position()
    if (step >= this.known) this.bytes.push({ step, byte })
  }

  /** Steps begin at some position, perhaps an earlier one. */
  begin(): void {
    this.known = Math.max(this.known, this.position())
  }

  get text(): string {
    const position = this.position()
    return Buffer.from(this.bytes.flatMap(({ step, byte }) => (step < position ? [byte] : []))).toString()
  }
}

class Terminal {
  private readonly debugger: Debugger

  constructor(
    private readonly debuggee: Debuggee,
    private readonly printed: Printed,
  ) {
    this.debugger = new Debugger(debuggee.run)
  }

  /** @returns whether there is more to come */
  command(line: string): boolean {
    this.printed.begin()
    const [word = '', ...rest] = line.split(/\s+/)
    const argument = rest.join(' ')
    switch (word) {
      case '':
        return true
      case 'step':
      case 's':
        this.counted(word, argument || '1', (steps) => this.debugger.forward(steps))
        return true
      case 'back':
      case 'b':
        this.counted(word, argument || '1', (steps) => this.debugger.backward(steps))
        return true
      case 'continue':
      case 'c':
        this.tell(this.debugger.continue())
        return true
      case 'reverse':
      case 'r':
        this.tell(this.debugger.continueBackward())
        return true
      case 'goto':
        this.counted(word, argument, (step) => this.debugger.goTo(step))
        return true
      case 'break':
        this.addBreak(argument)
        return true
      case 'delete':
        this.debugger.breakpoints = argument === '' ? [] : this.debugger.breakpoints.filter((_, i) => i + 1 !== Number(argument))
        return true
      case 'breaks':
        this.debugger.breakpoints.forEach((each, i) => {
          print(`${i + 1}  ${spelled(each)}`)
        })
        return true
      case 'where':
        this.where()
        return true
      case 'processes':
      case 'ps':
        print(table(['PROCESS', 'STATE', 'AT', 'WAITS FOR'], this.debugger.processes().map(row)))
        return true
      case 'locals':
        this.locals(argument)
        return true
      case 'channels':
        print(
          table(
            ['HELD BY', 'WAITING'],
            this.debugger.channels().map(({ holders, waiting }) => [holders.join(', '), waiting.join(', ')]),
          ),
        )
        return true
      case 'waits':
        for (const { path, for: whom } of this.debugger.waits()) print(`${path} waits for ${whom.join(', ')}`)
        return true
      case 'output':
        print(this.printed.text)
        return true
      case 'help':
        print(table(['COMMAND', 'WHAT IT DOES'], HELP))
        return true
      case 'quit':
      case 'q':
        return false
      default: // words are what people type
        print(err.red(`there is no command \`${word}\``) + '; `help` shows those there are')
        return true
    }
  }

  private counted(word: string, number: string, go: (n: number) => Stop): void {
    if (/^\d+$/.test(number)) this.tell(go(Number(number)))
    else print(`\`${word}\` needs a number`)
  }

  private addBreak(where: string): void {
    const [, file, line] = /^(?:(.+):)?(\d+)$/.exec(where) ?? []
    if (where === '') print('`break` needs a line or the name of a channel')
    else if (line === undefined) this.debugger.breakpoints.push({ kind: 'channel', name: where })
    else this.debugger.breakpoints.push({ kind: 'line', line: Number(line), ...(file === undefined ? {} : { file }) })
    if (where !== '') print(`${this.debugger.breakpoints.length}  ${spelled(this.debugger.breakpoints.at(-1))}`)
  }

  private tell(stop: Stop): void {
    switch (stop.kind) {
      case 'stepped':
        this.where()
        return
      case 'breakpoint':
        print(`breakpoint: ${spelled(stop.breakpoint)}`)
        this.where()
        return
      case 'start':
        print(`step ${this.debugger.position}: the beginning`)
        return
      case 'fault':
        this.report()
        return
      case 'end':
        this.report()
        print(`step ${this.debugger.position}: the end${ofWhat(this.debuggee.ends())}`)
        return
    }
  }

  private report(): void {
    const report = this.debuggee.report()
    if (report !== undefined) print(renderReport(report, { colours: out }).trimEnd())
  }

  private where(): void {
    const { current, position } = this.debugger
    if (current === undefined) print(`step ${position}`)
    else print(`step ${position}: ${current.path} ${current.words}${placed(current)}`)
  }

  private locals(path: string): void {
    const of = path === '' ? this.debugger.current?.path : path
    const found = of === undefined ? undefined : this.debugger.activations(of)
    if (found === undefined) {
      print(of === undefined ? 'no process has made a step yet: name one' : `there is no process ${of}; \`processes\` lists them`)
      return
    }
    for (const { routine, place, variables } of found) {
      print(out.bold(`${routine}${place === undefined ? '' : ` (line ${place.line})`}`))
      for (const { name, value } of variables) print(`  ${name} = ${value}`)
      if (variables.length === 0) print(out.dim('  nothing that is still used'))
    }
  }
}

function ofWhat(ends: ReturnType<Debuggee['ends']>): string {
  return ends === undefined ? '' : ` of the ${ends}`
}

function spelled(breakpoint: Breakpoint | undefined): string {
  if (breakpoint === undefined) return ''
  return breakpoint.kind === 'channel'
    ? `channel ${breakpoint.name}`
    : `line ${breakpoint.file === undefined ? '' : `${breakpoint.file}:`}${breakpoint.line}`
}

function placed({ place }: SeenProcess): string {
  return place === undefined ? '' : ` (line ${place.line}: ${place.text.trim()})`
}

function row(process: SeenProcess): string[] {
  const { path, state, words, place } = process
  return [path, state, place === undefined ? '' : `line ${place.line}`, state === 'ready' ? '' : words]
}
