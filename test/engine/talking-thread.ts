/** A thread that writes to the main thread: as much as it is told to, in pieces of all sizes; then it compares what comes back, or ends in some way. */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { parentPort, workerData } from 'node:worker_threads'
import { settle } from '../../runtime/threads/neighbours.ts'
import type { Place } from '../../runtime/threads/neighbours.ts'

const { place, bytes, how } = workerData as { place: Place; bytes: number; how?: string } // the test gives them
const neighbours = settle(place)
const hold = setInterval(() => undefined, 1000)
const stream = neighbours.connect(`${place.neighbourhood}-0-x.sock`)
if (stream === undefined) throw new Error('the main thread is no neighbour')

if (how !== undefined) {
  stream.write(Buffer.alloc(bytes, 7))
  parentPort?.postMessage('written')
  if (how === 'exit') process.exit(3)
  if (how === 'throw') throw new Error('thrown on purpose')
  if (how === 'heap') for (const kept: number[][] = []; ;) kept.push(Array.from({ length: 1e6 }, (_, i) => i / 3))
} else {
  const [sent, back] = [createHash('sha256'), createHash('sha256')]
  let got = 0
  const all = new Promise<void>((resolve) => {
    stream.on('data', (chunk: Buffer) => {
      back.update(chunk)
      got += chunk.length
      if (got === bytes) resolve()
    })
  })
  for (let [left, seed] = [bytes, 1]; left > 0;) {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0
    const size = Math.min(left, seed % 4 === 0 ? seed % 700_000 : seed % 300)
    const piece = Buffer.alloc(size, seed)
    left -= size
    sent.update(piece)
    if (!stream.write(piece)) await once(stream, 'drain')
  }
  await all
  clearInterval(hold)
  parentPort?.postMessage({ sent: sent.digest('hex'), back: back.digest('hex') })
}
