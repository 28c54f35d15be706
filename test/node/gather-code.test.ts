/** Code units from other members: what they import, however deep that goes, and members that send what nobody has asked for. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { CodeUnit } from '../../runtime/code/program.ts'
import type { Member } from '../../runtime/engine/engine.ts'
import type { CodeShelf } from '../../runtime/node/migration/code-shelf.ts'
import { completeCode } from '../../runtime/node/migration/gather-code.ts'
import { NodeError } from '../../runtime/node/node-error.ts'

/** Unit `n` imports unit `n - 1`; its code and its hash are its number. */
function unitOf(n: number): CodeUnit {
  return {
    hash: `${n}`,
    name: `p${n}`,
    code: `${n}`,
    imports: n === 0 ? [] : [`${n - 1}`],
    debug: { name: `p${n}`, files: [], sites: [], machines: [] },
  }
}

/** A shelf of such units in memory. */
class Units implements CodeShelf {
  readonly has = new Set<string>()
  loaded = false

  hashes(): readonly string[] {
    return [...this.has]
  }

  missing(hashes: Iterable<string>): string[] {
    const lacking = new Set<string>()
    for (const hash of hashes) {
      let n = Number(hash)
      while (n >= 0 && this.has.has(`${n}`)) n--
      if (n >= 0) lacking.add(`${n}`)
    }
    return [...lacking]
  }

  get(hash: string): CodeUnit | undefined {
    return this.has.has(hash) ? unitOf(Number(hash)) : undefined
  }

  put({ hash, code }: CodeUnit): void {
    if (hash !== code) throw new NodeError('R0405', 'it is not what its hash says')
    this.has.add(hash)
  }

  load(_: readonly string[], done: (error: NodeError | undefined) => void): void {
    this.loaded = true
    done(undefined)
  }

  unitOf(): undefined {
    return undefined
  }
}

type Answer = (hashes: readonly string[]) => readonly CodeUnit[]

/** Completes unit `n`, asking members that answer so, and says what came of it. */
function completed(n: number, answers: readonly Answer[]): { problem: unknown; shelf: Units; requests: number } {
  const shelf = new Units()
  const members = answers.map((_, index): Member => ({ index, name: `m${index}`, kind: 'node', address: '' }))
  let requests = 0
  let problem: unknown = 'nothing has come of it'
  const request = (of: Member, hashes: readonly string[], done: (units: readonly CodeUnit[]) => void): void => {
    requests++
    done(answers[of.index]?.(hashes) ?? [])
  }
  completeCode({ shelf, members: () => members, request }, [`${n}`], (outcome) => {
    problem = outcome
  })
  return { problem, shelf, requests }
}

const everything: Answer = (hashes) => hashes.map((hash) => unitOf(Number(hash)))
const nothing: Answer = () => []

test('units come with all that they import, however deep that goes', () => {
  const { problem, shelf, requests } = completed(199, [everything])
  assert.is(problem, undefined)
  assert.equal([shelf.has.size, shelf.loaded, requests], [200, true, 200])
})

test('what one member does not have another may have', () => {
  const even: Answer = (hashes) => everything(hashes.filter((hash) => Number(hash) % 2 === 0))
  const odd: Answer = (hashes) => everything(hashes.filter((hash) => Number(hash) % 2 === 1))
  const { problem, shelf } = completed(50, [nothing, even, odd])
  assert.equal([problem, shelf.has.size, shelf.loaded], [undefined, 51, true])
})

test('what nobody has is said', () => {
  const { problem, shelf, requests } = completed(3, [(hashes) => everything(hashes.filter((hash) => hash !== '1')), nothing])
  assert.equal([problem, shelf.loaded, requests], [['1'], false, 4])
})

test('a member that sends other units for ever is one that does not have it', () => {
  let next = 1000
  const other: Answer = () => [unitOf(next++)]
  assert.equal(completed(2, [other, everything]).problem, undefined)
  const { problem, requests } = completed(2, [other, nothing])
  assert.equal([problem, requests], [['2'], 2])
})

test('code that does not have its hash is refused', () => {
  const { problem, shelf } = completed(2, [(hashes) => everything(hashes).map((unit) => ({ ...unit, code: 'something else' }))])
  assert.instance(problem, NodeError)
  assert.is(shelf.loaded, false)
})

test.run()
