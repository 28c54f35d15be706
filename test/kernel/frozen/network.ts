/** The program whose checkpoints are kept for ever, one for each version of the ABI: a network with a process of each kind. */
import type { Network } from '../machines/network.ts'

export const frozenNetwork: Network = {
  channels: 11,
  n: 5,
  entries: [
    { kind: 'source', n: 5, ins: [], outs: [0] },
    { kind: 'source', n: 5, ins: [], outs: [1] },
    { kind: 'succ', n: 5, ins: [0], outs: [2] },
    { kind: 'blocks', n: 5, ins: [2], outs: [3] },
    { kind: 'delta', n: 5, ins: [1], outs: [4, 5] },
    { kind: 'slow', n: 5, ins: [4], outs: [6] },
    { kind: 'spread', n: 5, ins: [6], outs: [7] },
    { kind: 'plus', n: 5, ins: [3, 5], outs: [8] },
    { kind: 'delta', n: 5, ins: [8], outs: [9, 10] },
  ],
  open: [7, 9, 10],
}
