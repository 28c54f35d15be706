/** Links between kernels: each way to be blocked survives a move, and each move of channel, branch or parent. */
import { fc, times } from '../harness/property.ts'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Channel, channels } from '../../runtime/abi.ts'
import type { Frame } from '../../runtime/abi.ts'
import { ALT, ENDED, HOST, INPUT, JOIN, OUTPUT, TIMER } from '../../runtime/kernel/scheduler/state.ts'
import type { Process, ProcessState } from '../../runtime/kernel/scheduler/state.ts'
import { captureProgram, restoreProgram, SnapshotError } from '../../runtime/kernel/snapshot/snapshot.ts'
import { Choices } from '../../runtime/kernel/testing/choices.ts'
import { ArrayReader, ArrayWriter, Asker, Chooser, Combs, Counter, Reader, Sleeper, U as CELL, Writer } from './machines/cell.ts'
import { Cluster } from './net.ts'

const cluster = (n = 3): Cluster => new Cluster(n, [CELL])

/** Runs only the kernels, so that messages wait. */
function start(c: Cluster, node: number, ...frames: Frame[]): Process[] {
  const started = frames.map((f) => c.node(node).kernel.start(f))
  c.run()
  return started
}

const got = (p: Process): number[] => [...(p.frame as Reader).got]

test('a process blocked in an output moves, and its message arrives', () => {
  for (const readerFirst of [true, false]) {
    const c = cluster()
    const ch = new Channel()
    const [w] = start(c, 0, new Writer(null, 7, 3, ch)) as [Process]
    assert.is(w.state, OUTPUT)
    const moved = c.moveOne(w, 0, 1)
    if (!readerFirst) c.settle()
    const [r] = start(c, 0, new Reader(null, ch, new Int32Array(3))) as [Process]
    c.settle()
    assert.equal(got(r), [7, 8, 9])
    assert.is(moved.state, ENDED)
  }
})

test('a process blocked in an input moves, and takes the channel along', () => {
  const c = cluster()
  const ch = new Channel()
  const [r] = start(c, 0, new Reader(null, ch, new Int32Array(3))) as [Process]
  assert.is(r.state, INPUT)
  const moved = c.moveOne(r, 0, 2)
  const [w] = start(c, 0, new Writer(null, 1, 3, ch)) as [Process]
  c.settle()
  assert.equal(got(moved), [1, 2, 3])
  assert.is(w.state, ENDED)
})

test('a process blocked in an ALT of several guards moves, and any of them wakes it', () => {
  for (const guard of [0, 1, 2]) {
    const c = cluster()
    const ins = channels(3)
    const [a] = start(c, 0, new Chooser(null, guard === 1, ins, 0, new Int32Array(4))) as [Process]
    assert.is(a.state, ALT)
    const once = c.moveOne(a, 0, 1)
    const twice = c.moveOne(once, 1, 2)
    const [w] = start(c, 0, new Writer(null, 40, 2, ins[guard] as Channel)) as [Process]
    c.settle()
    assert.equal([...(twice.frame as Chooser).got], [guard, 40, guard, 41])
    assert.is(w.state, ENDED)
  }
})

test('an ALT whose guard has been taken by a writer, and that has not run yet, moves', () => {
  const c = cluster()
  const ins = channels(2)
  const [a] = start(c, 0, new Chooser(null, false, ins, 0, new Int32Array(2))) as [Process]
  const { kernel } = c.node(0)
  kernel.start(new Writer(null, 5, 1, ins[1] as Channel))
  kernel.run(0) // the writer has offered, the reader is ready and has not run
  assert.is(a.selected, 1)
  const moved = c.moveOne(a, 0, 1)
  c.settle()
  assert.equal([...(moved.frame as Chooser).got], [1, 5])
})

