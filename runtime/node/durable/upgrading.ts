/**
 * Another version of a program takes its place, wherever its processes are; when all are on one node it can be done in place (upgrading-in-place.ts).
 *
 *   cut        all of the program is written down while it stands still, and nothing that it does afterwards is seen
 *   survey     each process of the cut is looked at: has the new version its point, and values for all that is live there
 *   commit     one compare-and-set makes the cut the program's last one, names the new code and raises the incarnation
 *   revive     all nodes go on from the cut, as after the loss of nodes (recovery.ts), and read its frames as the new version has them
 *
 * Invariants
 * - That compare-and-set is the one point at which the new version takes over: before it everything is as it was, after it whoever goes on
 *   with the program, also after a loss of nodes, reads its cut as the new version.
 * - Who has the record has all that it takes to convert: the code of both versions, and the map. What comes of a frame follows from these alone.
 */
import type { CodeUnit } from '../../code/program.ts'
import { readImage } from '../../kernel/links/image.ts'
import { liveGroups, readShare } from '../../kernel/links/revival.ts'
import { Kernel } from '../../kernel/scheduler/kernel.ts'
import type { Unit } from '../../kernel/scheduler/state.ts'
import { survey } from '../../kernel/upgrade/obstacles.ts'
import type { Survey } from '../../kernel/upgrade/obstacles.ts'
import { plan } from '../../kernel/upgrade/plan.ts'
import type { UpgradePlan } from '../../kernel/upgrade/plan.ts'
import { inverseOf, parseMap, UpgradeMapError } from '../../kernel/upgrade/upgrade-map.ts'
import type { CodeShelf } from '../migration/code-shelf.ts'
import { NodeError } from '../node-error.ts'
import { decodeHome as decodeState, encodeHome as encodeState } from '../program/home-state.ts'
import type { ProgramRecord, UpgradeRecord } from '../program/program.ts'
import { store } from './cut-store.ts'
import { decodeHome, encodeHome } from './home-port.ts'
import { fetchCode, keepCode } from './origin-code.ts'
import { replaceState } from './replacing.ts'
import type { Present, ReplacingPort, Successor } from './replacing.ts'

/** What a program is to become. */
export interface NewVersion {
  /** All of its code; absent: that of the version before this one. */
  readonly units?: readonly CodeUnit[]
  /** Whether its main PROC reads from the keyboard; absent: as before. */
  readonly hears?: boolean | undefined
  /** As `parseMap` reads it. */
  readonly map: string
  /** Only tell what would happen. */
  readonly dry: boolean
}

export interface UpgradingPort extends ReplacingPort {
  /** @param done gets the code that the program has now; undefined when it is nowhere any more */
  readonly code: (done: (units: readonly CodeUnit[] | undefined) => void) => void
}

/** Two versions of a program that are loaded. */
export interface Versions {
  readonly before: readonly CodeUnit[]
  readonly after: readonly CodeUnit[]
  readonly map: string
  readonly plan: UpgradePlan
}

/** @param done gets what has been found, and done unless there are obstacles or it was to be told only; or why nothing has been; called once */
export function upgradeProgram(port: UpgradingPort, to: NewVersion, done: (result: Survey | NodeError) => void): void {
  prepare(port, to, (versions) => {
    if (versions instanceof NodeError) {
      done(versions)
      return
    }
    replaceState<Survey>(
      port,
      'the upgrade',
      (now, decided) => {
        const found = look(port, now.cut, versions)
        if (found instanceof NodeError || to.dry || found.obstacles.length > 0) decided(found)
        else
          keep(port, { now, versions, hears: to.hears }, (by) => {
            decided(found, by ?? 'not taken')
          })
      },
      done,
    )
  })
}

/** Makes both versions ready. */
export function prepare(
  port: Pick<UpgradingPort, 'shelf' | 'record' | 'engine' | 'code'>,
  to: NewVersion,
  done: (versions: Versions | NodeError) => void,
): void {
  const { shelf, record, engine } = port
  const { source, origin } = record
  port.code((before) => {
    if (before === undefined) {
      done(new NodeError('R0404', `no node has all the code of ${source} any more`))
      return
    }
    const compare = (after: readonly CodeUnit[], map: string): void => {
      loadUnits(shelf, [...before, ...after], (error) => {
        if (error !== undefined) done(error)
        else {
          try {
            done({ before, after, map, plan: planOf(shelf, before, after, map) })
          } catch (reason) {
            done(cannot(source, reason instanceof UpgradeMapError ? reason.message : String(reason)))
          }
        }
      })
    }
    if (to.units !== undefined) {
      compare(to.units, to.map)
      return
    }
    const { upgrade } = origin ?? {}
    if (upgrade === undefined) {
      done(cannot(source, 'it has not been upgraded: there is no version before this one'))
      return
    }
    fetchCode(engine, upgrade.before, (units) => {
      if (units === undefined) done(new NodeError('R0404', `the code of ${source} before its upgrade is not kept any more`))
      else compare(units, to.map === '' ? inverseOf(upgrade.map) : to.map)
    })
  })
}

