/** Channels, processes and choices, each beside its peers: what `npm run bench -- comm` and `-- scale` measure. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { checkpointSize, erlang, go, handWritten, inTurn, jsCsp, memoryWhenReady, program, scratch } from './measure.ts'
import type { Contestant, Row } from './measure.ts'

interface Plan {
  readonly id: string
  readonly title: string
  readonly unit?: string
  readonly reach: string
  readonly contestants: readonly Contestant[]
}

/** @returns a ring of `kinds` PROCs, each with an arithmetic of its own, and one that starts the token and measures */
function ringOfKinds(kinds: number): string {
  const lines = ['#INCLUDE "course.module"', `VAL INT turns IS 2000000 / ${kinds + 1}:`]
  for (let k = 0; k < kinds; k++) {
    lines.push(`PROC element.${k} (CHAN INT in?, out!)`, '  WHILE TRUE', '    INT x:', '    SEQ', '      in ? x')
    lines.push(`      out ! ((x + ${k}) /\\ #FFFFFF) >< ${k}`, ':')
  }
  lines.push('PROC main (CHAN BYTE keyboard?, screen!, error!)', `  [${kinds + 1}]CHAN INT c:`, '  PAR')
  for (let k = 0; k < kinds; k++) lines.push(`    element.${k} (c[${k}]?, c[${k + 1}]!)`)
  lines.push(
    '    TIMER tim:',
    '    INT t0, t1, token:',
    '    SEQ',
    '      token := 0',
    '      SEQ r = 0 FOR 7',
    '        SEQ',
    '          tim ? t0',
  )
  lines.push(
    '          SEQ i = 0 FOR turns',
    '            SEQ',
    '              c[0] ! token',
    `              c[${kinds}] ? token`,
    '          tim ? t1',
  )
  lines.push(
    '          out.int ((t1 MINUS t0) / 2000, 0, screen!)',
    '          out.string ("*n", 0, screen!)',
    '          screen ! FLUSH',
    ':',
    '',
  )
  return lines.join('\n')
}

function kinds(n: number): string {
  const file = join(scratch, `ring-of-${n}-kinds.csp`)
  writeFileSync(file, ringOfKinds(n))
  return file
}

/** In hundredths of a nanosecond, as the program prints them. */
function inHundredths(file: string, name: string): Contestant {
  const { who, measure } = program(file, [], name)
  return { who, measure: () => measure().map((hundredths) => hundredths / 100) }
}

const PARS: readonly (readonly [name: string, what: string])[] = [
  ['skip', 'that do nothing'],
  ['element', 'that write an element each'],
  ['call', 'that call a PROC with a loop'],
  ['pair', 'in PARs of two'],
]

