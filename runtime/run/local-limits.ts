/** What `--limit` gives a program that runs in this OS process, which is its home and its only node. It is loaded when something is limited. */
import { counted } from '../host/counted-output.ts'
import { LONE_NODE } from '../host/lone-host.ts'
import type { OutputStream } from '../host/sink.ts'
import type { Kernel, World } from '../kernel/scheduler/kernel.ts'
import type { ProgramLimits } from '../limits.ts'
import { limitExceeded, limitsAt } from '../node/program/program-limits.ts'
import type { NodeError } from '../node/node-error.ts'

type Gauge = NonNullable<World['memory']>

/** @returns what a kernel's `World.memory` is to be: `gauge`, which throws NodeError R0441 when the program has more than it may */
export function gaugeWithin(limits: ProgramLimits, kernel: () => Kernel, gauge: Gauge): Gauge {
  const requireLimits = limitsAt(LONE_NODE, kernel, limits)
  if (requireLimits === undefined) return gauge
  return () => {
    requireLimits()
    return gauge()
  }
}

type OutAndErr = readonly [stdout: OutputStream, stderr: OutputStream]

/** @param exceeded gets R0441 when the program writes more than it may. @returns the streams that it writes on */
export function outputWithin({ output }: ProgramLimits, streams: OutAndErr, exceeded: (error: NodeError) => void): OutAndErr {
  if (output === undefined) return streams
  return counted(streams, output, () => {
    exceeded(limitExceeded('output', `written more than ${output} bytes on its screen and its error channel`))
  })
}
