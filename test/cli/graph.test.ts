/** `godwit graph`: the network that it finds in a text, and that nothing in its pictures lies on anything else. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { DiskHost } from '../../cli/disk-host.ts'
import { networkDot } from '../../cli/pictures/dot.ts'
import { foldNetwork } from '../../cli/pictures/fold.ts'
import { networkPicture } from '../../cli/pictures/network-picture.ts'
import { network } from '../../compiler/index.ts'
import type { Network } from '../../compiler/index.ts'
import { godwit, program, root, temporaryDirectory } from './godwit.ts'

/** @returns the network in a few lines: `main`, `main/cell ×5`, and `main/a -c INT-> main/b` */
function told({ processes, channels }: Network): string[] {
  const path = (id: number): string => {
    const { name, parent } = processes[id] ?? { name: '?' }
    return parent === undefined ? name : `${path(parent)}/${name}`
  }
  return [
    ...processes.map(
      ({ id, copies, unfollowed }) => `${path(id)}${copies === undefined ? '' : ` ×${copies}`}${unfollowed === undefined ? '' : ' …'}`,
    ),
    ...channels.flatMap(({ name, protocol, writers, readers }) =>
      writers.flatMap((writer) => readers.map((reader) => `${path(writer)} -${name} ${protocol}-> ${path(reader)}`)),
    ),
  ]
}

async function of(path: string): Promise<Network> {
  const found = await network(path, new DiskHost())
  assert.equal(
    found.diagnostics.filter(({ severity }) => severity === 'error'),
    [],
  )
  assert.ok(found.network)
  return found.network
}

const sample = (name: string): string => join(root, 'samples', `${name}.csp`)

test('a ring of calls', async () => {
  assert.equal(told(await of(sample('commstime'))), [
    'commstime',
    'screen',
    'commstime/prefix.n',
    'commstime/delta.n',
    'commstime/succ.n',
    'commstime/consume',
    'commstime/consume -screen BYTE-> screen',
    'commstime/prefix.n -a INT-> commstime/delta.n',
    'commstime/delta.n -b INT-> commstime/succ.n',
    'commstime/succ.n -c INT-> commstime/prefix.n',
    'commstime/delta.n -d INT-> commstime/consume',
  ])
})

test('copies are one process; of an array of channels it is known who has which', async () => {
  assert.equal(told(await of(sample('sort-pump'))), [
    'sort.pump',
    'screen',
    'sort.pump/source',
    'sort.pump/cell ×60',
    'sort.pump/show',
    'sort.pump/show -screen BYTE-> screen',
    'sort.pump/source -link[] INT-> sort.pump/cell',
    'sort.pump/cell -link[] INT-> sort.pump/cell',
    'sort.pump/cell -link[] INT-> sort.pump/show',
  ])
})

test('a PROC that calls itself is not followed again; what a PAR only sends is sent by the process around it', async () => {
  const sieve = told(await of(sample('prime-sieve')))
  assert.ok(sieve.includes('prime.sieve/end.of.pipe/end.of.pipe …'), sieve.join('\n'))
  assert.ok(sieve.includes('prime.sieve/end.of.pipe/filter -rest INT-> prime.sieve/end.of.pipe/end.of.pipe'))
  assert.equal(
    told(await of(sample('dining'))).filter((line) => line.includes('left')),
    ['dining/philosopher -left[] BOOL-> dining/fork'],
  )
})

test('forked processes, and both ends of a channel type', async () => {
  const lines = told(
    await of(
      program(`CHAN TYPE DOOR
  MOBILE RECORD
    CHAN INT knock?:
    CHAN BOOL open!:
:
PROC host (DOOR? door)
  INT who:
  SEQ
    door[knock] ? who
    door[open] ! TRUE
:
PROC guest (DOOR! door)
  BOOL open:
  SEQ
    door[knock] ! 1
    door[open] ? open
:
PROC main ()
  DOOR! outside:
  DOOR? inside:
  SEQ
    outside, inside := MOBILE DOOR
    FORKING
      SEQ
        FORK host (inside)
        guest (outside)
:
`).file,
    ),
  )
  assert.equal(lines, ['main', 'main/host ×FORK', 'main -DOOR[knock] INT-> main/host', 'main/host -DOOR[open] BOOL-> main'])
})

test('a PROC within another one uses the channels around it', async () => {
  assert.ok(told(await of(sample('wanderer'))).includes('wanderer -screen BYTE-> screen'))
})

interface Area {
  readonly what: string
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}

/** @returns where the processes without others in them are, and the labels */
function areas(svg: string): Area[] {
  const found: Area[] = []
  const at: [number, number][] = [[0, 0]]
  const number = (text: string, name: string): number => Number(new RegExp(` ${name}="([-\\d.]+)"`).exec(text)?.[1] ?? 0)
  for (const [element] of svg.matchAll(/<g [^>]*>|<\/g>|<rect class="(?:leaf|outside)"[^>]*>|<text class="label"[^>]*>.*?<\/text>/g)) {
    const [x, y] = at.at(-1) ?? [0, 0]
    if (element.startsWith('<g')) {
      const [, dx = '0', dy = '0'] = /translate\(([-\d.]+) ([-\d.]+)\)/.exec(element) ?? []
      at.push([x + Number(dx), y + Number(dy)])
    } else if (element === '</g>') at.pop()
    else if (element.startsWith('<rect')) {
      const [left, top] = [x + number(element, 'x'), y + number(element, 'y')]
      found.push({ what: element, left, top, right: left + number(element, 'width'), bottom: top + number(element, 'height') })
    } else {
      const half = (element.replace(/<[^>]*>/g, '').length * 6.6) / 2
      const [middle, base] = [x + number(element, 'x'), y + number(element, 'y')]
      found.push({ what: element, left: middle - half, right: middle + half, top: base - 9, bottom: base + 2 })
    }
  }
  return found
}

