// The programs of bench/programs/sequential.csp in plain JavaScript, as one would write them by hand.
const rounds = 16

function mandelbrot(size, limit) {
  let total = 0
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const cr = (2 * column) / size - 1.5
      const ci = (2 * row) / size - 1
      let zr = 0
      let zi = 0
      let zr2 = 0
      let zi2 = 0
      let n = 0
      while (n < limit && zr2 + zi2 < 4) {
        zi = 2 * (zr * zi) + ci
        zr = zr2 - zi2 + cr
        zr2 = zr * zr
        zi2 = zi * zi
        n++
      }
      total += n
    }
  }
  return total
}

function sieve(n) {
  const composite = new Uint8Array(n)
  let count = 0
  for (let i = 2; i < n; i++) {
    if (composite[i] === 0) {
      count++
      for (let j = i + i; j < n; j += i) composite[j] = 1
    }
  }
  return count
}

function queens(n) {
  const columns = new Int32Array(32)
  const left = new Int32Array(32)
  const right = new Int32Array(32)
  const free = new Int32Array(32)
  const all = (1 << n) - 1
  let solutions = 0
  let level = 0
  free[0] = all
  while (level >= 0) {
    if (free[level] === 0) level--
    else {
      const bit = free[level] & -free[level]
      free[level] ^= bit
      if (level === n - 1) solutions++
      else {
        columns[level + 1] = columns[level] | bit
        left[level + 1] = ((left[level] | bit) << 1) & all
        right[level + 1] = (right[level] | bit) >>> 1
        free[level + 1] = all & ~(columns[level + 1] | left[level + 1] | right[level + 1])
        level++
      }
    }
  }
  return solutions
}

const order = 200

function multiply(a, b, c) {
  for (let i = 0; i < order; i++) {
    for (let j = 0; j < order; j++) {
      let sum = 0
      for (let k = 0; k < order; k++) sum += a[i * order + k] * b[k * order + j]
      c[i * order + j] = sum
    }
  }
}

const spectralSize = 300
const element = (i, j) => 1 / ((((i + j) * (i + j + 1)) >> 1) + i + 1)

function timesA(v, result) {
  for (let i = 0; i < v.length; i++) {
    let sum = 0
    for (let j = 0; j < v.length; j++) sum += element(i, j) * v[j]
    result[i] = sum
  }
}

function timesAt(v, result) {
  for (let i = 0; i < v.length; i++) {
    let sum = 0
    for (let j = 0; j < v.length; j++) sum += element(j, i) * v[j]
    result[i] = sum
  }
}

function spectral() {
  const u = new Float64Array(spectralSize).fill(1)
  const v = new Float64Array(spectralSize)
  const w = new Float64Array(spectralSize)
  for (let n = 0; n < 10; n++) {
    timesA(u, w)
    timesAt(w, v)
    timesA(v, w)
    timesAt(w, u)
  }
  let vbv = 0
  let vv = 0
  for (let i = 0; i < spectralSize; i++) {
    vbv += u[i] * v[i]
    vv += v[i] * v[i]
  }
  return Math.round((1000000 * vbv) / vv)
}

function measure(name, work) {
  for (let r = 0; r < rounds; r++) {
    const start = process.hrtime.bigint()
    const result = work()
    console.log(name, result, Number((process.hrtime.bigint() - start) / 1000n))
  }
}

measure('mandelbrot', () => mandelbrot(400, 100))
measure('sieve', () => sieve(2000000))
measure('queens', () => queens(11))
const a = new Int32Array(order * order)
const b = new Int32Array(order * order)
const c = new Int32Array(order * order)
for (let i = 0; i < order; i++) {
  for (let j = 0; j < order; j++) {
    a[i * order + j] = i - j
    b[i * order + j] = (i + j) % 17
  }
}
measure('matmul', () => {
  multiply(a, b, c)
  return c[(order >> 1) * order + Math.trunc(order / 3)]
})
measure('spectral', spectral)
