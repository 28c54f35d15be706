// Commstime and ring on a scheduler written by hand in plain JavaScript: state machines as closures-free objects, one run queue, no checks,
// no preemption, no faults, nothing that can be moved. What the compiled machines are measured against.
const SIZE = 1 << 18
const queue = new Array(SIZE).fill(null)
let head = 0
let tail = 0

class Channel {
  waiting = null
  value = 0
  full = false
}

function ready(p) {
  queue[tail] = p
  tail = (tail + 1) & (SIZE - 1)
}

function put(p, c, v) {
  const w = c.waiting
  if (w !== null) {
    w.value = v
    c.waiting = null
    ready(w)
    return true
  }
  c.waiting = p
  c.value = v
  c.full = true
  return false
}

function take(p, c) {
  const w = c.waiting
  if (w !== null) {
    p.value = c.value
    c.waiting = null
    c.full = false
    ready(w)
    return true
  }
  c.waiting = p
  return false
}

class Process {
  pc = 0
  value = 0
  x = 0
  parent = null
  running = 0
  constructor(step, a, b, c) {
    this.step = step
    this.a = a
    this.b = b
    this.c = c
    ready(this)
  }
}

function run(done) {
  while (!done.reached && head !== tail) {
    const p = queue[head]
    head = (head + 1) & (SIZE - 1)
    p.step(p)
  }
}

function copy(p) {
  for (;;) {
    switch (p.pc) {
      case 0:
        p.pc = 1
        if (!take(p, p.a)) return
      case 1:
        p.pc = 0
        if (!put(p, p.b, p.value)) return
    }
  }
}
function prefix(p) {
  if (p.pc === 0) {
    p.pc = 2
    if (!put(p, p.b, 0)) return
  }
  if (p.pc === 2) p.pc = 0
  p.step = copy
  copy(p)
}
function succ(p) {
  for (;;) {
    switch (p.pc) {
      case 0:
        p.pc = 1
        if (!take(p, p.a)) return
      case 1:
        p.pc = 0
        if (!put(p, p.b, (p.value + 1) | 0)) return
    }
  }
}
function delta(p) {
  for (;;) {
    switch (p.pc) {
      case 0:
        p.pc = 1
        if (!take(p, p.a)) return
      case 1:
        p.x = p.value
        p.pc = 2
        if (!put(p, p.b, p.x)) return
      case 2:
        p.pc = 0
        if (!put(p, p.c, p.x)) return
    }
  }
}

function branch(p) {
  switch (p.pc) {
    case 0:
      p.pc = 1
      if (!put(p, p.b, p.x)) return
    case 1:
      if (--p.parent.running === 0) ready(p.parent)
  }
}
function parallelDelta(p) {
  for (;;) {
    switch (p.pc) {
      case 0:
        p.pc = 1
        if (!take(p, p.a)) return
      case 1:
        p.pc = 2
        p.running = 2
        for (const out of [p.b, p.c]) {
          const child = new Process(branch, null, out)
          child.x = p.value
          child.parent = p
        }
        return
      case 2:
        p.pc = 0
    }
  }
}

const rounds = 7
const loops = 1000000
const done = { reached: false }
let round = 0
let count = 0
let start = 0n

function consume(p) {
  for (;;) {
    switch (p.pc) {
      case 0:
        p.pc = 1
        if (!take(p, p.a)) return
      case 1:
        p.pc = 0
        if (++count === loops) {
          const end = process.hrtime.bigint()
          console.log(Number(end - start) / loops)
          start = end
          count = 0
          if (++round === rounds) {
            done.reached = true
            return
          }
        }
    }
  }
}

function ringRoot(p) {
  for (;;) {
    switch (p.pc) {
      case 0:
        p.pc = 1
        if (!put(p, p.b, 0)) return
      case 1:
        p.pc = 2
        if (!take(p, p.a)) return
      case 2:
        p.pc = 0
        if (++count === p.x) {
          const end = process.hrtime.bigint()
          console.log(Number(end - start) / (p.x * p.elements))
          start = end
          count = 0
          if (++round === rounds) {
            done.reached = true
            return
          }
        }
    }
  }
}

if (process.argv[2] === 'commstime' || process.argv[2] === 'commstime-parallel') {
  const [a, b, c, d] = [new Channel(), new Channel(), new Channel(), new Channel()]
  new Process(prefix, b, a)
  new Process(process.argv[2] === 'commstime' ? delta : parallelDelta, a, c, d)
  new Process(succ, c, b)
  new Process(consume, d)
} else {
  const elements = Number(process.argv[3])
  const channels = Array.from({ length: elements }, () => new Channel())
  const root = new Process(ringRoot, channels[elements - 1], channels[0])
  root.x = Math.trunc(2000000 / elements)
  root.elements = elements
  for (let i = 0; i < elements - 1; i++) new Process(succ, channels[i], channels[i + 1])
}
start = process.hrtime.bigint()
run(done)
