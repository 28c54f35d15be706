import { Random } from './random.ts'
import { program } from './generate/program.ts'
import { Broken, compiles, formats } from './properties.ts'
import { compile } from '../../compiler/index.ts'
import { projectHost } from '../backend/compile.ts'
import { agree } from './differential.ts'
import { shrink } from './shrink.ts'
import { readFileSync, writeFileSync } from 'node:fs'
const verdict = async (text: string, s: number) => {
  try {
    formats(text)
    const p = await compiles(text)
    if (p === undefined) return { kind: 'refused' }
    return { kind: agree(text, p, s) ?? 'long' }
  } catch (e) {
    if (e instanceof Broken) return { kind: e.kind, broken: e }
    throw e
  }
}
const doShrink = async (text: string, kind: string, s: number) => {
  const small = await shrink(text, async (t) => (await verdict(t, s)).kind === kind, 25000)
  const v = await verdict(small, s)
  console.log(`#### ${kind}\n${small}\n${v.broken?.message.slice(0, 1500)}`)
}
if (process.argv[2] === 'file') {
  const text = readFileSync(process.argv[3]!, 'utf8')
  const s = Number(process.argv[4] ?? 0)
  const v = await verdict(text, s)
  console.log(v.kind)
  if (v.broken) await doShrink(text, v.kind, s)
  process.exit()
}
const seed = Number(process.argv[2] ?? 1),
  runs = Number(process.argv[3] ?? 200)
const codes = new Map<string, number>(),
  endings = new Map<string, number>()
let ok = 0,
  size = 0,
  t0 = performance.now(),
  slowest = 0
for (let i = 0; i < runs; i++) {
  const text = program(new Random(seed, i))
  size += text.length
  const t = performance.now()
  const v = await verdict(text, i)
  const d = performance.now() - t
  if (d > slowest) {
    slowest = d
    console.log(`slowest ${i} ${d} ${text.length}`)
  }
  const key = v.kind.replace(/ at line \d+/, '')
  const n = endings.get(key) ?? 0
  endings.set(key, n + 1)
  if (v.kind === 'refused') {
    const { diagnostics } = await compile('x.csp', projectHost({ 'x.csp': text }))
    const d = diagnostics.find((x) => x.severity === 'error')!
    const m = codes.get(d.code) ?? 0
    codes.set(d.code, m + 1)
    if (m === 0) {
      console.log(i, d.code, `${d.title}\n${text.split('\n')[text.slice(0, d.primary.span.start).split('\n').length - 1]}`)
      writeFileSync(`/tmp/g-${d.code}.csp`, text)
    }
  } else ok++
  if (v.broken && n === 0) {
    const path = `/tmp/g-${seed}-${i}.csp`
    writeFileSync(path, text)
    console.log(path)
    await doShrink(text, v.kind, i)
  }
}
console.log(ok / runs, size / runs, (performance.now() - t0) / runs, codes, endings)