test('a PRI ALT that polls sees a writer that waits on another node', () => {
  const c = cluster()
  const ch = new Channel()
  const [w] = start(c, 0, new Writer(null, 6, 1, ch)) as [Process]
  c.node(0).links.idOf(w)
  const poll = c.node(0).kernel.start(new Chooser(null, true, [ch], -1, new Int32Array(4)))
  c.node(0).links.migrateHome(ch, 2) // where nobody needs it
  c.settle()
  assert.is(poll.state, ENDED)
  assert.equal([...(poll.frame as Chooser).got], [0, 6, 1, -1])
})

test('a process that waits for a time moves, and wakes when it has come', () => {
  const c = cluster()
  const [p] = start(c, 0, new Sleeper(null, 500)) as [Process]
  assert.is(p.state, TIMER)
  const moved = c.moveOne(p, 0, 1)
  c.time = 500
  c.settle()
  assert.is(moved.state, TIMER)
  c.time = 501
  c.settle()
  assert.is((moved.frame as Sleeper).woken, 501)
})

test('a process in a loop without communication moves while it loops', () => {
  const c = cluster()
  const { kernel } = c.node(0)
  const p = kernel.start(new Counter(null, 1000))
  kernel.run(300)
  const moved = c.moveOne(p, 0, 1)
  assert.ok((moved.frame as Counter).i >= 300)
  c.settle()
  assert.is((moved.frame as Counter).i, 1000)
})

test('a process that has taken a value and not run yet moves with it', () => {
  const c = cluster()
  const ch = new Channel()
  const [r] = start(c, 0, new Reader(null, ch, new Int32Array(1))) as [Process]
  const { kernel } = c.node(0)
  kernel.start(new Writer(null, 77, 1, ch))
  kernel.run(0)
  const moved = c.moveOne(r, 0, 1)
  c.settle()
  assert.equal(got(moved), [77])
})

test('arrays travel through channels between nodes, whichever end moves', () => {
  for (const [mover, readerFirst] of [
    [0, true],
    [0, false],
    [1, true],
    [1, false],
  ] as const) {
    const c = cluster()
    const ch = new Channel()
    const memory = Int32Array.of(1, 2, 3, 4)
    const writer = new ArrayWriter(null, memory.subarray(0, 3), memory.subarray(2, 4), ch)
    const reader = new ArrayReader(null, ch, new Int32Array(3), new Int32Array(2))
    const frames = readerFirst ? [reader, writer] : [writer, reader]
    const { kernel } = c.node(0)
    const processes = frames.map((f) => kernel.start(f))
    kernel.run(0)
    const at = mover === 0 ? frames.indexOf(writer) : frames.indexOf(reader)
    const moved = c.moveOne(processes[at] as Process, 0, 1)
    c.settle()
    const end = (mover === 1 ? moved.frame : reader) as ArrayReader
    assert.equal([...end.first], [1, 2, 3])
    assert.equal([...end.second], [99, 4])
  }
})

/** A parent with two branches in node 0, blocked in their inputs. */
function family(c: Cluster, n = 6): { parent: Process; branches: readonly [Process, Process]; ins: readonly [Channel, Channel] } {
  const ins = [new Channel(), new Channel()] as const
  const [parent] = start(c, 0, new Combs(null, ins[0], ins[1], n)) as [Process]
  assert.is(parent.state, JOIN)
  const { pending } = parent.frame
  assert.ok(pending !== null && 'branches' in pending)
  const branches = (pending as unknown as { branches: [Process, Process] }).branches
  return { parent, branches, ins }
}

function feed(c: Cluster, ins: readonly [Channel, Channel], n = 3): void {
  start(c, 0, new Writer(null, 10, n, ins[0]), new Writer(null, 20, n, ins[1]))
}

function assertJoined(parent: Process): void {
  assert.is(parent.state, ENDED)
  const f = parent.frame as Combs
  assert.equal([...f.a], [10, 20, 11, 21, 12, 22])
  assert.is(f.sums, 33_063)
}

test('a branch that left gives its results back, scalars and the elements it changed', () => {
  const c = cluster()
  const { parent, branches, ins } = family(c)
  c.moveOne(branches[1], 0, 1)
  feed(c, ins)
  c.settle()
  assertJoined(parent)
})

