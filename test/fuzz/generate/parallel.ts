/** PAR, and communication that cannot deadlock: all branches follow one order of the messages. */
import { expression, truth, writable } from './expressions.ts'
import { process, sequence, someType } from './processes.ts'
import type { Scope } from './scope.ts'
import { arrayOf, BOOL, INT, primitive, written, type Type } from './types.ts'
import type { Writer } from './writer.ts'

/** Gives every root that may be written to one of `n` branches. What nobody writes all may read. */
function shared(w: Writer, scope: Scope, n: number): Scope[] {
  const owners = new Map(scope.roots().map((root) => [root, w.random.below(n + 1)]))
  return Array.from({ length: n }, (_, branch) => {
    const others = [...owners].filter(([, owner]) => owner !== branch && owner !== n).map(([root]) => root)
    const frozen = new Set([...owners].filter(([, owner]) => owner === n).map(([root]) => root))
    return others.reduce((s, root) => s.hide(root), scope).freeze(frozen)
  })
}

/** Branches that have nothing to do with each other. */
export function separate(w: Writer, scope: Scope, size: number): boolean {
  const scopes = shared(w, scope, w.random.between(2, 3))
  w.block(w.random.pick(['PAR', 'PAR', 'PRI PAR']), () => {
    for (const inner of scopes) process(w, inner, size - 2)
  })
  return true
}

/** Copies that each write an element of their own. */
export function replicatedPar(w: Writer, scope: Scope): boolean {
  const { random } = w
  const arrays = scope.variables.filter((v) => v.writable && v.open !== true && v.type.kind === 'array')
  const array = random.maybe(arrays)
  if (array?.type.kind !== 'array') return false
  const { size, element } = array.type
  if (!scope.affords(4 * size)) return false
  const i = w.index([0, size - 1])
  w.writes.add(array.root)
  const inner = scope.freeze(new Set(scope.roots())).hide(array.root).declare(i).times(size)
  w.block(`PAR ${i.name} = 0 FOR ${size}`, () => {
    if (random.chance(50)) {
      const own = w.variable('e', element)
      w.line(`${written(element)} ${own.name} IS ${array.name}[${i.name}]:`)
      process(w, inner.declare(own), 2)
    } else w.line(`${array.name}[${i.name}] := ${expression(w, inner, element, 2)}`)
  })
  return true
}

// ---------------------------------------------------------------------------------------------- messages

/** A channel from one branch to another, and how messages over it are written. */
interface Line {
  readonly from: number
  readonly to: number
  readonly name: string
  /** @returns for one message what the sender writes, and how the receiver writes what it does */
  readonly message: () => Message
}

interface Message {
  readonly send: string
  readonly receive: (w: Writer, scope: Scope) => void
}

/** Branches that send messages to each other. */
export function communicating(w: Writer, scope: Scope, size: number): boolean {
  const { random } = w
  if (random.chance(20)) return collecting(w, scope)
  if (random.chance(20)) return pipeline(w, scope)
  const n = random.between(2, 3)
  const scopes = shared(w, scope, n)
  const lines = Array.from({ length: random.between(1, 3) }, () => {
    const from = random.below(n)
    return line(w, scopes, from, (from + random.between(1, n - 1)) % n)
  })
  const bodies: (() => void)[][] = scopes.map(() => [])
  for (let events = random.between(1, 5); events > 0; events--) {
    const { from, to, message } = random.pick(lines)
    const [sender, receiver] = [scopes[from], scopes[to]]
    if (sender === undefined || receiver === undefined) continue
    const { send, receive } = message()
    const rounds = random.chance(25) && scope.affords(12) ? random.between(0, 4) : undefined
    const looped = (body: () => void): void => {
      if (rounds === undefined) body()
      else w.block(`SEQ ${w.index([0, rounds]).name} = 0 FOR ${rounds}`, body)
    }
    bodies[from]?.push(() => looped(() => w.line(send)))
    bodies[to]?.push(() => looped(() => receive(w, receiver.times(rounds ?? 1))))
    if (random.chance(40)) bodies[from]?.push(() => process(w, sender, size - 2))
    if (random.chance(40)) bodies[to]?.push(() => process(w, receiver, size - 2))
  }
  w.block('PAR', () => {
    bodies.forEach((body) => {
      w.block('SEQ', () => {
        for (const part of body) part()
      })
    })
  })
  return true
}