/** Keeps code and makes it ready. @param done gets what is wrong, if anything */
export function loadUnits(shelf: CodeShelf, units: readonly CodeUnit[], done: (error: NodeError | undefined) => void): void {
  try {
    for (const unit of units) shelf.put(unit)
  } catch (error) {
    done(error instanceof NodeError ? error : new NodeError('R0406', String(error)))
    return
  }
  shelf.load(
    units.map(({ hash }) => hash),
    done,
  )
}

/** @returns what becomes of the frames of a program whose code is loaded. @throws UpgradeMapError */
export function planOf(shelf: CodeShelf, before: readonly CodeUnit[], after: readonly CodeUnit[], map: string): UpgradePlan {
  const loaded = (units: readonly CodeUnit[]): Unit[] => units.flatMap(({ hash }) => shelf.unitOf(hash) ?? [])
  return plan(loaded(before), loaded(after), parseMap(map))
}

/** @returns why a program is not upgraded */
export function cannot(source: string, why: string): NodeError {
  return new NodeError('R0444', `${source} cannot be upgraded: ${why}`, 'nothing has changed')
}

function look({ shelf, record }: UpgradingPort, cut: Present['cut'], versions: Versions): Survey | NodeError {
  return lookAt(
    shelf,
    record.source,
    cut.parts.map(({ image }) => image),
    versions,
  )
}

/**
 * Looks at each process, and reads all of them as the new version does, so that nothing can go wrong when that counts.
 * @param images of all sites
 */
export function lookAt(
  shelf: CodeShelf,
  source: string,
  images: readonly Uint8Array[],
  versions: Pick<Versions, 'plan'>,
): Survey | NodeError {
  try {
    const heads = images.map((image) => readImage(image))
    const share = liveGroups(heads)
    const scratch = new Kernel({ now: () => 0, host: () => false })
    const unitOf = (hash: string): Unit | undefined => shelf.unitOf(hash)
    const found = survey(readShare({ heads, share }, scratch, unitOf), versions.plan)
    if (found.obstacles.length === 0) readShare({ heads, share, conversions: versions.plan.conversions }, scratch, unitOf)
    return found
  } catch (error) {
    return cannot(source, error instanceof Error ? error.message : String(error))
  }
}

interface Decided {
  readonly now: Present
  readonly versions: Versions
  readonly hears: boolean | undefined
}

/** Keeps what the program goes on from. @param done gets that; undefined when the store does not take it */
function keep(port: UpgradingPort, { now: { entry, cut }, versions, hears }: Decided, done: (by: Successor | undefined) => void): void {
  const { engine, record } = port
  const { results, state: bytes } = decodeHome(cut.home)
  const state = decodeState(bytes)
  if (state === undefined) {
    done(undefined)
    return
  }
  const units = record.durable === undefined ? versions.after.map(({ hash }) => hash) : undefined
  const home = encodeHome({ results, state: encodeState({ ...state, hears: hears ?? state.hears, units }) })
  store(engine, home, `home of upgrade ${record.id}.${record.incarnation}.${entry.number}`, (kept) => {
    if (kept === undefined) {
      done(undefined)
      return
    }
    keepBoth(port, versions, (before, code) => {
      const upgrade: UpgradeRecord = { before, map: versions.map, incarnation: record.incarnation + 1 }
      const change = (known: ProgramRecord): ProgramRecord => ({ ...known, origin: { nodes: [], ...known.origin, code, upgrade } })
      done({ entry: { ...entry, home: kept }, change })
    })
  })
}

/** Keeps the code of both versions where every node finds it. @param done gets the hashes of the blobs */
export function keepBoth(
  { engine, self, record }: Pick<UpgradingPort, 'engine' | 'self' | 'record'>,
  versions: Versions,
  done: (before: string, code: string) => void,
): void {
  const keepNew = (before: string): void => {
    keepCode(engine, self, versions.after, (code) => {
      done(before, code)
    })
  }
  const kept = record.origin?.code
  if (kept !== undefined && (record.durable !== undefined || record.origin?.upgrade !== undefined)) keepNew(kept)
  else keepCode(engine, self, versions.before, keepNew)
}
