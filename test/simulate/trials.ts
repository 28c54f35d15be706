/** What is tried to find out whether the protocol is right: lives on simulated clusters, programs that lose a process, members that fold one log, and random networks that are cut in kernels alone. */
import { runPlain } from '../../runtime/kernel/testing/chaos.ts'
import { Choices } from '../../runtime/kernel/testing/choices.ts'
import { runCutting } from '../../runtime/kernel/testing/cutting.ts'
import { networkMain, randomNetwork } from '../kernel/machines/network.ts'
import { liveWithBorder } from './border.ts'
import { loss } from './loss.ts'
import { replicas } from './replicas.ts'
import { live } from './scenario.ts'
import { steady } from './steady.ts'
import { twins } from './twins.ts'
import { versions } from './versions.ts'

const kinds = { life, border: liveWithBorder, cutting, steady, loss, amid, apart, late, twins, replicas, versions } as const

export type TrialKind = keyof typeof kinds

/** One of them: `life 17` is `npm run simulate -- --seed 17`. */
export type Trial = `${TrialKind} ${number}`

/** @returns why it is wrong; undefined when it is right */
export function attempt(trial: Trial): string | undefined {
  const [kind = '', seed] = trial.split(' ')
  if (!(kind in kinds)) throw new Error(`there is no trial ${trial}`)
  try {
    return kinds[kind as TrialKind](Number(seed)) // it is in there
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error)
  }
}

/** A life in which nodes are stopped in the midst of their work, and go on with it when they have been removed. */
function amid(seed: number): string | undefined {
  return live(seed, { kinds: ['amid'] }).wrong
}

/** A life in which the store does not reach single nodes, and homes move. */
function apart(seed: number): string | undefined {
  return live(seed, { kinds: ['outage', 'island', 'lag', 'join', 'rehome'] }).wrong
}

/** A life in which nodes join of which the home hears late. */
function late(seed: number): string | undefined {
  return live(seed, { kinds: ['latecomer'], everyMs: 50, moves: 0.5, nodes: 3 }).wrong
}

function life(seed: number): string | undefined {
  return live(seed).wrong
}

/** A random network in up to five kernels, cut now and then, thrown away and gone on with elsewhere. */
function cutting(seed: number): string | undefined {
  const { below } = new Choices(seed)
  const nodes = 1 + below(5)
  const network = randomNetwork(below, below(10))
  const moves = [0, 0.5, 0.05][below(3)] ?? 0
  const cuts = [0.2, 0.02][below(2)] ?? 0
  const plain = runPlain(({ screen }) => networkMain(network, screen))
  const cut = runCutting(({ screen }) => networkMain(network, screen), {
    seed: seed ^ 0x77,
    nodes,
    moves: nodes === 1 ? 0 : moves,
    cuts,
    deaths: cuts / 3,
    steps: 300_000,
  })
  if (cut.kind !== plain.kind) return `it ends with ${cut.kind} instead of ${plain.kind}`
  return Buffer.from(cut.screen).equals(Buffer.from(plain.screen)) ? undefined : 'it shows something else'
}
