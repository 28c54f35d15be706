/**
 * Another version of a program takes its place where its processes are, when all of them are on the node of its home and it is not durable: nothing is
 * captured, stored or read.
 *
 *   ready      both versions are loaded, kept in the store and compared, and each process is looked at, all while the program runs
 *   stand      everything stands still, as for a cut, and it is known whether no other node has anything of the program; if none of the processes was in the way,
 *              but might be where it is by now, each is looked at again
 *   commit     one compare-and-set names the new code in the program's record
 *   become     the processes go on, each converted before it takes its next step (kernel/upgrade/in-place.ts)
 *
 * Invariants
 * - Before the compare-and-set is known to have been done, everything is as it was; from then on no process takes a step in its old code.
 * - A program that is not durable ends with the node that has all of it. So nobody ever goes on with it from its record, and what a crash leaves there
 *   means nothing.
 */
import type { SwapOutcome } from '../../engine/engine.ts'
import { AGAIN_MS, insistOnGet } from '../../engine/insist.ts'
import type { Kernel } from '../../kernel/scheduler/kernel.ts'
import { isInPlace, takesAll } from '../../kernel/upgrade/in-place.ts'
import { surveyWithin } from '../../kernel/upgrade/obstacles.ts'
import type { Survey } from '../../kernel/upgrade/obstacles.ts'
import { NodeError } from '../node-error.ts'
import { codeBlobs, decodeProgram, programKey } from '../program/program.ts'
import type { ProgramRecord } from '../program/program.ts'
import { inSlices } from '../slices.ts'
import type { Standstill } from './coordinator.ts'
import { cannot, keepBoth, prepare } from './upgrading.ts'
import type { NewVersion, UpgradingPort, Versions } from './upgrading.ts'

/** What a home has to know of the version that it goes on with. */
export interface Became {
  /** As the directory has it. */
  readonly program: ProgramRecord
  /** Hashes of its code units. */
  readonly units: readonly string[]
  /** Whether its main PROC reads from the keyboard; absent: as before. */
  readonly hears: boolean | undefined
}

export interface InPlacePort extends Omit<UpgradingPort, 'taken' | 'undone' | 'replace'> {
  readonly kernel: Kernel
  /** What is said to the home waits until `stay`. */
  readonly rest: () => void
  readonly stay: () => void
  /** The program is another version from now on. */
  readonly became: (version: Became) => void
}

/** Processes are looked at for so long without a break. */
const LOOKING_SLICE_MS = 0.5

/**
 * @param done gets what has been found, and done unless there are obstacles or it was to be told only; or why nothing has been; `elsewhere` when it cannot
 *   be done in place, and nothing has changed; called once
 */
export function upgradeInPlace(port: InPlacePort, to: NewVersion, done: (result: Survey | NodeError | 'elsewhere') => void): void {
  const ended = (result: Survey | NodeError | 'elsewhere'): void => {
    port.over()
    done(result)
  }
  prepare(port, to, (versions) => {
    if (versions instanceof NodeError) ended(versions)
    else if (!isInPlace(versions.plan)) ended('elsewhere')
    else if (to.dry) new InPlace(port, { versions, to, kept: undefined }, ended).begin()
    else
      keepBoth(port, versions, (before, code) => {
        new InPlace(port, { versions, to, kept: { before, code } }, ended).begin()
      })
  })
}

/** What is to be done. */
interface Readied {
  readonly versions: Versions
  readonly to: NewVersion
  /** The hashes of the blobs that are the code of both versions; undefined: it is to be told only. */
  readonly kept: { readonly before: string; readonly code: string } | undefined
}

class InPlace {
  constructor(
    private readonly port: InPlacePort,
    private readonly readied: Readied,
    private readonly done: (result: Survey | NodeError | 'elsewhere') => void,
  ) {}

