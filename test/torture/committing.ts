/** An OS process that commits until its standard input ends: `committing.ts DIRECTORY NAME`. Counts its commits and reads each back. */
import { setImmediate as turn } from 'node:timers/promises'
import { embeddedEngine } from '../../runtime/engine/embedded.ts'
import type { SwapOutcome } from '../../runtime/engine/engine.ts'

const [directory = '', name = ''] = process.argv.slice(2)

function trouble(what: string): never {
  console.log(`trouble: ${what}`)
  process.exit(1)
}

const engine = await embeddedEngine(directory, { kind: 'node', name, create: true, trouble: (error) => trouble(error.message) })
engine.transport.open({ connected: () => undefined, disconnected: () => undefined, packet: () => undefined })
engine.membership.open({
  joined: () => undefined,
  left: (member) => {
    if (member.index === engine.membership.self.index) trouble(`${name} was declared dead`)
  },
})
console.log('joined')
let going = true
process.stdin.on('end', () => (going = false)).resume()
const key = `count/${name}`
let count = 0
while (going) {
  const expect = count === 0 ? undefined : String(count)
  const outcome = await new Promise<SwapOutcome>((resolve) => {
    engine.directory.swap([{ key, expect, value: String(count + 1) }, engine.membership.alive(engine.membership.self)], resolve)
  })
  if (outcome !== 'done') trouble(`commit ${count + 1} of ${name}: ${outcome}`)
  count++
  const value = await new Promise<string | undefined>((resolve) => {
    engine.directory.get([key], (values) => {
      resolve(values?.[0])
    })
  })
  if (value !== String(count)) trouble(`${name} has committed ${count} and reads ${value ?? 'nothing'}`)
  if (count % 20 === 0) await turn()
}
console.log(`committed ${count}`)
process.exit(0)