test('both branches leave, to different nodes, one twice, in the middle of their work', () => {
  const c = cluster()
  const { parent, branches, ins } = family(c)
  start(c, 0, new Writer(null, 10, 3, ins[0]))
  const { kernel } = c.node(0)
  kernel.start(new Writer(null, 20, 2, ins[1]))
  c.run()
  // the first branch has ended, the second has written two elements
  const far = c.moveOne(branches[1], 0, 1)
  const further = c.moveOne(far, 1, 2)
  assert.is(further.state, INPUT)
  start(c, 0, new Writer(null, 22, 1, ins[1]))
  c.settle()
  assertJoined(parent)
})

test('a branch that comes back to its parent joins it there', () => {
  const c = cluster()
  const { parent, branches, ins } = family(c)
  const far = c.moveOne(branches[0], 0, 1)
  start(c, 0, new Writer(null, 10, 2, ins[0]))
  c.settle()
  const back = c.moveOne(far, 1, 0)
  start(c, 0, new Writer(null, 12, 1, ins[0]), new Writer(null, 20, 3, ins[1]))
  c.settle()
  assert.is(back.join?.parent, parent)
  assertJoined(parent)
})

test('a parent that goes alone is joined by the branches it left, and by those that left before', () => {
  const c = cluster()
  const { parent, branches, ins } = family(c)
  c.moveOne(branches[1], 0, 1)
  const gone = c.moveOne(parent, 0, 2, 'only')
  feed(c, ins)
  c.settle()
  assertJoined(gone)
})

test('a parent that goes alone and comes back is joined', () => {
  const c = cluster()
  const { parent, ins } = family(c)
  const gone = c.moveOne(parent, 0, 2, 'only')
  start(c, 0, new Writer(null, 10, 2, ins[0]))
  c.settle()
  const back = c.moveOne(gone, 2, 0, 'only')
  start(c, 0, new Writer(null, 12, 1, ins[0]), new Writer(null, 20, 3, ins[1]))
  c.settle()
  assertJoined(back)
})

test('a branch that is back with its own memory moves along with its parent', () => {
  const c = cluster()
  const { parent, branches, ins } = family(c)
  const far = c.moveOne(branches[0], 0, 1)
  start(c, 0, new Writer(null, 10, 2, ins[0]))
  c.settle()
  c.moveOne(far, 1, 0)
  const moved = c.moveOne(parent, 0, 2)
  start(c, 0, new Writer(null, 12, 1, ins[0]), new Writer(null, 20, 3, ins[1]))
  c.settle()
  assertJoined(moved)
})

test('a parent that goes alone leaves branches that share no memory any more', () => {
  const c = cluster()
  const { parent, branches, ins } = family(c)
  const gone = c.moveOne(parent, 0, 1, 'only')
  start(c, 0, new Writer(null, 20, 2, ins[1])) // written here into what was common memory
  const far = c.moveOne(branches[1], 0, 2) // the rest is written there
  start(c, 0, new Writer(null, 22, 1, ins[1]))
  c.settle()
  assert.is(far.state, ENDED)
  start(c, 0, new Writer(null, 10, 3, ins[0])) // the other branch ends later, and knows nothing of that
  c.settle()
  assertJoined(gone)
})

test('a whole family moves and needs nothing from where it was but its channels to others', () => {
  const c = cluster()
  const { parent, ins } = family(c)
  const moved = c.moveOne(parent, 0, 1)
  assert.equal(c.node(0).kernel.roots.size, 0)
  feed(c, ins)
  c.settle()
  assertJoined(moved)
})

