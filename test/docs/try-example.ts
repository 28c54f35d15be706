/** Compiles and runs the examples of the documentation, in this OS process. */
import { dirname } from 'node:path'
import { PassThrough, Writable } from 'node:stream'
import { DiskHost } from '../../cli/disk-host.ts'
import { testRunner } from '../../cli/testing/run-test.ts'
import { renderAll } from '../../compiler/diagnostics/render.ts'
import type { Compilation, CompiledProgram } from '../../compiler/index.ts'
import { compile } from '../../compiler/index.ts'
import type { CodeStore } from '../../runtime/index.ts'
import { renderReport, runLocal } from '../../runtime/index.ts'
import type { Example } from './fences.ts'

/** What an example is called in messages. */
const PATH = 'example.csp'

/** What an example that only compiles is called: a file of PROCs for others to use needs no main process. */
const MODULE = 'example.module'

/** Milliseconds an example may run. */
const PATIENCE = 20_000

/** How an example went. */
export interface Tried {
  /** What is to be shown of it: what it printed, or the message about it. */
  readonly output: string
  /** Why it did not do what it shall; absent: it did. */
  readonly trouble?: string
}

/** Reads an example, the files that stand beside it on its page, and from the disk. */
class PageHost extends DiskHost {
  private readonly texts: ReadonlyMap<string, string>

  constructor(texts: ReadonlyMap<string, string>) {
    super()
    this.texts = texts
  }

  override read(path: string): string | undefined {
    return this.texts.get(path) ?? (dirname(path) === '.' ? undefined : super.read(path))
  }
}

/**
 * Tries one example.
 * @param files texts of the other files of its page, by name
 */
export async function tryExample(example: Example, files: ReadonlyMap<string, string>, store: CodeStore): Promise<Tried> {
  const path = example.verb === 'compiles' ? MODULE : PATH
  const compilation = await compile(path, new PageHost(new Map([...files, [path, example.text]])))
  const { program, diagnostics } = compilation
  const message = diagnostics.length === 0 ? '' : `${renderAll(diagnostics)}\n`
  switch (example.verb) {
    case 'file':
      return { output: '' }
    case 'fails':
    case 'warns':
      return { output: message, ...diagnosed(example, compilation) }
    case 'compiles':
    case 'test':
    case 'run':
    case 'stops':
      if (program === undefined || message !== '') return { output: '', trouble: `it should compile without a word\n${message}` }
      if (example.verb === 'compiles') return { output: '' }
      return example.verb === 'test' ? runTests(program) : runProgram(program, example, store)
  }
}

function diagnosed({ verb, code }: Example, { program, diagnostics }: Compilation): { readonly trouble?: string } {
  const codes = [...new Set(diagnostics.map((each) => each.code))].join(', ')
  if (codes !== code) return { trouble: `the compiler says ${codes === '' ? 'nothing' : codes}\n${renderAll(diagnostics)}` }
  return (program === undefined) === (verb === 'fails') ? {} : { trouble: `${code} is ${verb === 'fails' ? 'no' : 'an'} error` }
}

async function runTests(program: CompiledProgram): Promise<Tried> {
  const run = testRunner(program, { timeout: PATIENCE * 1000 })
  const troubles: string[] = []
  for (const test of program.manifest.tests) {
    const outcome = await run(test)
    if (outcome.kind === 'failed') troubles.push(`TEST "${test.title}" in line ${test.line} fails\n${outcome.report}`)
  }
  if (program.manifest.tests.length === 0) troubles.push('there is no TEST in it')
  return troubles.length === 0 ? { output: '' } : { output: '', trouble: troubles.join('\n') }
}

async function runProgram(program: CompiledProgram, example: Example, store: CodeStore): Promise<Tried> {
  const printed: Buffer[] = []
  const shown = (): string => Buffer.concat(printed).toString()
  const screen = (): Writable =>
    new Writable({
      write(chunk: Buffer, _, done) {
        printed.push(chunk)
        done()
      },
    })
  const stdin = new PassThrough()
  stdin.end(example.input)
  const abort = new AbortController()
  const timer = setTimeout(() => {
    abort.abort()
  }, PATIENCE)
  const outcome = await runLocal(program, {
    store,
    stdin: () => stdin,
    stdout: screen(),
    stderr: screen(),
    abort: abort.signal,
    signals: false,
  })
  clearTimeout(timer)
  const { verb, code, text } = example
  switch (outcome.kind) {
    case 'ended':
    case 'exited':
      return { output: whole(shown()), ...(verb === 'run' ? {} : { trouble: `it should stop with ${code}, but it ends` }) }
    case 'fault':
    case 'deadlock': {
      const report = renderReport(outcome.report, { readSource: (file) => (file === PATH ? text : new DiskHost().read(file)) })
      const right = verb === 'stops' && report.startsWith(`error[${code}]`)
      return { output: whole(shown()) + report, ...(right ? {} : { trouble: `it stops\n${report}` }) }
    }
    case 'refused':
      return { output: whole(shown()), trouble: `it stops with ${outcome.error.code}: ${outcome.error.message}` }
    case 'interrupted':
    case 'checkpointed':
      return { output: shown(), trouble: `it was not done after ${PATIENCE / 1000} s` }
  }
}

/** @returns the text with an end to its last line, as a terminal would show it and a fence has to */
function whole(text: string): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\n`
}
