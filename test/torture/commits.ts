/** Members come and go while three others commit all the time: none of these may lose one of its commits. */
import { setTimeout as delay } from 'node:timers/promises'
import { embeddedCluster, script, until } from '../engine/members.ts'

export interface Committed {
  readonly opens: number
  readonly killed: number
  readonly commits: number
  /** What was lost, and what failed; empty when all is well. */
  readonly troubles: readonly string[]
}

/** How many OS processes join and leave, each many times. */
const OPENERS = 2
/** How often one of them has joined when it is killed. */
const OPENS_UNTIL_KILLED = 20

/**
 * @param opens how often a member or a client joins and leaves, in other OS processes than those that commit
 * @param kill kill one that joins and leaves every so often, and one that commits in the end
 */
export async function commitAndOpen(opens: number, kill: boolean): Promise<Committed> {
  const cluster = await embeddedCluster()
  try {
    const writers = ['n1', 'n2', 'n3'].map((name) => script('../torture/committing.ts', cluster.directory, name))
    await until(() => writers.every(({ lines }) => lines.length > 0))
    const troubles: string[] = []
    let [done, killed] = [0, 0]
    const open = async (): Promise<void> => {
      while (done < opens && troubles.length === 0) {
        const opener = script('../torture/opening.ts', cluster.directory, String(Math.min(opens, 1_000)))
        let over = false
        void opener.ended.then(() => (over = true))
        let seen = 0
        while (!over) {
          await delay(50)
          done += opener.lines.length - seen
          seen = opener.lines.length
          if (done >= opens || (kill && seen >= OPENS_UNTIL_KILLED)) {
            opener.child.kill('SIGKILL')
            if (done < opens) killed++
            await opener.ended
          }
          troubles.push(...opener.lines.filter((line) => line.startsWith('trouble')))
        }
      }
    }
    await Promise.all(Array.from({ length: OPENERS }, open))
    if (kill) {
      killed++
      writers.pop()?.child.kill('SIGKILL')
      await delay(1_000)
    }
    for (const { child } of writers) child.stdin?.end()
    await Promise.all(writers.map(({ ended }) => ended))
    const counts = writers.map(({ lines }) => Number(/^committed (\d+)$/.exec(lines.at(-1) ?? '')?.[1]))
    for (const [i, count] of counts.entries()) if (!(count > 0)) troubles.push(writers[i]?.lines.join('\n') ?? '')
    return { opens: done, killed, commits: counts.reduce((sum, count) => sum + count, 0), troubles }
  } finally {
    await cluster.end()
  }
}
