/**
 * Seeds of simulations, and what happens in one of them.
 *
 * `GODWIT_SEED=173` runs that seed alone and prints one line an event; `GODWIT_SEEDS=5000` looks longer.
 */
import type { Engine, SwapOutcome } from '../../runtime/engine/engine.ts'
import type { SimulatedWorld } from '../../runtime/engine/simulated.ts'
import { decodeMessage as linkMessage } from '../../runtime/kernel/links/messages.ts'
import { decodeMessage } from '../../runtime/node/wire/message-codec.ts'
import { withSwap } from './altered-directory.ts'

const only = process.env['GODWIT_SEED']
/** One seed is run by itself: what holds of all of them together is not looked at. */
export const replaying = only !== undefined

/** @returns the seeds to run: so many, or the one that is asked for */
export function seeds(count: number): number[] {
  if (only !== undefined) return [Number(only)]
  const wanted = Number(process.env['GODWIT_SEEDS'] ?? count)
  return Array.from({ length: wanted }, (_, i) => i + 1)
}

/** Bytes of a session's header, before the message. */
const SESSION_HEADER = 13
const SESSION_KINDS = ['', 'resume', 'data', 'ack', 'gap']
/** Characters of one line. */
const WIDTH = Number(process.env['GODWIT_WIDTH'] ?? 200)

/** @returns the engine, which prints what goes through it when one seed is run alone */
export function traced(world: SimulatedWorld, engine: Engine): Engine {
  if (!replaying) return engine
  const { clock, membership, directory, blobs, transport, limits, store } = engine
  const { name } = membership.self
  const say = (text: string): void => {
    console.log(`${world.time.toFixed(3).padStart(10)}  ${name}  ${text}`.slice(0, WIDTH))
  }
  const nameOf = (index: number): string => membership.get(index)?.name ?? `number ${index}`
  return {
    clock,
    membership: {
      get assured() {
        return membership.assured
      },
      self: membership.self,
      all: () => membership.all(),
      get: (index) => membership.get(index),
      find: (wanted) => membership.find(wanted),
      hasLeft: (index) => membership.hasLeft(index),
      alive: (member) => membership.alive(member),
      open: (handler) => {
        membership.open({
          joined: (member) => {
            say(`sees ${member.name} join`)
            handler.joined(member)
          },
          left: (member) => {
            say(`sees ${member.name} leave`)
            handler.left(member)
          },
        })
      },
    },
    directory: withSwap(directory, (changes, done, options) => {
      const heard = (outcome: SwapOutcome): void => {
        say(`swap ${outcome}: ${changes.map(({ key, value }) => `${key} = ${value ?? 'nothing'}`).join('; ')}`)
        done(outcome)
      }
      directory.swap(changes, heard, options)
    }),
    blobs,
    limits,
    store,
    transport: {
      open: (handler) => {
        transport.open(handler)
      },
      reset: (peer) => {
        say(`resets ${nameOf(peer)}`)
        transport.reset(peer)
      },
      send: (peer, packet) => {
        say(`-> ${nameOf(peer)}  ${spell(packet)}`)
        transport.send(peer, packet)
      },
    },
    close: (done) => {
      engine.close(done)
    },
  }
}

/** @returns what a packet of a session says */
function spell(packet: Uint8Array): string {
  const kind = SESSION_KINDS[packet[0] ?? 0] ?? 'nonsense'
  if (kind !== 'data') return kind
  const message = decodeMessage(packet.subarray(SESSION_HEADER))
  switch (message.kind) {
    case 'link': {
      const { about } = message
      return `link of program ${about.program}.${about.incarnation} after cut ${about.cut}: ${JSON.stringify(linkMessage(message.message).message)}`
    }
    case 'note':
      return `${message.subject} ${JSON.stringify(message.content)}${message.body.length > 0 ? `, ${message.body.length} bytes` : ''}`
    case 'request':
      return `${message.subject}? ${JSON.stringify(message.content)}`
    case 'part':
      return `part of ${message.subject} ${JSON.stringify(message.part)}`
    case 'answer':
      return `${message.subject}: ${JSON.stringify(message.value)}`
    case 'refusal':
      return `refused: ${JSON.stringify(message.error)}`
    case 'nonsense':
      return message.why
  }
}
