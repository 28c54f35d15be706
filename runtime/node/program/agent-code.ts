/**
 * Code of mobile processes: one that has come as a value may be of units that this node has never had. They are fetched when it is run, from any member
 * that has them, and the process that runs it waits meanwhile.
 */
import type { Member } from '../../engine/engine.ts'
import type { CodeUnit } from '../../code/program.ts'
import type { Process } from '../../kernel/scheduler/state.ts'
import type { CodeShelf } from '../migration/code-shelf.ts'
import { NodeError } from '../node-error.ts'

/** What it needs of the site. */
interface AgentCodePort {
  readonly shelf: CodeShelf
  /** The other members that may have code. */
  members(): readonly Member[]
  requestCode(of: Member, hashes: readonly string[], done: (units: readonly CodeUnit[]) => void): void
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
    this.complete(p, hashes, this.port.members())
  }

  private complete(p: Process, hashes: readonly string[], members: readonly Member[]): void {
    const { shelf } = this.port
    const missing = shelf.missing(hashes)
    if (missing.length === 0) {
      shelf.load(hashes, (error) => {
        this.over(p, error)
      })
      return
    }
    const [member, ...others] = members
    if (member === undefined) {
      const list = missing.map((hash) => hash.slice(0, 12)).join(', ')
      this.over(p, new NodeError('R0405', `no member has the code ${list} of a mobile process`, 'start the program again'))
      return
    }
    this.port.requestCode(member, missing, (units) => {
      try {
        for (const unit of units) shelf.put(unit) // computes the hash
      } catch (error) {
        this.over(p, error instanceof NodeError ? error : new NodeError('R0406', `the code cannot be kept: ${String(error)}`))
        return
      }
      // who had some may have what that imports
      this.complete(p, hashes, units.length > 0 ? members : others)
    })
  }

  private over(p: Process, error: NodeError | undefined): void {
    this.waits--
    if (error === undefined) this.port.goOn(p)
    else this.port.fail(error, p)
  }
}
