/** What one process can hold: beyond that its code would grow without end, or no engine would run it. */
import type { Reporting } from '../../diagnostics/catalogue.ts'
import type { Local } from '../ir/ir.ts'
import { eachStmt } from '../ir/walk.ts'
import type { Live } from './liveness.ts'
import type { Split } from './split.ts'

/** So many parameters can a function of JavaScript have, and so many arguments a call: some are our own. */
const MOST_GIVEN = 65_000

/** So many assignments put variables into the frame, in all places where a process may wait. */
const MOST_KEPT = 2 ** 22

/** So large can the number of variables be, times that of the places where a process may wait: each takes a bit. */
const MOST_BITS = 2 ** 30

/** Channels and barriers do not change, and are put into the frame once. */
const changes = ({ type }: Local): boolean => type.item !== 'channel' && type.item !== 'monitor'

/** Reports the processes for which it cannot be found out what they keep. @returns whether there are none */
export function checkGiven(program: Split, report: Reporting): boolean {
  let isSmall = true
  for (const routine of program.routines) {
    const { params, routine: of } = routine
    const waits = (program.points.get(of)?.points.length ?? 1) - 1
    const given = params.length
    let variables = 0
    if (waits > 0)
      eachStmt(routine.body, (s) => {
        if (s.kind === 'declare') variables++
      })
    if (given > MOST_GIVEN) report('E0805', of.span, { given, limit: MOST_GIVEN })
    else if ((given + variables) * waits > MOST_BITS) report('E0804', of.span, { variables: given + variables, waits })
    else continue
    isSmall = false
  }
  return isSmall
}

/** Reports the processes that keep too much where they wait. */
export function checkKept(program: Live, report: Reporting): void {
  for (const { routine, params } of program.routines) {
    const found = program.liveness.get(routine)
    if (found === undefined || routine.direct || found.slots.length * found.live.length <= MOST_KEPT) continue
    const variables = found.slots.slice(params.length).filter(changes)
    const fixed = found.maskOf([...params, ...found.slots.filter((local) => !changes(local))])
    let kept = 0
    for (const set of found.live) kept += set.without(fixed).size
    if (kept > MOST_KEPT) report('E0804', routine.span, { variables: variables.length, waits: found.live.length - 1 })
  }
}
