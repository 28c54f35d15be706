/**
 * Code of mobile processes: one that has come as a value may be of units that this node has never had. They are fetched when it is run, from any member
 * that has them, and the process that runs it waits meanwhile.
 */
import type { Process } from '../../kernel/scheduler/state.ts'
import { completeCode } from '../migration/gather-code.ts'
import type { CodeSeeker } from '../migration/gather-code.ts'
import { NodeError } from '../node-error.ts'

/** What it needs of the site. */
interface AgentCodePort extends CodeSeeker {
  /** The process asks again. */
  goOn(p: Process): void
  fail(error: NodeError, p: Process): void
}

export class AgentCode {
  private waits = 0

  constructor(private readonly port: AgentCodePort) {}

  /** Whether a process here waits for code. */
  get busy(): boolean {
    return this.waits > 0
  }

  /** Fetches and loads units, and what they import. */
  fetch(p: Process, hashes: readonly string[]): void {
    this.waits++
    completeCode(this.port, hashes, (problem) => {
      this.over(p, problem === undefined || problem instanceof NodeError ? problem : lacking(problem))
    })
  }

  private over(p: Process, error: NodeError | undefined): void {
    this.waits--
    if (error === undefined) this.port.goOn(p)
    else this.port.fail(error, p)
  }
}

function lacking(hashes: readonly string[]): NodeError {
  const list = hashes.map((hash) => hash.slice(0, 12)).join(', ')
  return new NodeError('R0405', `no member has the code ${list} of a mobile process`, 'start the program again')
}
