/** Who waits at a monitor, and what it is told. */
import { ready } from './channel.ts'
import { GONE, MONITOR, Process } from './state.ts'
import type { Waiter } from './state.ts'

/** What `value` of a process is that a monitor has let go on. */
export const GRANTED = 1
/** What `value` of a process is whose ALT a barrier has decided: this, and the number of the guard. */
export const CHOSEN = 16

/** Lets one go on that waits. */
export function tell(who: Waiter, value: number): void {
  if (!(who instanceof Process)) who.tell(value)
  else if (who.state === GONE) who.kernel.links.wake(who, value)
  else if (who.state === MONITOR) {
    who.value = value
    ready(who)
  }
}