test('while a home is on its way, writers wait; after a commit or an abort they go on', () => {
  for (const abort of [true, false]) {
    const c = cluster()
    const ch = new Channel()
    const [r] = start(c, 0, new Reader(null, ch, new Int32Array(2))) as [Process]
    const { links } = c.node(0)
    const captured = links.capture([r], 'subtree')
    const [w] = start(c, 0, new Writer(null, 3, 2, ch)) as [Process]
    c.settle()
    assert.is(w.state, OUTPUT)
    assert.ok(links.stats().held > 0)
    let after: Process | undefined
    if (abort) [after] = links.abort(captured)
    else {
      links.commit(captured, 1)
      c.settle() // the offer overtakes the home
      ;[after] = c.node(1).links.restore(captured.bytes, c.unitOf)
    }
    c.settle()
    assert.equal(got(after as Process), [3, 4])
    assert.is(w.state, ENDED)
    assert.is(links.stats().held, 0)
  }
})

test('a capture that was aborted leaves the processes as they were', () => {
  const c = cluster()
  const { parent, ins } = family(c)
  const { links } = c.node(0)
  const [again] = links.abort(links.capture([parent], 'only')) as [Process]
  const [once] = links.abort(links.capture([again], 'subtree')) as [Process]
  feed(c, ins)
  c.settle()
  assertJoined(once)
  assert.is(c.delivered, 0)
})

test('what several processes take along is told for each of them', () => {
  const c = cluster()
  const sizes = [10, 1000, 10]
  const readers = start(c, 0, ...sizes.map((n) => new Reader(null, new Channel(), new Int32Array(n))))
  const { links } = c.node(0)
  const { bytes, rootSizes, paths } = links.capture(readers, 'only')
  const [small = 0, large = 0, third = 0] = rootSizes
  assert.is(small, third)
  assert.is(large - small > 900 && large - small < 4100, true, `${small} and ${large} bytes`)
  assert.ok(small + large + third < bytes.length, 'they have a head in common')
  assert.is(paths.length, sizes.length)
})

test('a channel moves by itself with the offer that waits in it', () => {
  const c = cluster()
  const ch = new Channel()
  const [w] = start(c, 0, new Writer(null, 9, 2, ch)) as [Process]
  const reader = c.node(0).kernel.start(new Reader(null, ch, new Int32Array(2)))
  assert.ok((c.node(0).links.migrateHome(ch, 1) ?? 0) > 0, 'it says how many bytes it has sent')
  assert.is(c.node(0).links.migrateHome(ch, 2), undefined, 'its home is elsewhere now')
  c.settle()
  assert.equal(got(reader), [9, 10])
  assert.is(w.state, ENDED)
})

test('an answer of the host follows a process that has moved, twice', () => {
  const c = new Cluster(3, [CELL], () => false)
  const [p] = start(c, 0, new Asker(null, 1)) as [Process]
  assert.is(p.state, HOST)
  const far = c.moveOne(p, 0, 1)
  const further = c.moveOne(far, 1, 2)
  c.node(0).kernel.wake(p, 42)
  c.settle()
  assert.is((further.frame as Asker).answer, 42)
})

test('both ends of a channel move at the same time a thousand times: no message is lost, doubled or reordered', () => {
  for (const seed of [1, 2, 3]) {
    const { below } = new Choices(seed)
    const c = cluster(4)
    const n = 3000
    const ch = new Channel()
    const ends = [
      { p: c.node(0).kernel.start(new Writer(null, 0, n, ch)), at: 0 },
      { p: c.node(0).kernel.start(new Reader(null, ch, new Int32Array(n))), at: 0 },
    ]
    let moves = 0
    while (moves < 1000) {
      // both are captured before either is restored, and messages are delivered in between
      const flights = ends
        .filter(({ p }) => p.state !== ENDED)
        .map((end) => {
          const captured = c.node(end.at).links.capture([end.p], 'subtree')
          for (let k = below(3); k > 0; k--) c.deliver()
          return { end, captured, to: (end.at + 1 + below(3)) % 4 }
        })
      if (flights.length === 0) break
      for (const { captured, end, to } of flights) c.node(end.at).links.commit(captured, to)
      for (const { captured, end, to } of below(2) === 0 ? flights : flights.reverse()) {
        for (let k = below(4); k > 0; k--) c.deliver()
        const [p] = c.node(to).links.restore(captured.bytes, c.unitOf) as [Process]
        end.p = p
        end.at = to
        moves++
      }
      for (let k = below(6); k > 0; k--) {
        c.node(below(4)).kernel.run(0)
        c.deliver()
      }
    }
    c.settle()
    const reader = ends[1]?.p as Process
    assert.is(reader.state, ENDED)
    assert.equal(
      got(reader),
      Array.from({ length: n }, (_, i) => i),
    )
    assert.is(moves >= 1000, true, String(moves))
  }
})