/** Declares a channel of some protocol. */
function line(w: Writer, scopes: readonly Scope[], from: number, to: number): Line {
  const { random } = w
  const name = w.name('c')
  const sender = scopes[from]
  if (sender === undefined) throw new Error('a branch for each end')
  const value = (type: Type): string => expression(w, sender, type, 2)
  const kinds = ['plain', 'plain', 'array', 'sequence', 'variant', 'counted'] as const
  switch (random.pick(kinds)) {
    case 'plain': {
      const type = someType(w)
      w.line(`CHAN ${random.chance(50) ? 'OF ' : ''}${written(type)} ${name}:`)
      return { from, to, name, message: () => ({ send: `${name} ! ${value(type)}`, receive: receiver(name, [type]) }) }
    }
    case 'array': {
      const type = arrayOf(random.between(1, 4), someType(w))
      w.line(`CHAN ${written(type)} ${name}:`)
      return { from, to, name, message: () => ({ send: `${name} ! ${value(type)}`, receive: receiver(name, [type]) }) }
    }
    case 'sequence': {
      const types = [someType(w), someType(w)]
      const protocol = w.name('PROT')
      w.line(`PROTOCOL ${protocol} IS ${types.map(written).join('; ')}:`)
      w.line(`CHAN OF ${protocol} ${name}:`)
      return { from, to, name, message: () => ({ send: `${name} ! ${types.map(value).join('; ')}`, receive: receiver(name, types) }) }
    }
    case 'counted': {
      const element = primitive(random.pick(['BYTE', 'INT', 'INT64', 'INT16', 'REAL64', 'BOOL']))
      const count = random.pick(['INT', 'BYTE', 'INT16'])
      w.line(`CHAN ${count}::[]${written(element)} ${name}:`)
      return { from, to, name, message: () => counted(w, name, count, element, value) }
    }
    case 'variant': {
      const tags = Array.from({ length: random.between(1, 3) }, () => ({ tag: w.name('tag'), types: random.chance(25) ? [] : [someType(w)] })) // prettier-ignore
      const protocol = w.name('PROT')
      w.block(`PROTOCOL ${protocol}`, () => {
        w.block('CASE', () => {
          for (const { tag, types } of tags) w.line([tag, ...types.map(written)].join('; '))
        })
      })
      w.line(':')
      w.line(`CHAN ${protocol} ${name}:`)
      const message = (): Message => {
        const { tag, types } = random.pick(tags)
        return { send: `${name} ! ${[tag, ...types.map(value)].join('; ')}`, receive: variants(name, tags) }
      }
      return { from, to, name, message }
    }
  }
}

/** Receives values of `types` into variables of its own or of the scope, plainly or in an ALT. */
function receiver(channel: string, types: readonly Type[]): Message['receive'] {
  return (w, scope) => {
    const { random } = w
    const taken = new Set<number>()
    let inner = scope
    const targets = types.map((type) => {
      const found = random.chance(60) ? writable(w, scope, type, taken) : undefined
      if (found !== undefined) {
        taken.add(found.variable.root)
        return found.text
      }
      const local = w.variable('m', type)
      w.line(`${written(type)} ${local.name}:`)
      inner = inner.declare(local)
      return local.name
    })
    const input = `${channel} ? ${targets.join('; ')}`
    if (random.chance(65)) {
      w.block('SEQ', () => {
        w.line(input)
        process(w, inner, 1)
      })
      return
    }
    w.block(random.pick(['ALT', 'PRI ALT']), () => {
      if (random.chance(50)) w.block('FALSE & SKIP', () => w.line('STOP'))
      w.block(`${random.chance(50) ? 'TRUE & ' : ''}${input}`, () => process(w, inner, 1))
      if (random.chance(30)) {
        w.block('ALT', () => {
          w.block(`(${truth(w, scope, 1)} AND FALSE) & SKIP`, () => process(w, inner, 1))
        })
      }
    })
  }
}

function variants(channel: string, tags: readonly { readonly tag: string; readonly types: readonly Type[] }[]): Message['receive'] {
  return (w, scope) => {
    const cases = (): void => {
      for (const { tag, types } of w.random.shuffled(tags)) {
        const locals = types.map((type) => w.variable('m', type))
        for (const local of locals) w.line(`${written(local.type)} ${local.name}:`)
        w.block([tag, ...locals.map((local) => local.name)].join('; '), () => process(w, scope.declare(...locals), 1))
      }
    }
    if (w.random.chance(70)) w.block(`${channel} ? CASE`, cases)
    else w.block('ALT', () => w.block(`${channel} ? CASE`, cases))
  }
}

