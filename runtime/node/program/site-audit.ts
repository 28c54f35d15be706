/**
 * Logs of effects at one node, of one program. The log of the program (`run --audit`) is written where a service is done: by its home, and by the node for services of
 * the node. That of the node (`node --audit`) tells of each call that is made here, and whether this node refuses it.
 */
import { AuditLog } from '../../host/audit.ts'
import type { Effect } from '../../host/audit.ts'
import { signed } from '../../host/caller.ts'
import { isNodeService } from '../../host-services.ts'
import type { Process } from '../../kernel/scheduler/state.ts'
import type { Value } from '../../kernel/scheduler/value.ts'

export interface SiteAuditParts {
  /** What the node is called. */
  readonly node: string
  /** What people call the program. */
  readonly program: string
  /** File of the program's log, if it has one. */
  readonly ofProgram: string | undefined
  /** File of the node's log, if it has one. */
  readonly ofNode: string | undefined
}

export class SiteAudit {
  private readonly program: AuditLog | undefined
  private readonly node: AuditLog | undefined
  private readonly name: string

  constructor({ node, program, ofProgram, ofNode }: SiteAuditParts) {
    this.name = node
    if (ofProgram !== undefined) this.program = new AuditLog(ofProgram, () => program, node)
    if (ofNode !== undefined) this.node = new AuditLog(ofNode, () => program, node)
  }

  /**
   * A process here calls a service.
   * @param refused this node does not pass it on
   * @returns the actuals that move with the call
   * @throws NodeError R0453
   */
  called(p: Process, service: string, given: readonly Value[], refused: boolean): readonly Value[] {
    const actuals = signed(p, this.name, service, given)
    const effect: Effect = refused ? 'denied' : 'done'
    this.node?.tell(effect, service, actuals)
    if (refused || isNodeService(service)) this.program?.tell(effect, service, actuals)
    return actuals
  }

  /** The site is over. */
  close(): void {
    this.program?.close()
    this.node?.close()
  }
}

/** @returns the logs that a site writes; undefined when it writes none */
export function siteAudit(parts: SiteAuditParts): SiteAudit | undefined {
  return parts.ofProgram === undefined && parts.ofNode === undefined ? undefined : new SiteAudit(parts)
}
