/**
 * Puts decoded processes where they were: into the run queue, the timer heap, at channels and joins.
 *
 * An ALT is begun anew, so it enables its guards anew. A process that waits for an input meets an offer that is there by now.
 */
import { idles } from '../scheduler/agents.ts'
import { ready, take } from '../scheduler/channel.ts'
import { cloned, Mobile } from '../scheduler/mobile.ts'
import type { Channel, Process } from '../scheduler/state.ts'
import { ALT, ENDED, GONE, HOST, INPUT, JOIN, MONITOR, OUTPUT, READY, SUSPENDED, TIMER } from '../scheduler/state.ts'
import { planted } from './schema.ts'
import { SnapshotError } from './snapshot-error.ts'
import type { Wait } from './snapshot-reader.ts'
import type { Value } from '../scheduler/value.ts'

/** What depends on where the process is put. */
export interface Resumption {
  /** Its output goes on: the process becomes ready, or waits in state OUTPUT. */
  output(p: Process, c: Channel, wait: Wait): void
  /** It waits for an answer of the host, and is in state HOST. */
  host(p: Process, wait: Wait): void
  /** It waits at a monitor, and is in state MONITOR. */
  monitor(p: Process): void
}

/** Lets a decoded process go on. */
export function resume(wait: Wait, how: Resumption): void {
  const p = wait.process
  p.selected = -1
  switch (wait.state) {
    case READY:
      ready(p)
      return
    case ALT:
      p.value = 0
      if (planted.forgetAlt) p.state = ALT
      else ready(p)
      return
    case TIMER:
      p.altSerial++
      p.state = TIMER
      p.kernel.timers.add(p.value as number, p, p.altSerial, -1) // TIMER
      return
    case JOIN:
      p.state = JOIN
      return
    case HOST:
      p.state = HOST
      how.host(p, wait)
      return
    case MONITOR:
      p.state = MONITOR
      how.monitor(p)
      return
    case INPUT:
      inputAgain(p, channelOf(wait))
      return
    case OUTPUT:
      p.state = OUTPUT
      p.value = channelOf(wait)
      if (!planted.forgetOffer) how.output(p, p.value, wait)
      return
    case SUSPENDED:
      p.state = SUSPENDED
      idles(p)
      return
    case ENDED:
    case GONE:
      throw new SnapshotError('malformed', 'a process is in a state that is not saved')
  }
}

function channelOf(wait: Wait): Channel {
  if (wait.channel === undefined) throw new SnapshotError('malformed', 'a communication has no channel')
  return wait.channel.channel
}

/** An offer that is there is taken as a copy: the writer goes on before the reader does. */
function inputAgain(p: Process, c: Channel): void {
  if (!take(p, c)) return
  const v = p.value as Value // take gives a value
  if (typeof v === 'object' && !(v instanceof Mobile)) p.value = cloned(v) // a mobile of several parts has been moved
  ready(p)
}
