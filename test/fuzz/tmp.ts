import { corpus } from './corpus.ts'
import { mutant } from './mutate.ts'
import { Random } from './random.ts'
import { Broken, compiles, formats } from './properties.ts'
const texts = corpus()
console.log(texts.length, texts.reduce((n, t) => n + t.length, 0) / texts.length)
const seed = Number(process.argv[2] ?? 1),
  runs = Number(process.argv[3] ?? 500)
const seen = new Map<string, number>()
let accepted = 0,
  t0 = performance.now(),
  tc = 0,
  tf = 0
for (let i = 0; i < runs; i++) {
  const text = mutant(texts, new Random(seed, i))
  for (const [n, f] of [
    ['c', compiles],
    ['f', formats],
  ] as const) {
    const t = performance.now()
    try {
      if ((await f(text)) !== undefined) accepted++
    } catch (e) {
      if (!(e instanceof Broken)) throw e
      const n = seen.get(e.kind) ?? 0
      seen.set(e.kind, n + 1)
      if (n === 0) {
        console.log(`#### ${seed} ${i} ${e.message}\n`)
        ;(await import('node:fs')).writeFileSync(`/tmp/fz-${seed}-${i}.csp`, text)
      }
    }
    if (n === 'c') tc += performance.now() - t
    else tf += performance.now() - t
  }
}
console.log([...seen], accepted, runs, (performance.now() - t0) / runs, tc / runs, tf / runs)
