/** `godwit test --coverage`: counting while the tests run, and telling what they have covered: to people, to tools by lcov, as JSON. */
import { writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { CompilerOptions } from '../../compiler/host.ts'
import { makeDirectory } from '../../runtime/code/files.ts'
import { DiskHost } from '../disk-host.ts'
import { UsageError } from '../errors.ts'
import type { Runnable } from '../program-cache.ts'
import { complain, out, print, table } from '../terminal.ts'
import type { ReporterName } from '../testing/reporters.ts'
import { BlockCounter } from './counts.ts'
import { coverageOf, sharesOf } from './coverage.ts'
import type { FileCoverage, Share, TestedProgram } from './coverage.ts'

export class CoveredRun {
  private readonly counter = new BlockCounter()
  private readonly programs: TestedProgram[] = []

  /** @param compiler with which the programs are to be compiled */
  constructor(readonly compiler: CompilerOptions) {}

  /** @param path of a program that is going to run, as it was given to the compiler */
  add(path: string, program: Runnable): void {
    this.programs.push({ path, program })
  }

  /**
   * Tells what was covered: as a table, which goes to standard error when the reporter's output is for machines, or, with the reporter `json`, as
   * a line of JSON for each file.
   * @param file that it is written to in the form of lcov; absent: none
   */
  async tell(reporter: ReporterName, file: string | undefined): Promise<void> {
    const files = await coverageOf(this.programs, this.counter, new DiskHost(), this.compiler)
    if (file !== undefined) write(file, lcov(files))
    if (reporter === 'json') for (const each of files) print(JSON.stringify(asJson(each)))
    else if (reporter === 'pretty') print(`\n${coverageTable(files, out.dim)}`)
    else complain(coverageTable(files, (text) => text))
  }
}

function write(file: string, text: string): void {
  try {
    makeDirectory(dirname(file))
    writeFileSync(file, text)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new UsageError(`cannot write to \`${file}\`: ${reason}`, 'name another file for `--lcov`')
  }
}

/** @returns a tracefile in the format of lcov: a record for each file, with its lines (DA) and the ways of its decisions (BRDA) */
export function lcov(files: readonly FileCoverage[]): string {
  return files
    .map((file) => {
      const { path, lines, decisions } = file
      const ways = decisions.flatMap((decision, block) =>
        decision.ways.map((way, i) => ({ ...way, block, i, reached: isReached(decision.ways) })),
      )
      const taken = ways.filter((way) => way.taken > 0).length
      const { lines: share } = sharesOf(file)
      return [
        'TN:',
        `SF:${path}`,
        ...ways.map(({ line, block, i, taken: n, reached }) => `BRDA:${line},${block},${i},${reached ? n : '-'}`),
        `BRF:${ways.length}`,
        `BRH:${taken}`,
        ...[...lines].map(([line, n]) => `DA:${line},${n}`),
        `LF:${share.all}`,
        `LH:${share.covered}`,
        'end_of_record\n',
      ].join('\n')
    })
    .join('')
}

const isReached = (ways: readonly { readonly taken: number }[]): boolean => ways.some(({ taken }) => taken > 0)

const percent = ({ covered, all }: Share): number => (all === 0 ? 100 : (100 * covered) / all)

const spelled = (share: Share): string => (share.all === 0 ? '-' : `${Math.floor(percent(share))} %`)

/** @returns a table of the files, the least covered first, and their sum */
export function coverageTable(files: readonly FileCoverage[], quiet: (text: string) => string): string {
  const rows = files
    .map((file) => ({ file, shares: sharesOf(file) }))
    .sort((a, b) => percent(a.shares.lines) - percent(b.shares.lines) || (a.file.path < b.file.path ? -1 : 1))
  const sum = (of: (shares: ReturnType<typeof sharesOf>) => Share): Share =>
    rows.reduce((all, { shares }) => ({ covered: all.covered + of(shares).covered, all: all.all + of(shares).all }), { covered: 0, all: 0 })
  const cells = (path: string, lines: Share, guards: Share, branches: Share, missed: string): string[] => [
    path,
    spelled(lines),
    spelled(guards),
    spelled(branches),
    missed,
  ]
  const body = rows.map(({ file, shares }) => cells(file.path, shares.lines, shares.guards, shares.branches, missedLines(file)))
  const total = cells(
    'all files',
    sum(({ lines }) => lines),
    sum(({ guards }) => guards),
    sum(({ branches }) => branches),
    '',
  )
  const text = table(['coverage', 'lines', 'guards', 'branches', 'not covered'], rows.length > 1 ? [...body, total] : body, [
    'lines',
    'guards',
    'branches',
  ])
  const [head = '', ...others] = text.split('\n')
  return [quiet(head), ...others].join('\n')
}

/** Lines that are named in a table; of more, the first. */
const NAMED = 12

/** @returns the lines that were not run, and ways that were not taken, as runs of lines: `7, 12-15` */
function missedLines({ lines, decisions }: FileCoverage): string {
  const numbers = [...lines].flatMap(([line, n]) => (n === 0 ? [line] : []))
  for (const { ways } of decisions) for (const { line, taken } of ways) if (taken === 0 && !numbers.includes(line)) numbers.push(line)
  numbers.sort((a, b) => a - b)
  const known = [...lines.keys()]
  const runs: [number, number][] = []
  for (const line of numbers) {
    const last = runs.at(-1)
    const goesOn = last !== undefined && !known.some((each) => each > last[1] && each < line)
    if (goesOn) last[1] = line
    else runs.push([line, line])
  }
  const texts = runs.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`))
  return texts.length > NAMED ? `${texts.slice(0, NAMED).join(', ')}, ...` : texts.join(', ')
}

function asJson(file: FileCoverage): unknown {
  const { path, lines, decisions } = file
  return { kind: 'coverage', file: path, ...sharesOf(file), counts: Object.fromEntries(lines), decisions }
}
