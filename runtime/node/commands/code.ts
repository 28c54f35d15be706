/** What a node tells of the code that it has, and how it takes code ahead of need. */
import type { CodeUnit } from '../../code/program.ts'
import type { Kernel } from '../../kernel/scheduler/kernel.ts'
import { ENDED, GONE } from '../../kernel/scheduler/state.ts'
import { walkProcesses } from '../../kernel/inspect/inspect.ts'
import { isOfHost } from '../../kernel/scheduler/unit.ts'
import { framesOf } from '../../kernel/snapshot/schema.ts'
import type { CodeShelf } from '../migration/code-shelf.ts'
import { NodeError } from '../node-error.ts'
import type { ProgramRecord } from '../program/program.ts'
import type { Reply } from '../wire/messages.ts'
import type { UnitStatus } from '../wire/statuses.ts'
import { programName } from '../program/program.ts'

export interface CodePort {
  readonly shelf: CodeShelf
  readonly sites: ReadonlyMap<number, { readonly program: ProgramRecord; readonly kernel: Kernel }>
}

/** Units that go into one message. */
const PART = 100

/** Tells of every unit that is here, and of how many processes of which programs have frames of it. */
export function* listUnits({ shelf, sites }: CodePort, reply: Pick<Reply<'units'>, 'part'>): Generator<void, null, void> {
  const needs = new Map<string, Map<string, number>>()
  for (const { program, kernel } of [...sites.values()]) {
    const name = programName(program.source, program.id)
    for (const p of walkProcesses(kernel)) {
      yield
      if (p.state === ENDED || p.state === GONE) continue
      const hashes = new Set(framesOf(p.frame).flatMap(({ machine: { unit } }) => (isOfHost(unit) ? [] : [unit.hash])))
      for (const hash of hashes) {
        const programs = needs.get(hash) ?? new Map<string, number>()
        needs.set(hash, programs)
        programs.set(name, (programs.get(name) ?? 0) + 1)
      }
    }
  }
  let part: UnitStatus[] = []
  for (const hash of shelf.hashes()) {
    const unit = shelf.get(hash)
    if (unit === undefined) continue // it is damaged, or goes just now
    part.push(statusOf(unit, needs.get(hash)))
    yield
    if (part.length < PART) continue
    reply.part(part)
    part = []
  }
  if (part.length > 0) reply.part(part)
  return null
}

function statusOf({ hash, name, code, imports, debug }: CodeUnit, needs: ReadonlyMap<string, number> = new Map()): UnitStatus {
  return {
    hash,
    name,
    procs: debug.machines.map((machine) => machine.name),
    bytes: Buffer.byteLength(code),
    imports,
    needs: [...needs].map(([program, processes]) => ({ program, processes })),
  }
}

/**
 * Keeps units, looks at their form and loads them, so that no process that comes later waits for that.
 * @param done gets what is wrong with them, if anything
 */
export function takeUnits(shelf: CodeShelf, units: readonly CodeUnit[], done: (error: NodeError | undefined) => void): void {
  try {
    for (const unit of units) shelf.put(unit)
  } catch (error) {
    done(error instanceof NodeError ? error : new NodeError('R0406', `the code cannot be kept: ${String(error)}`))
    return
  }
  const hashes = units.map(({ hash }) => hash)
  const [missing] = shelf.missing(hashes)
  if (missing === undefined) shelf.load(hashes, done)
  else done(new NodeError('R0404', `a unit imports ${missing.slice(0, 12)}, which was not sent`, 'send it with what it imports'))
}
