/** Runs one TEST on the nodes of a cluster, where its processes may roam. Time is real there, for the program too. */
import type { ClusterTestEnd, TestCluster } from '../../runtime/node/commands/test-cluster.ts'
import type { Runnable } from '../program-cache.ts'
import { failed, judge, LONGEST, type TestEntry } from './judge.ts'
import { tellLate, tellReport, tellStopped, type Limits, type Told } from './describe-failure.ts'
import { testRunner } from './run-test.ts'
import type { Outcome } from './test-case.ts'

/**
 * @param timeout microseconds of real time a test may take
 * @returns a function that runs a test of `program` on the nodes of `cluster` and judges it
 */
export function nodesRunner(program: Runnable, cluster: TestCluster, timeout: number): (test: TestEntry) => Promise<Outcome> {
  const here = testRunner(program, { timeout })
  return async (test) => {
    if (test.explore !== undefined) return here(test) // no schedule that nodes can bring about is left out there
    const { within = LONGEST, unit } = test
    const title = `${program.manifest.source}: ${test.title}`
    const { end, moves } = await cluster.run({ program, unit, title, limit: Math.min(within, timeout) })
    // what becomes of the nodes is not what a test can mean by FAILS
    const outcome = end.kind === 'broken' ? failed('its nodes have failed', end.report) : judge(test, told(end, { within, timeout }))
    return { ...outcome, moves }
  }
}

function told(end: Exclude<ClusterTestEnd, { kind: 'broken' }>, limits: Limits): Told | undefined {
  switch (end.kind) {
    case 'ended':
      return end.time > limits.within ? tellLate(limits, []) : undefined
    case 'report':
      return tellReport(end.report)
    case 'late': {
      const processes = end.waits?.processes ?? []
      return limits.within <= limits.timeout ? tellLate(limits, processes) : tellStopped(limits, processes)
    }
  }
}