/** @returns pairs that lie on each other */
function collisions(svg: string): string[] {
  const all = areas(svg)
  assert.ok(all.length > 0)
  return all.flatMap((a, i) =>
    all.slice(i + 1).flatMap((b) => {
      const meet = a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom
      return meet ? [`${a.what} and ${b.what}`] : []
    }),
  )
}

test('in the pictures of all samples no process and no label lies on another', async () => {
  for (const name of readdirSync(join(root, 'samples')).filter((each) => each.endsWith('.csp'))) {
    const found = await of(join(root, 'samples', name))
    assert.equal(collisions(networkPicture(name, found)), [], name)
    assert.match(networkDot(name, found), /^digraph /)
  }
})

/** A network of `n` processes whose channels lead anywhere. */
function tangle(n: number, channelCount: number): Network {
  let seed = 1
  const random = (): number => (seed = (seed * 16807) % 2147483647) % n
  const process = (id: number) => ({ id, parent: 0, name: `worker${id}`, file: 'x.csp', line: id })
  return {
    processes: [{ id: 0, name: 'main', file: 'x.csp', line: 1 }, ...Array.from({ length: n }, (_, i) => process(i + 1))],
    channels: Array.from({ length: channelCount }, (_, i) => ({
      name: `c${i}`,
      protocol: 'INT',
      writers: [random() + 1],
      readers: [random() + 1],
    })),
  }
}

test('nor in a tangle of forty processes', () => {
  assert.equal(collisions(networkPicture('tangle', tangle(40, 60))), [])
})

test('many processes that are alike become one, and what is deep is counted', () => {
  const ring: Network = {
    processes: [
      { id: 0, name: 'main', file: '', line: 1 },
      ...Array.from({ length: 10_000 }, (_, i) => ({ id: i + 1, parent: 0, name: `cell[${i}]`, file: '', line: 2 })),
    ],
    channels: Array.from({ length: 10_000 }, (_, i) => ({
      name: `c[${i}]`,
      protocol: 'INT',
      writers: [i + 1],
      readers: [((i + 1) % 10_000) + 1],
    })),
  }
  assert.equal(told(foldNetwork(ring, { alike: 8, most: 300 })), ['main', 'main/cell ×10000', 'main/cell -c[] INT-> main/cell'])
  const folded = foldNetwork(ring, { alike: 20_000, most: 300 })
  assert.is(folded.processes.length, 10_001) // one level is not taken apart
  const deep: Network = {
    processes: Array.from({ length: 1_000 }, (_, i) => ({
      id: i,
      name: `p${i}`,
      file: '',
      line: 1,
      ...(i === 0 ? {} : { parent: Math.floor((i - 1) / 10) }),
    })),
    channels: [{ name: 'c', protocol: 'INT', writers: [999], readers: [998] }],
  }
  const shallow = foldNetwork(deep, { alike: 20, most: 300 })
  assert.is(shallow.processes.length, 111)
  assert.is(
    shallow.processes.reduce((sum, { within = 0 }) => sum + within, 0),
    889,
  )
})

test('the picture in the docs is what the command draws', async () => {
  const { stdout, stderr } = await godwit(['graph', 'samples/prime-sieve.csp'])
  assert.is(stdout, readFileSync(join(root, 'docs/pictures/graph-prime-sieve.svg'), 'utf8'), stderr)
})

test('the command: forms, files and statuses', async () => {
  const out = join(temporaryDirectory(), 'ring.svg')
  const drawn = await godwit(['graph', sample('commstime'), '-o', out])
  assert.is(drawn.status, 0, drawn.stderr)
  assert.is(drawn.stdout, '')
  assert.match(readFileSync(out, 'utf8'), /^<svg [\s\S]*prefers-color-scheme: dark[\s\S]*delta\.n/)
  const dot = await godwit(['graph', sample('commstime'), '--dot'])
  assert.match(dot.stdout, 'p3 -> p4 [label="b INT"]')
  const json = await godwit(['graph', sample('commstime'), '--json', '--main', 'succ.n'])
  assert.equal(told(JSON.parse(json.stdout) as Network), ['succ.n', 'in', 'out', 'in -in INT-> succ.n', 'succ.n -out INT-> out'])
  const missing = await godwit(['graph', sample('commstime'), '--main', 'nobody'])
  assert.is(missing.status, 64)
  assert.match(missing.stderr, 'has no PROC `nobody`')
  assert.is((await godwit(['graph', sample('commstime'), '--dot', '--json'])).status, 64)
  const wrong = await godwit(['graph', program('PROC main ()\n  x := 1\n:\n').file, '-o', `${out}.2`])
  assert.is(wrong.status, 2)
  assert.not.ok(existsSync(`${out}.2`))
})

test.run()
