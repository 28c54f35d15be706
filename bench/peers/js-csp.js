// Commstime and ring on js-csp, a channel library for JavaScript built on generators.
import csp from 'js-csp'

const loops = Number(process.argv[3])
const rounds = 3

function* prefix(n, input, output) {
  yield csp.put(output, n)
  for (;;) yield csp.put(output, yield csp.take(input))
}
function* delta(input, left, right) {
  for (;;) {
    const x = yield csp.take(input)
    yield csp.put(left, x)
    yield csp.put(right, x)
  }
}
function* succ(input, output) {
  for (;;) yield csp.put(output, (yield csp.take(input)) + 1)
}
function* consume(input, size) {
  for (let r = 0; r < rounds; r++) {
    const start = process.hrtime.bigint()
    for (let i = 0; i < loops; i++) yield csp.take(input)
    console.log(Number(process.hrtime.bigint() - start) / (loops * size))
  }
  process.exit(0)
}
function* ringRoot(input, output, size) {
  for (let r = 0; r < rounds; r++) {
    const start = process.hrtime.bigint()
    for (let i = 0; i < loops; i++) {
      yield csp.put(output, 0)
      yield csp.take(input)
    }
    console.log(Number(process.hrtime.bigint() - start) / (loops * size))
  }
  process.exit(0)
}

if (process.argv[2] === 'commstime') {
  const [a, b, c, d] = [csp.chan(), csp.chan(), csp.chan(), csp.chan()]
  csp.go(prefix, [0, b, a])
  csp.go(delta, [a, c, d])
  csp.go(succ, [c, b])
  csp.go(consume, [d, 1])
} else {
  const size = Number(process.argv[4])
  const channels = Array.from({ length: size }, () => csp.chan())
  for (let i = 0; i < size - 1; i++) csp.go(succ, [channels[i], channels[i + 1]])
  csp.go(ringRoot, [channels[size - 1], channels[0], size])
}
