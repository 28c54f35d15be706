/** How fast all states of seven philosophers with a guard are seen, beside SPIN, which has the same states. */
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { godwit, inTurn, root, scratch } from './measure.ts'
import type { Row, Sample } from './measure.ts'

const PHILOSOPHERS = 7

/** What one search was. */
interface Searched {
  readonly states: number
  /** Of processor time, the start of the command included. */
  readonly seconds: number
  readonly bytesPerState: number
}

function ours(reduce: boolean): Searched[] {
  const script = 'process.on("exit", () => console.error(JSON.stringify(process.cpuUsage())))'
  const flags = ['check', ...(reduce ? [] : ['--no-reduce']), '--json', 'bench/programs/philosophers.csp']
  const preload = `data:text/javascript,${encodeURIComponent(script)}`
  const { stdout, stderr } = spawnSync('node', ['--import', preload, godwit, ...flags], { cwd: root, encoding: 'utf8' })
  const used = /\{"user":(\d+),"system":(\d+)\}/.exec(stderr)
  const { states, bytesPerState } = JSON.parse(stdout) as Searched // as `check --json` prints it
  return [{ states, bytesPerState, seconds: (Number(used?.[1]) + Number(used?.[2])) / 1e6 }]
}

/** @returns what SPIN needs; nothing when SPIN or a C compiler is not here */
function spin(reduce: boolean): Searched[] {
  writeFileSync(join(scratch, 'model.pml'), readFileSync(join(root, 'test/explore/spin/guarded.pml')))
  const run = (command: string, ...args: string[]): string => {
    const { status, stdout } = spawnSync(command, args, { cwd: scratch, encoding: 'utf8' })
    return status === 0 ? stdout : ''
  }
  run('spin', `-DN=${PHILOSOPHERS}`, '-a', 'model.pml')
  run('gcc', '-O2', '-w', ...(reduce ? [] : ['-DNOREDUCE']), '-DSAFETY', '-o', 'pan', 'pan.c')
  const said = run('./pan', '-m1000000')
  const { stderr } = spawnSync('bash', ['-c', 'TIMEFORMAT="cpu %U %S"; time ./pan -m1000000 >/dev/null'], {
    cwd: scratch,
    encoding: 'utf8',
  })
  const number = (of: RegExp, text = said): number => Number(of.exec(text)?.[1] ?? NaN)
  const states = number(/(\d+) states, stored/)
  if (Number.isNaN(states)) return []
  const seconds = number(/cpu ([\d.]+)/, stderr) + number(/cpu [\d.]+ ([\d.]+)/, stderr)
  return [{ states, seconds, bytesPerState: (number(/([\d.]+)\tactual memory usage for states/) * 2 ** 20) / states }]
}

/** Measures, and hands on each row when it is there. */
export function measureExploring(done: (row: Row) => void): void {
  const searches = { godwit: ours, SPIN: spin }
  const all: Searched[][] = []
  const speed: Sample[] = inTurn(
    Object.entries(searches).map(([who, search], i) => ({
      who,
      measure: () => {
        const found = search(false)
        all[i] = found
        return found.map(({ states, seconds }) => states / seconds)
      },
    })),
  )
  const title = `${PHILOSOPHERS} philosophers with a guard`
  const each = (of: (found: Searched) => number, found: readonly Searched[][]): Sample[] =>
    Object.keys(searches).map((who, i) => ({ who, values: (found[i] ?? []).map(of) }))
  done({ id: 'explore-speed', title: `${title}: states a second of processor time`, unit: 'states/s', reach: '1.5x SPIN', samples: speed })
  done({ id: 'explore-states', title: `${title}: states`, unit: 'states', samples: each(({ states }) => states, all) })
  done({ id: 'explore-bytes', title: `${title}: bytes a state`, unit: 'bytes', samples: each(({ bytesPerState }) => bytesPerState, all) })
  const reduced = Object.values(searches).map((search) => search(true))
  done({ id: 'explore-reduced', title: `${title}: states with reduction`, unit: 'states', samples: each(({ states }) => states, reduced) })
}