  /** Looks at the processes while they run. */
  begin(): void {
    const { port } = this
    const { plan } = this.readied.versions
    port.span?.phase('look')
    inSlices(
      port.engine.clock,
      surveyWithin(port.kernel, plan),
      (found) => {
        const holds = takesAll(plan) || found.obstacles.length > 0 || this.readied.kept === undefined
        this.stand(holds ? found : undefined) // else each may be where it cannot go on by then
      },
      (error) => {
        this.stay(cannot(port.record.source, String(error)))
      },
      LOOKING_SLICE_MS,
    )
  }

  /** @param known what has been found, if that is all that is to be found out */
  private stand(known: Survey | undefined): void {
    const { port, readied } = this
    const { plan } = readied.versions
    port.span?.phase('stand')
    port.coordinator.separately({
      standing: (isAlone, standstill) => {
        if (!isAlone || port.kernel.observer !== null) {
          standstill.goOn()
          this.stay('elsewhere')
          return
        }
        const found = known ?? atOnce(surveyWithin(port.kernel, plan))
        if (readied.kept === undefined || found.obstacles.length > 0) {
          standstill.goOn()
          this.stay(found)
        } else this.commit(readied.kept, standstill, found)
      },
      calledOff: () => undefined, // nothing has been done
      failed: () => {
        this.stay(new NodeError('R0410', `${port.record.source} has ended, or begins anew just now`, 'try again'))
      },
    })
  }

  /** Nothing changes. */
  private stay(result: Survey | NodeError | 'elsewhere'): void {
    const { port, readied } = this
    const needed = new Set(codeBlobs(port.record.origin))
    for (const blob of Object.values(readied.kept ?? {})) if (!needed.has(blob)) port.engine.blobs.remove(blob)
    this.done(result)
  }

  private commit({ before, code }: NonNullable<Readied['kept']>, standstill: Standstill, found: Survey): void {
    const { port, readied } = this
    const { engine, self, record } = port
    if (!standstill.commits()) return // it has been said to have failed
    port.span?.phase('enter')
    port.rest()
    const key = programKey(record.id)
    const refused = (): void => {
      standstill.goOn()
      port.stay()
      this.stay(new NodeError('R0415', 'the cluster store does not take the upgrade', 'nothing has changed; try again'))
    }
    insistOnGet(engine, [key], ([text]) => {
      const known = text === undefined ? undefined : decodeProgram(text)
      if (known?.incarnation !== record.incarnation || known.home !== self.index) {
        refused()
        return
      }
      const upgrade = { before, map: readied.versions.map, incarnation: known.incarnation }
      const program: ProgramRecord = { ...known, origin: { ...known.origin, nodes: [], code, upgrade } }
      const value = JSON.stringify(program)
      const attempt = (): void => {
        engine.directory.swap([{ key, expect: text, value }, engine.membership.alive(self)], decided)
      }
      /** It is known for certain what has become of it before anything goes on. */
      const decided = (outcome: SwapOutcome): void => {
        if (outcome === 'done') this.become(program, standstill, found)
        else if (outcome === 'unknown') engine.clock.after(AGAIN_MS, attempt)
        else
          insistOnGet(engine, [key], ([now]) => {
            if (now === value) this.become(program, standstill, found)
            else refused()
          })
      }
      attempt()
    })
  }

  private become(program: ProgramRecord, standstill: Standstill, found: Survey): void {
    const { port, readied } = this
    const { after, plan } = readied.versions
    if (!standstill.becomes(plan.conversions)) return // its site is gone, which has been said
    port.became({ program, units: after.map(({ hash }) => hash), hears: readied.to.hears })
    port.stay()
    const needed = new Set(codeBlobs(program.origin))
    for (const blob of codeBlobs(port.record.origin)) if (!needed.has(blob)) port.engine.blobs.remove(blob)
    this.done(found)
  }
}

/** @returns what a walk finds that nothing interrupts */
function atOnce<R>(walk: Generator<void, R, void>): R {
  for (;;) {
    const step = walk.next()
    if (step.done === true) return step.value
  }
}