function counted(w: Writer, channel: string, count: string, element: Type, value: (type: Type) => string): Message {
  const { random } = w
  const size = random.between(1, 5)
  const sent = random.between(0, size)
  const array = value(arrayOf(size, element))
  const number = count === 'INT' ? String(sent) : `${sent}(${count})`
  return {
    send: `${channel} ! ${number}::${array}`,
    receive: (into, scope) => {
      const n = into.variable('n', primitive(count as 'INT')) // one of the names of integer types
      const buffer = into.variable('a', arrayOf(random.between(sent, 6) || 1, element))
      into.line(`${count} ${n.name}:`)
      into.line(`${written(buffer.type)} ${buffer.name}:`)
      into.block('SEQ', () => {
        into.line(`${channel} ? ${n.name}::${buffer.name}`)
        process(into, scope.declare(n, buffer), 1)
      })
    },
  }
}

/** Writers that one reader hears in any order: it keeps a sum, which is the same in every order. */
function collecting(w: Writer, scope: Scope): boolean {
  const { random } = w
  const [n, each] = [random.between(1, 4), random.between(1, 3)]
  if (!scope.affords(6 * n * each)) return false
  const sum = writable(w, scope, INT)
  if (sum === undefined || sum.text !== sum.variable.name) return false
  const channels = w.name('c')
  w.line(`[${n}]CHAN INT ${channels}:`)
  const frozen = scope.freeze(new Set(scope.roots())).hide(sum.variable.root)
  const [i, j, k] = [w.index([0, n - 1]), w.index([0, each - 1]), w.index([0, n - 1])]
  w.block('PAR', () => {
    w.block(`PAR ${i.name} = 0 FOR ${n}`, () => {
      w.block(`SEQ ${j.name} = 0 FOR ${each}`, () => {
        w.line(`${channels}[${i.name}] ! ${expression(w, frozen.declare(i, j).times(n * each), INT, 2)}`)
      })
    })
    w.block(`SEQ ${w.index([0, 0]).name} = 0 FOR ${n * each}`, () => {
      const got = w.name('got')
      w.line(`INT ${got}:`)
      w.block(`ALT ${k.name} = 0 FOR ${n}`, () => {
        w.block(`${channels}[${k.name}] ? ${got}`, () => {
          w.line(`${sum.text} := ${sum.text} ${random.pick(['PLUS', '><'])} (${got} TIMES (${k.name} + 1))`)
        })
      })
    })
  })
  return true
}

/** Values that go through copies of a PROC in a row. */
function pipeline(w: Writer, scope: Scope): boolean {
  const { random } = w
  const [n, many] = [random.between(1, 3), random.between(1, 4)]
  if (!scope.affords(8 * n * many)) return false
  const type = random.pick([INT, primitive('INT64'), BOOL, primitive('BYTE'), primitive('REAL64')])
  const name = w.name('cell')
  const [first, second] = random.pick([['?', '!'], ['', ''], ['?', '']] as const) // prettier-ignore
  const step = w.variable('k', INT, false)
  const held = w.variable('x', type)
  const t = written(type)
  w.line(`PROC ${name} (CHAN ${t} in${first}, out${second}, VAL INT ${step.name})`)
  const constant = scope.freeze(new Set(scope.roots()))
  const inner = constant.purely().declare(step, held).times(many * n) // prettier-ignore
  const cell = w.noted(() => {
    w.within(() => {
      w.block(`SEQ ${w.index([0, 0]).name} = 0 FOR ${many}`, () => {
        w.line(`${t} ${held.name}:`)
        w.block('SEQ', () => {
          w.line(`in ? ${held.name}`)
          sequence(w, inner, 1, 1)
          w.line(`out ! ${expression(w, inner, type, 2)}`)
        })
      })
    })
  })
  w.line(':')
  const channels = w.name('c')
  w.line(`[${n + 1}]CHAN ${t} ${channels}:`)
  const i = w.index([0, n - 1])
  w.block('PAR', () => {
    const source = w.noted(() => {
      w.block(`SEQ ${w.index([0, 0]).name} = 0 FOR ${many}`, () => w.line(`${channels}[0] ! ${expression(w, constant, type, 2)}`))
    })
    w.block(`PAR ${i.name} = 0 FOR ${n}`, () => w.line(`${name} (${channels}[${i.name}]${first}, ${channels}[${i.name} + 1]${second}, ${i.name})`)) // prettier-ignore
    w.block(`SEQ ${w.index([0, 0]).name} = 0 FOR ${many}`, () => {
      w.line(`${t} ${held.name}:`)
      w.block('SEQ', () => {
        w.line(`${channels}[${n}] ? ${held.name}`)
        sequence(
          w,
          scope
            .freeze(new Set([...cell.reads, ...source.reads]))
            .declare(held)
            .times(many),
          1,
          1,
        )
      })
    })
  })
  return true
}