function plans(): Plan[] {
  return [
    {
      id: 'commstime-sequential',
      title: 'commstime, sequential delta (ns a loop)',
      reach: 'at most 1.2x the hand-written scheduler, Go at least 7x',
      contestants: [
        program('commstime'),
        handWritten('commstime'),
        go('commstime', '2000000'),
        erlang('commstime'),
        jsCsp('commstime', '50000'),
      ],
    },
    {
      id: 'commstime-parallel',
      title: 'commstime, parallel delta (ns a loop)',
      reach: 'at most 150 ns, Go at least 5x',
      contestants: [program('commstime-parallel'), handWritten('commstime-parallel'), go('commstime', '500000', 'parallel')],
    },
    ...PARS.map(([name, what]) => ({
      id: `par-${name}`,
      title: `1,000 branches of a PAR ${what} (ns a branch)`,
      reach: 'at most 60 ns, Go at least 3x',
      contestants: [inHundredths('par', name), go('par', name), ...(name === 'skip' ? [erlang('par', '1000')] : [])],
    })),
    {
      id: 'fork',
      title: 'FORK and its end, a thousand in a FORKING (ns a fork)',
      reach: 'Go at least 2x',
      contestants: [inHundredths('pi', 'fork'), go('pi', 'fork')],
    },
    {
      id: 'claim',
      title: 'CLAIM that nobody contends for (ns a claim)',
      reach: 'at most 2x a rendezvous',
      contestants: [inHundredths('pi', 'claim'), { ...inHundredths('pi', 'rendezvous'), who: 'a rendezvous' }, go('pi', 'claim')],
    },
    {
      id: 'sync-1000',
      title: 'SYNC of 1,000 (ns a process and round)',
      reach: 'Go at least 3x',
      contestants: [inHundredths('pi', 'sync'), go('pi', 'sync')],
    },
    {
      id: 'mobile-1mb',
      title: 'a mobile array of 1 MB there and back (ns)',
      reach: 'at most 1.2x an INT',
      contestants: [inHundredths('pi', 'mobile'), { ...inHundredths('pi', 'int'), who: 'an INT' }],
    },
    ...[10, 100].flatMap((n) => [
      {
        id: `alt-${n}-ready`,
        title: `ALT over ${n}, all ready (ns a choice)`,
        reach: 'at most 30 ns',
        contestants: [program('alt', ['-D', `GUARDS=${n}`, '-D', 'READY']), go('alt', String(n), 'ready')],
      },
      {
        id: `alt-${n}-waiting`,
        title: `ALT over ${n}, waiting for the writer that was asked (ns a choice)`,
        reach: `at most ${n === 10 ? 120 : 150} ns`,
        contestants: [program('alt', ['-D', `GUARDS=${n}`]), go('alt', String(n), 'waiting')],
      },
    ]),
    ...['1000', '100000'].map((size) => ({
      id: `ring-${size}`,
      title: `ring of ${size} (ns a hop)`,
      reach: 'at most 1.2x the hand-written scheduler',
      contestants: [
        program('ring', ['-D', `ELEMENTS=${size}`]),
        handWritten('ring', size),
        go('ring', size, String(2_000_000 / Number(size))),
        erlang('ring', size),
        ...(size === '1000' ? [jsCsp('ring', '50', size)] : []),
      ],
    })),
    ...[2, 8, 50].map((n) => ({
      id: `ring-of-${n}-kinds`,
      title: `ring of ${n} different PROCs (ns a hop)`,
      reach: `Go at least ${n === 50 ? 3 : 5}x`,
      contestants: [program(kinds(n)), go('ring-kinds', String(n))],
    })),
    {
      id: 'print-away',
      title: '1 MB printed by out.string on another node than the screen (ms)',
      unit: 'ms',
      reach: 'at most 3x of printing it at home',
      contestants: [
        program('print', ['--nodes', '2', '-D', 'AWAY=1'], 'print'),
        { ...program('print', ['--nodes', '2'], 'print'), who: 'at home, in the same cluster' },
      ],
    },
  ]
}

/** Measures channels, processes and choices. */
export async function measureCommunication(done: (row: Row) => void): Promise<void> {
  for (const { id, title, unit = 'ns', reach, contestants } of plans()) done({ id, title, unit, reach, samples: inTurn(contestants) })
  const idle = await memoryWhenReady(['-D', 'PROCESSES=1'], 'blocked')
  const full = await memoryWhenReady(['-D', 'PROCESSES=1000000'], 'blocked')
  const values = idle === undefined || full === undefined ? [] : [(full - idle) / 1e6]
  done({
    id: 'checkpoint',
    title: 'checkpoint of three processes with [4096]INT each, 49.2 kB of data (kB)',
    unit: 'kB',
    reach: 'at most 56 kB, code included',
    samples: [{ who: 'godwit', values: [(await checkpointSize('checkpoint')) / 1000] }],
  })
  done({
    id: 'memory-blocked',
    title: 'memory of a blocked process with its channel, of a million of them (bytes)',
    unit: 'B',
    reach: 'at most 250 bytes, 300 MB in all',
    samples: [{ who: 'godwit', values }],
  })
}

/** Measures what a hop, a branch and a choice cost as their number grows. */
export function measureScale(done: (row: Row) => void): void {
  for (const n of [100, 1000, 10_000, 100_000, 1_000_000]) {
    const contestants = [program('ring', ['-D', `ELEMENTS=${n}`]), go('ring', String(n), String(Math.max(1, 2_000_000 / n)))]
    done({ id: `scale-ring-${n}`, title: `a hop in a ring of ${n} processes (ns)`, unit: 'ns', samples: inTurn(contestants, 2) })
  }
  for (const n of [10, 100, 1000, 10_000]) {
    const samples = inTurn([program('alt', ['-D', `GUARDS=${n}`])], 2)
    done({ id: `scale-alt-${n}`, title: `a choice of an ALT that waits on ${n} channels (ns)`, unit: 'ns', samples })
  }
}
