/** A process that starts a network of stream processes from a table. */
import { Frame, NO_CHANNEL, branch, channels, fork, join, unit } from '../../../runtime/abi.ts'
import type { Process, Channel } from '../../../runtime/abi.ts'
import { Blocks, Delta, Plus, Report, Slow, Source, Spread, Succ, Total } from './streams.ts'

export type Kind = 'source' | 'succ' | 'delta' | 'plus' | 'blocks' | 'slow' | 'spread' | 'total'
const kinds: readonly Kind[] = ['source', 'succ', 'delta', 'plus', 'blocks', 'slow', 'spread', 'total']

/** One process: its kind, how many items it takes, and the numbers of its channels. */
export interface Entry {
  readonly kind: Kind
  readonly n: number
  readonly ins: readonly number[]
  readonly outs: readonly number[]
}

/** A network: how many channels, the processes, and whose outputs are reported, item by item in turn. */
export interface Network {
  readonly channels: number
  readonly entries: readonly Entry[]
  readonly open: readonly number[]
  readonly n: number
}

const NAMES = kinds

export class Net extends Frame {
  c: Channel[] = []
  constructor(
    caller: Frame | null,
    public table: Int32Array,
    public out: Channel,
  ) {
    super(caller)
  }
}

/** @returns the frame of a main process that runs a network and writes what it gives to `screen` */
export function networkMain(network: Network, screen: Channel): Net {
  const words = [network.channels, network.n, network.open.length, ...network.open]
  for (const { kind, n, ins, outs } of network.entries) words.push(kinds.indexOf(kind), n, ins.length, ...ins, outs.length, ...outs)
  return new Net(null, Int32Array.from(words), screen)
}

function net(p: Process, f: Net): boolean {
  if (f.pc === 0) {
    const words = f.table.values()
    const word = (): number => words.next().value as number
    f.c = channels(word())
    const chan = (): Channel => f.c[word()] as Channel
    const some = (): Channel[] => Array.from({ length: word() }, chan)
    const n = word()
    const open = some()
    const j = fork(p, f)
    branch(j, new Report(null, n, open, f.out), 'report')
    for (let k = 0, next = words.next(); next.done !== true; k++, next = words.next()) {
      const kind = kinds[next.value] as Kind
      const count = word()
      const ins = some()
      const [a = NO_CHANNEL, b = NO_CHANNEL] = ins
      const [c = NO_CHANNEL, d = NO_CHANNEL] = some()
      const frames: Record<Kind, () => Frame> = {
        source: () => new Source(null, k, count, c),
        succ: () => new Succ(null, count, a, c),
        delta: () => new Delta(null, count, a, c, d),
        plus: () => new Plus(null, count, a, b, c),
        blocks: () => new Blocks(null, count, a, c),
        slow: () => new Slow(null, count, a, c),
        spread: () => new Spread(null, count, a, c),
        total: () => new Total(null, count, ins, c),
      }
      branch(j, frames[kind](), NAMES[kinds.indexOf(kind)] ?? '', k)
    }
    f.pc = 1
    if (!join(p, j)) return false
  }
  return true
}

export const U = unit({
  name: 'network',
  machines: [
    {
      name: 'net',
      step: net,
      blank: () => new Net(null, new Int32Array(), NO_CHANNEL),
      slots: [
        ['table', 'array:int'],
        ['out', 'chan!'],
        ['c', 'chans'],
      ],
      live: [[0, 1], []],
      results: [],
    },
  ],
})
U.hash = 'test:network'

/**
 * A random network.
 * @param below gives an integer from 0 to n - 1
 */
export function randomNetwork(below: (n: number) => number, size: number): Network {
  const n = 1 + below(6)
  const entries: Entry[] = []
  let count = 0
  let open: number[] = []
  const fresh = (): number => count++
  const pick = (): number => open.splice(below(open.length), 1)[0] as number
  const sources = 1 + below(3)
  for (let k = 0; k < sources; k++) {
    const out = fresh()
    entries.push({ kind: 'source', n, ins: [], outs: [out] })
    open.push(out)
  }
  for (let k = 0; k < size; k++) {
    const kind = kinds[1 + below(kinds.length - 2)] as Kind
    if (kind === 'plus' && open.length < 2) continue
    const ins = kind === 'plus' ? [pick(), pick()] : [pick()]
    const outs = kind === 'delta' ? [fresh(), fresh()] : [fresh()]
    entries.push({ kind, n, ins, outs })
    open.push(...outs)
  }
  if (below(2) === 0 && n > 0) {
    // one more process takes all that is open in whatever order it comes, and gives the sum
    const out = fresh()
    entries.push({ kind: 'total', n: n * open.length, ins: open, outs: [out] })
    open = [out]
    return { channels: count, entries, open, n: 1 }
  }
  return { channels: count, entries, open, n }
}