test('a node that vanishes with a reader is reported by the writer that waits for it, once', () => {
  const c = cluster()
  const ch = new Channel()
  const [r] = start(c, 0, new Reader(null, ch, new Int32Array(1))) as [Process]
  c.moveOne(r, 0, 1)
  c.lose(1)
  const [w] = start(c, 0, new Writer(null, 1, 1, ch)) as [Process]
  c.settle()
  assert.equal(
    c.losses.map(({ kind, node, process }) => [kind, node, process === w]),
    [['output', 1, true]],
  )
})

test('a node that vanishes with a branch is reported by its join', () => {
  const c = cluster()
  const { parent, branches } = family(c)
  c.moveOne(branches[0], 0, 1)
  c.lose(1)
  c.settle()
  assert.equal(
    c.losses.map(({ kind, node, process }) => [kind, node, process === parent]),
    [['join', 1, true]],
  )
})

test('a node that only forwarded may vanish, and nothing is lost', () => {
  const c = cluster(4)
  const ch = new Channel()
  const { parent, branches, ins } = family(c)
  const [r] = start(c, 0, new Reader(null, ch, new Int32Array(2))) as [Process]
  const far = c.moveOne(r, 0, 1)
  const branch = c.moveOne(branches[1], 0, 1)
  c.settle()
  const further = c.moveOne(far, 1, 2)
  c.moveOne(branch, 1, 2)
  const [w] = start(c, 0, new Writer(null, 1, 2, ch)) as [Process]
  feed(c, ins)
  c.settle()
  c.lose(1)
  c.settle()
  assert.equal(got(further), [1, 2])
  assert.is(w.state, ENDED)
  assertJoined(parent)
  assert.equal(c.losses, [])
})

test('messages that were in a node that vanished are sent again', () => {
  const c = cluster(4)
  const ch = new Channel()
  const [r] = start(c, 0, new Reader(null, ch, new Int32Array(2))) as [Process]
  const far = c.moveOne(r, 0, 1)
  const further = c.moveOne(far, 1, 2)
  start(c, 0, new Writer(null, 1, 2, ch)) // its offer is on the way to node 1, where the reader was
  c.lose(1)
  c.settle()
  assert.equal(got(further), [1, 2])
})

/** Delivers the oldest message to a node, before older ones to other nodes. */
function deliverTo(c: Cluster, to: number): void {
  const at = c.mail.findIndex((message) => message.to === to)
  assert.not.equal(at, -1)
  c.mail.unshift(...c.mail.splice(at, 1))
  c.deliver()
}

/** A node forgets what nothing there holds. */
function forget(c: Cluster, node: number): void {
  for (let k = 0; k < 2; k++) c.node(node).links.expire()
}

test('a node that passed a channel on and has forgotten it does not wait for it', () => {
  const c = cluster(4)
  const ch = new Channel()
  const w = c.moveOne(c.node(0).kernel.start(new Writer(null, 1, 2, ch)), 0, 3) // it believes that the channel is at 0
  const [r] = start(c, 0, new Reader(null, ch, new Int32Array(2))) as [Process]
  const far = c.moveOne(c.moveOne(r, 0, 1), 1, 2)
  forget(c, 1)
  c.moveOne(w, 3, 1) // its offer goes to 0, which sends it on to 1
  c.settle()
  assert.equal(got(far), [1, 2])
})

