/** Processes that are forked while they and their FORKINGs move between kernels: each finds its place, whatever the order of messages and moves. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { compileText } from '../backend/compile.ts'
import { loadUnits } from '../backend/run.ts'
import { branchesOf } from '../../runtime/kernel/inspect/paths.ts'
import { SnapshotError } from '../../runtime/kernel/snapshot/snapshot-error.ts'
import type { Captured, Staged } from '../../runtime/kernel/links/link-table.ts'
import { ENDED, GONE } from '../../runtime/kernel/scheduler/state.ts'
import type { Process } from '../../runtime/kernel/scheduler/state.ts'
import { Cluster } from './net.ts'

const PROGRAM = `
REC PROC chain (VAL INT n)
  IF
    n = 0
      SKIP
    TRUE
      FORK chain (n - 1)
:
REC PROC tree (VAL INT n)
  IF
    n = 0
      SKIP
    TRUE
      SEQ
        FORK tree (n - 1)
        FORK tree (n - 1)
:
TEST "forks"
  INT n:
  FORKING
    SEQ
      FORKING
        FORK chain (3)
      n := 1
      FORK chain (2)
      PAR
        FORKING
          FORK tree (2)
        tree (2)
:
`

const program = await compileText(PROGRAM)
const units = [...(await loadUnits(program)).values()]

/** A move that is under way: nobody else knows yet where the processes are. */
interface Move {
  readonly from: number
  readonly to: number
  readonly captured: Captured
  readonly staged: Staged
  committed: boolean
}

/** @returns all processes of a node that could move */
function movable(roots: Iterable<Process>): Process[] {
  const found: Process[] = []
  const queue = [...roots]
  for (let p = queue.pop(); p !== undefined; p = queue.pop()) {
    if (p.state === ENDED || p.state === GONE) continue
    found.push(p)
    queue.push(...branchesOf(p))
  }
  return found
}

/** More messages than a program needs that comes to its end. */
const ENOUGH_MESSAGES = 100_000

/**
 * Lets the program run on three kernels whose steps, messages and moves are drawn from a seed.
 * @param moving how many moves begin or go on for each message that arrives
 * @returns whether it comes to its end
 */
function lives(seed: number, moving: number): boolean {
  const c = new Cluster(3, units)
  const unit = units.find(({ hash }) => hash === program.manifest.tests[0]?.unit)
  const machine = unit?.machines[0]
  if (machine === undefined) throw new Error('the test has a machine')
  c.node(0).kernel.start(machine.blank())
  let x = seed
  const draw = (n: number): number => ((x = (Math.imul(x, 1103515245) + 12345) & 0x7fffffff) >> 8) % n
  const moves: Move[] = []
  const begin = (): void => {
    const from = draw(3)
    const all = movable(c.node(from).kernel.roots)
    const roots = Array.from({ length: 1 + draw(2) }, () => all[draw(Math.max(1, all.length))]).filter((p) => p !== undefined)
    if (roots.length === 0) return
    const to = (from + 1 + draw(2)) % 3
    try {
      const captured = c.node(from).links.capture([...new Set(roots)], draw(2) === 0 ? 'only' : 'subtree')
      moves.push({ from, to, captured, staged: c.node(to).links.stage(captured.bytes.slice(), c.unitOf), committed: false })
    } catch (error) {
      if (!(error instanceof SnapshotError)) throw error
    }
  }
  const goOn = (): void => {
    const move = moves[draw(Math.max(1, moves.length))]
    if (move === undefined) return
    if (!move.committed && draw(5) === 0) {
      c.node(move.to).links.discard(move.staged)
      c.node(move.from).links.abort(move.captured)
      moves.splice(moves.indexOf(move), 1)
      return
    }
    if (!move.committed) {
      c.node(move.from).links.commit(move.captured, move.to)
      move.committed = true
      return
    }
    c.node(move.to).links.adopt(move.staged)
    moves.splice(moves.indexOf(move), 1)
  }
  const deliver = (): void => {
    const { from, to } = c.mail[draw(Math.max(1, c.mail.length))] ?? { from: 0, to: 0 }
    const at = c.mail.findIndex((each) => each.from === from && each.to === to) // of each pair of nodes the oldest message first
    const [message] = at < 0 ? [] : c.mail.splice(at, 1)
    if (message !== undefined) c.node(message.to).links.receive(message.from, message.bytes)
  }
  for (let i = 0; i < 4_000; i++) {
    const { kernel, links } = c.node(draw(3))
    if (draw(10) === 0) links.expire()
    const what = draw(i < 1_500 ? 2 + moving : 3)
    if (what === 0) {
      kernel.run(1 + draw(3))
      if (kernel.failure !== undefined) throw kernel.failure.error
    } else if (what === 1) deliver()
    else if (draw(2) === 0 && i < 1_500) begin()
    else goOn()
  }
  while (moves.length > 0) goOn()
  c.settle(ENOUGH_MESSAGES)
  return c.nodes.every(({ kernel }) => kernel.roots.size === 0)
}

test('what is forked finds its place, whatever moves meanwhile', () => {
  for (let seed = 1; seed <= 300; seed++) assert.ok(lives(seed, 2), `seed ${seed} ends`)
})

test('what is forked finds its place, with many moves for each message that arrives', () => {
  for (let seed = 1; seed <= 40; seed++) assert.ok(lives(seed, 8), `seed ${seed} ends`)
})

test.run()
