/** How a node answers what is asked of the homes of programs that are on it: begin one, show it, move it, end it. */
import { RunError } from '../../run/run-error.ts'
import { machineOf, requireAbi } from '../../run/main-frame.ts'
import type { ProgramManifest } from '../../code/program.ts'
import type { Machine } from '../../kernel/scheduler/state.ts'
import type { CodeShelf } from '../migration/code-shelf.ts'
import type { Obstacle, Survey } from '../../kernel/upgrade/obstacles.ts'
import { requireSafeStore } from '../durable/safe-store.ts'
import type { NewVersion } from '../durable/upgrading.ts'
import { NodeError } from '../node-error.ts'
import type { NodeErrorData } from '../node-error.ts'
import type { HomeExports, NodeHomePort } from '../program/home-node.ts'
import { requireNode } from '../unknown-node.ts'
import type { Mended, RequestHandlers, Restoration, Submission, UpgradeOrder } from '../wire/messages.ts'
import type { Messenger } from '../wire/messenger.ts'

export interface HomesPort {
  readonly messenger: Messenger
  readonly shelf: CodeShelf
  readonly leaving: boolean
  readonly cordoned: boolean
  /** By program id. */
  readonly homes: ReadonlyMap<number, NodeHomePort>
  readonly exports: ReadonlyMap<number, HomeExports>
  /** Begins a program whose home is here. @param done gets its id */
  begin(submission: Submission, machine: Machine, done: (id: number) => void): void
  /** Goes on from a checkpoint, with the home here. @param done gets the program's id, or why there is none */
  restore(order: Restoration, done: (begun: number | NodeError) => void): void
  /** Lets a program that has failed go on as another version, with the home here. @param done gets what has come of it, or why nothing has */
  mend(program: number, to: NewVersion, done: (result: Mended | NodeError) => void): void
}

/** @returns why a node takes no processes and no programs; undefined when it does */
export function whyNothing({ messenger, leaving, cordoned }: Pick<HomesPort, 'messenger' | 'leaving' | 'cordoned'>): string | undefined {
  const { name } = messenger.self
  if (leaving) return `node ${name} is leaving the cluster`
  return cordoned ? `node ${name} is cordoned: it takes nothing new` : undefined
}

export function homeHandlers(
  port: HomesPort,
): Pick<
  RequestHandlers,
  'submit' | 'restore' | 'mend' | 'checkpoint' | 'upgrade' | 'rewind' | 'saved' | 'view' | 'gate' | 'names' | 'end' | 'home'
> {
  const { homes } = port
  /** @throws NodeError R0406, R0442 */
  const requireFit = ({ durable }: Pick<Submission, 'durable'>): void => {
    const refusal = whyNothing(port)
    if (refusal !== undefined) throw new NodeError('R0406', refusal, 'submit the program to another node')
    if (durable !== undefined) requireSafeStore(port.messenger.engine.store, durable)
  }
  return {
    submit: (_, submission, reply) => {
      requireFit(submission)
      load(port.shelf, submission, (machine, error) => {
        if (machine === undefined) reply.failed(errorOf(error).toJSON())
        else
          port.begin(submission, machine, (program) => {
            reply.done({ program })
          })
      })
    },
    restore: (_, order, reply) => {
      requireFit(order)
      port.restore(order, (begun) => {
        if (begun instanceof NodeError) reply.failed(begun.toJSON())
        else reply.done({ program: begun })
      })
    },
    checkpoint: (_, { program, ...order }, reply) => {
      const home = homes.get(program)
      if (home === undefined) reply.done(null)
      else
        home.checkpoint(order, (result) => {
          if (result instanceof NodeError) reply.failed(result.toJSON())
          else reply.done(result)
        })
    },
    rewind: (_, { program, number }, reply) => {
      const home = homes.get(program)
      if (home === undefined) reply.done(null)
      else
        home.rewind(number, (result) => {
          if (result instanceof NodeError) reply.failed(result.toJSON())
          else reply.done(result)
        })
    },
    upgrade: (_, order, reply) => {
      const home = homes.get(order.program)
      if (home === undefined) {
        reply.done(null)
        return
      }
      home.upgrade(newVersion(order), (result) => {
        answer(reply, result)
      })
    },
    mend: (_, order, reply) => {
      requireFit({})
      port.mend(order.program, newVersion(order), (result) => {
        answer(reply, result)
      })
    },
    saved: (_, { program, written }, reply) => {
      reply.done(homes.get(program)?.saved(written) ?? null)
    },
    view: (from, view, reply) => {
      const home = homes.get(view.program)
      if (home === undefined) reply.done({ kind: 'moved' })
      else home.viewers.view(from, view, reply)
    },
    gate: (from, request, reply) => {
      const its = port.exports.get(request.program)
      if (its === undefined) reply.done({ kind: 'moved' })
      else its.gate(from, request, reply)
    },
    names: (_, { program }, reply) => {
      reply.done(port.exports.get(program)?.names() ?? null)
    },
    end: (_, { program }, reply) => {
      const home = homes.get(program)
      home?.stop()
      reply.done(home !== undefined)
    },
    home: (_, { program, to }, reply) => {
      const home = homes.get(program)
      if (home === undefined) reply.done(null)
      else
        home.moveTo(requireNode(port.messenger.nodes(), to), (result) => {
          reply.done(result)
        })
    },
  }
}

/** @throws NodeError R0444 when a program could not begin as the version */
function newVersion({ version, map, dry }: UpgradeOrder): NewVersion {
  if (version === undefined) return { map, dry }
  requireMain(version.manifest)
  return { units: version.units, hears: version.manifest.main?.parameters.includes('keyboard'), map, dry }
}

/** Says what has come of an upgrade: obstacles in a part of their own, since there may be very many. */
function answer<T extends Survey>(
  reply: { part(obstacles: readonly Obstacle[]): void; done(found: Omit<T, 'obstacles'>): void; failed(error: NodeErrorData): void },
  result: T | NodeError,
): void {
  if (result instanceof NodeError) {
    reply.failed(result.toJSON())
    return
  }
  const { obstacles, ...found } = result
  if (obstacles.length > 0) reply.part(obstacles)
  reply.done(found)
}

/** @throws NodeError R0444 when a program could not begin as this version */
function requireMain(manifest: ProgramManifest): void {
  try {
    requireAbi(manifest)
  } catch (error) {
    throw new NodeError('R0444', error instanceof Error ? error.message : String(error))
  }
  if (manifest.main === undefined) throw new NodeError('R0444', `${manifest.source} has no PROC that could be the main process`)
}

/** Makes the code of a program ready. @param done gets its main process, or what is wrong */
function load(shelf: CodeShelf, { manifest, units }: Submission, done: (machine: Machine | undefined, error?: unknown) => void): void {
  const { main } = manifest
  try {
    requireAbi(manifest)
    if (main === undefined) throw new NodeError('R0406', `${manifest.source} has no PROC that could be the main process`)
    for (const unit of units) shelf.put(unit)
  } catch (error) {
    done(undefined, error)
    return
  }
  shelf.load([main.unit], (error) => {
    const unit = shelf.unitOf(main.unit)
    if (error !== undefined || unit === undefined) done(undefined, error)
    else done(machineOf(manifest, unit))
  })
}

function errorOf(error: unknown): NodeError {
  if (error instanceof NodeError) return error
  if (error instanceof RunError) return new NodeError('R0412', error.message, error.help)
  return new NodeError('R0406', `the program cannot be loaded${error instanceof Error ? `: ${error.message}` : ''}`)
}