test('a node that has staged a channel answers who seeks it when it has come', () => {
  const c = cluster(3)
  const ch = new Channel()
  c.moveOne(c.node(0).kernel.start(new Writer(null, 1, 2, ch)), 0, 2)
  const reader = c.node(0).kernel.start(new Reader(null, ch, new Int32Array(2)))
  c.node(0).kernel.run(1000)
  const captured = c.node(0).links.capture([reader], 'subtree')
  const staged = c.node(1).links.stage(captured.bytes.slice(), c.unitOf)
  c.node(0).links.commit(captured, 1)
  forget(c, 0)
  c.settle() // the offer came to 0, which asked 1
  const [moved] = c.node(1).links.adopt(staged)
  c.settle()
  assert.equal(got(moved as Process), [1, 2])
})

test('a channel that passes by those who seek it is found at the next sweep', () => {
  const c = cluster(4)
  const ch = new Channel()
  const w = c.moveOne(c.node(0).kernel.start(new Writer(null, 1, 2, ch)), 0, 3)
  const [r] = start(c, 0, new Reader(null, ch, new Int32Array(2))) as [Process]
  const near = c.moveOne(r, 0, 1)
  forget(c, 0)
  deliverTo(c, 0) // the offer: 0 asks all
  deliverTo(c, 2) // it is not there
  const far = c.moveOne(near, 1, 2)
  forget(c, 1)
  c.settle() // it is not at 1 either
  assert.is(w.state, OUTPUT)
  c.node(0).links.expire()
  c.settle()
  assert.equal(got(far), [1, 2])
})

test('a channel that nothing holds where its home is stays while its holder goes from one node to another', () => {
  const c = cluster(3)
  const ch = new Channel()
  const w = c.moveOne(c.node(0).kernel.start(new Writer(null, 1, 2, ch)), 0, 1)
  forget(c, 0) // 0 asks 1 and 2 whether they hold it
  deliverTo(c, 2) // no
  c.node(1).links.expire()
  c.moveOne(w, 1, 2)
  while (c.deliver()); // nor does 1
  const [r] = start(c, 0, new Reader(null, ch, new Int32Array(2))) as [Process]
  c.settle()
  assert.equal(got(r), [1, 2])
})

test('the tables become empty again', () => {
  const c = cluster(3)
  const { below } = new Choices(5)
  for (let round = 0; round < 30; round++) {
    const { parent, branches, ins } = family(c)
    const far = c.moveOne(branches[below(2)] as Process, 0, 1)
    const top = below(2) === 0 ? c.moveOne(parent, 0, 2, 'only') : parent
    c.moveOne(far, 1, 2)
    feed(c, ins)
    c.settle()
    assertJoined(top)
    for (const { links } of c.nodes) links.expire()
  }
  for (let k = 0; k < 3; k++) {
    for (const { links } of c.nodes) links.expire()
    c.settle()
  }
  assert.equal(
    c.nodes.map(({ links }) => links.stats().entries),
    [0, 0, 0],
  )
})

test('what still depends on another node is listed', () => {
  const c = cluster()
  const { parent, branches, ins } = family(c)
  c.moveOne(branches[1], 0, 1)
  c.settle()
  const whys = (n: number): string[] =>
    c
      .node(n)
      .links.residual()
      .map(({ node, why }) => `${node}: ${why}`)
  assert.equal(whys(0).sort(), ['1: main/comb#2 runs there', '1: the home of a channel is there'])
  assert.equal(whys(1), ['0: main/comb#2 reports its end there'])
  start(c, 0, new Writer(null, 1, 1, ins[1]))
  assert.ok(
    whys(0).some((why) => why === '1: main waits to output on a channel there'),
    whys(0).join('; '),
  )
  assert.is(parent.state, JOIN)
})

test('processes keep their names wherever they go', () => {
  const c = cluster()
  const { branches } = family(c)
  const id = c.node(0).links.idOf(branches[0])
  const far = c.moveOne(branches[0], 0, 1)
  assert.is(c.node(1).links.idOf(far), id)
  assert.is(c.node(1).links.processOf(id), far)
  assert.is(c.node(0).links.processOf(id), undefined)
  assert.is(c.node(1).links.pathOf(far), 'main/comb')
  const back = c.moveOne(far, 1, 0)
  assert.is(c.node(0).links.processOf(id), back)
  assert.is(c.node(0).links.pathOf(back), 'main/comb')
})

test('what cannot be captured is refused, and nothing has happened', () => {
  const c = cluster()
  const { parent, ins } = family(c)
  const [w] = start(c, 0, new Writer(null, 0, 0, new Channel())) as [Process]
  const ended = (state: ProcessState): boolean => state === ENDED
  assert.ok(ended(w.state))
  assert.throws(
    () => c.node(0).links.capture([parent, w], 'only'),
    (e: unknown) => e instanceof SnapshotError && e.code === 'pinned',
  )
  feed(c, ins)
  c.settle()
  assertJoined(parent)
})

test('nothing leaves a kernel that has stopped: the process that has passed is at no safe point', () => {
  const c = cluster()
  const [w] = start(c, 0, new Writer(null, 7, 3, new Channel())) as [Process]
  const { kernel, links } = c.node(0)
  kernel.stop()
  for (const mode of ['only', 'subtree'] as const) {
    assert.throws(
      () => links.capture([w], mode),
      (e: unknown) => e instanceof SnapshotError && e.code === 'pinned',
    )
  }
  assert.is(w.state, OUTPUT)
})

test('altered captures are refused, and never anything else', () => {
  const c = cluster()
  const { parent, branches, ins } = family(c)
  c.moveOne(branches[0], 0, 1)
  start(c, 0, new Writer(null, 0, 9, ins[1]))
  const { bytes } = c.node(0).links.capture([parent], 'subtree')
  fc.assert(
    fc.property(fc.nat(), fc.nat(255), (at, v) => {
      const altered = bytes.slice()
      altered[at % bytes.length] = v
      try {
        c.node(2).links.stage(altered, c.unitOf)
      } catch (error) {
        assert.instance(error, SnapshotError)
      }
    }),
    { numRuns: times(3000) },
  )
})

test('a saved program is no moving process, and the reverse', () => {
  const c = cluster()
  const [w] = start(c, 0, new Writer(null, 7, 3, new Channel())) as [Process]
  const { bytes } = c.node(0).links.capture([w], 'subtree')
  const program = captureProgram(c.node(1).kernel, [], {})
  const refused = (work: () => unknown): void => {
    assert.throws(work, (e: unknown) => e instanceof SnapshotError && e.code === 'malformed')
  }
  refused(() => c.node(1).links.stage(program, c.unitOf))
  refused(() => restoreProgram(c.node(1).kernel, bytes, c.unitOf, {}))
})

test('a capture is committed or aborted once, and only to another node', () => {
  const c = cluster()
  const [w] = start(c, 0, new Writer(null, 7, 3, new Channel())) as [Process]
  const { links } = c.node(0)
  const captured = links.capture([w], 'subtree')
  assert.throws(() => {
    links.commit(captured, 0)
  }, /stays is aborted/)
  const [back] = links.abort(captured) as [Process]
  assert.throws(() => links.abort(captured), /committed or aborted once/)
  assert.throws(() => {
    links.commit(captured, 1)
  }, /committed or aborted once/)
  const again = links.capture([back], 'subtree')
  const staged = c.node(1).links.stage(again.bytes, c.unitOf)
  links.commit(again, 1)
  assert.is(c.node(1).links.adopt(staged).length, 1)
  assert.throws(() => c.node(1).links.adopt(staged), /adopted once/)
})

test('what says where processes have gone does not grow with the moves, also between two sweeps', () => {
  const most = 20
  const moves = 50 * most
  const c = new Cluster(2, [CELL], () => false, most)
  for (let i = 0; i < moves; i++) c.moveOne(c.node(0).kernel.start(new Reader(null, new Channel(), new Int32Array(1))), 0, 1)
  while (c.deliver());
  const { entries } = c.node(0).links.stats()
  assert.ok(entries < 5 * most, `${entries} entries after ${moves} moves`)
})

test.run()
