/** Checkpoints of a program that are asked of its home: one at a time, after which the program goes on, or ends once its checkpoint is where it shall be. */
import type { CodeUnit } from '../../code/program.ts'
import type { Cancel } from '../../engine/engine.ts'
import { LIMITS } from '../../limits.ts'
import { makeCheckpoint } from '../durable/checkpointing.ts'
import type { KeptCheckpoint } from '../durable/checkpoints.ts'
import type { DurableHome } from '../durable/home-port.ts'
import { fetchCode } from '../durable/origin-code.ts'
import { rewindProgram } from '../durable/rewinding.ts'
import type { ReplacingPort } from '../durable/replacing.ts'
import { upgradeProgram } from '../durable/upgrading.ts'
import { upgradeInPlace } from '../durable/upgrading-in-place.ts'
import type { Became, InPlacePort } from '../durable/upgrading-in-place.ts'
import type { NewVersion } from '../durable/upgrading.ts'
import type { Survey } from '../../kernel/upgrade/obstacles.ts'
import { gatherCode } from '../migration/gather-code.ts'
import { NodeError } from '../node-error.ts'
import type { Span } from '../telemetry/tracer.ts'
import type { CheckpointOrder } from '../wire/messages.ts'
import type { HomeNode } from './home-node.ts'
import { programName } from './program.ts'
import type { Site } from './site.ts'

/** What a checkpoint needs of its home. */
export interface SavingHome {
  readonly node: HomeNode
  readonly home: DurableHome
  readonly name: string
  readonly isDurable: boolean
  /** Hashes of the program's code units, when it is not durable. */
  units(): readonly string[]
  /** @returns undefined before the program has begun */
  site(): Site | undefined
  /** @returns whether the home moves, or is over */
  isMoving(): boolean
  isOver(): boolean
  /** @returns the bytes that the program has output */
  produced(): number
  /** Ends the program. */
  stop(): void
  /** No server is called any more until the home stays. @param quiet is called, now or later, when none has to answer */
  restCalls(quiet: () => void): void
  /** What others say to the home, and ask of it, waits until it stays. */
  rest(): void
  stay(): void
  /** The program is another version from now on. */
  became(version: Became): void
}

/** The checkpoint of a program that is under way, if there is one. */
export class HomeSaving {
  private saving = false
  /** Output up to that number is in the checkpoint that the program shall end with: nothing after it may be seen. */
  private last: number | undefined
  /** The program stands still until it is known whether its checkpoint is where the user wants it. */
  private unconfirmed: Cancel | undefined

  constructor(private readonly port: SavingHome) {}

  get isUnderWay(): boolean {
    return this.saving
  }

  /** Output up to that number is in the checkpoint that the program shall end with; undefined while it shall not end with one. */
  get savedUpTo(): number | undefined {
    return this.last
  }

  /**
   * Keeps a checkpoint of the program.
   * @param order `ends`: the program stands still until `saved` says whether it ends, and nothing that comes later is seen or done; `most`: how many
   *   are kept
   * @param done is called once
   */
  begin({ ends, most }: CheckpointOrder, done: (result: KeptCheckpoint | NodeError) => void): void {
    const { node, home } = this.port
    const site = this.free()
    if (site instanceof NodeError) {
      done(site)
      return
    }
    this.saving = true
    makeCheckpoint(
      {
        engine: node.engine,
        coordinator: node.cuts.forCheckpoint(site, home),
        record: site.program,
        most,
        taken: () => {
          if (ends) this.rest(site)
        },
        undone: () => {
          if (ends) this.goOn(site)
        },
        over: () => {
          node.cuts.afterCheckpoint(site)
        },
        code: (got) => {
          this.code(site, got)
        },
      },
      (result) => {
        if (ends && !(result instanceof NodeError)) {
          this.unconfirmed = node.engine.clock.after(LIMITS['checkpoint.unconfirmed'].most, () => {
            this.saved(false)
          })
        } else this.saving = false
        done(result)
      },
    )
  }

  /**
   * Another version of the program takes its place: where its processes are, if that can be, or else as `upgradeProgram` has it.
   * @param done is called once
   */
  upgrade(to: NewVersion, done: (result: Survey | NodeError) => void): void {
    const site = this.free()
    if (site instanceof NodeError) {
      done(site)
      return
    }
    const span = this.spanOf('upgrade', site)
    const ended = ending<Survey>(span, done)
    if (this.port.isDurable || site.program.recorded === true) {
      this.upgradeByCut(to, span, ended)
      return
    }
    this.saving = true
    upgradeInPlace(this.inPlace(site, span), to, (result) => {
      this.saving = false
      if (result === 'elsewhere') this.upgradeByCut(to, span, ended)
      else ended(result)
    })
  }

  private upgradeByCut(to: NewVersion, span: Span | undefined, done: (result: Survey | NodeError) => void): void {
    const site = this.free()
    if (site instanceof NodeError) {
      done(site)
      return
    }
    const port = { ...this.replacing(site, span), code: (got: (units: readonly CodeUnit[] | undefined) => void) => this.code(site, got) }
    this.replace((ended) => upgradeProgram(port, to, ended), done)
  }

  /**
   * Goes back to a checkpoint that is kept.
   * @param done is called once
   */
  rewind(number: number, done: (result: KeptCheckpoint | NodeError) => void): void {
    const site = this.free()
    if (site instanceof NodeError) {
      done(site)
      return
    }
    const span = this.spanOf('rewind', site)
    this.replace((ended) => rewindProgram(this.replacing(site, span), number, ended), ending<KeptCheckpoint>(span, done))
  }

  /** Replaces the state of the program, once no server has to answer: what it was called for would be done again. */
  private replace<T>(work: (ended: (result: T | NodeError) => void) => void, done: (result: T | NodeError) => void): void {
    const { name, isDurable } = this.port
    this.saving = true
    const ended = (result: T | NodeError): void => {
      this.saving = false
      if (result instanceof NodeError && !this.port.isOver()) this.port.stay() // else it has gone on already, or begins anew
      done(result)
    }
    const begin = (): void => {
      if (this.port.isOver()) ended(new NodeError('R0410', `${name} has ended, or begins anew just now`, 'try again'))
      else work(ended)
    }
    if (isDurable) begin()
    else this.port.restCalls(begin)
  }

  private spanOf(name: 'upgrade' | 'rewind', { program }: Site): Span | undefined {
    return this.port.node.tracer?.begin(name, { attributes: { 'godwit.program': programName(program.source, program.id) } })
  }

  /** @returns what it takes to let the program go on from another state */
  private replacing(site: Site, span: Span | undefined): ReplacingPort {
    const { node, home } = this.port
    return {
      engine: node.engine,
      self: node.self,
      shelf: node.shelf,
      span,
      coordinator: node.cuts.forCheckpoint(site, home),
      record: site.program,
      taken: () => {
        this.rest(site)
        this.port.rest() // it is not over, and nothing is lost, unless that still holds when it goes on
      },
      undone: () => {
        this.goOn(site)
        if (!this.port.isOver()) this.port.stay()
      },
      over: () => {
        node.cuts.afterCheckpoint(site)
      },
      replace: (by, replaced) => {
        node.cuts.recovery.replace(site.program, by, replaced)
      },
    }
  }

  /** @returns what it takes to let the program go on as another version where it is */
  private inPlace(site: Site, span: Span | undefined): InPlacePort {
    const { engine, self, shelf, coordinator, record, over } = this.replacing(site, span)
    return {
      engine,
      self,
      shelf,
      coordinator,
      record,
      over,
      span,
      kernel: site.kernel,
      code: (got) => {
        this.code(site, got)
      },
      rest: () => {
        this.port.rest()
      },
      stay: () => {
        if (!this.port.isOver()) this.port.stay()
      },
      became: (version) => {
        this.port.became(version)
      },
    }
  }

  /** @returns the site of the program, if it can be saved now */
  private free(): Site | NodeError {
    const { node, name, isDurable } = this.port
    const site = this.port.site()
    const begins = site === undefined || (isDurable && node.cuts.coordinatorOf(site.program.id) === undefined)
    const cutting = site !== undefined && node.cuts.isCutting(site.program.id)
    if (!begins && !cutting && !this.saving && !this.port.isMoving()) return site
    return new NodeError('R0410', `${name} begins, ends, moves or is saved just now`, 'try again')
  }

  /** Nothing of the program that could be seen happens any more. */
  private rest(site: Site): void {
    this.last = this.port.produced()
    site.cuts.freeze()
    site.restHome()
  }

  /** The program has stood still since its checkpoint: it ends if that was written, or else goes on. @returns whether it did */
  saved(written: boolean): boolean {
    const site = this.port.site()
    const { unconfirmed } = this
    if (unconfirmed === undefined || site === undefined) return false
    unconfirmed()
    this.unconfirmed = undefined
    if (written) this.port.stop()
    else {
      this.saving = false
      this.goOn(site)
    }
    return true
  }

  /** What stood still for a checkpoint goes on. */
  private goOn(site: Site): void {
    this.last = undefined
    if (this.port.isOver()) return
    site.keepHome()
    site.cuts.thaw()
  }

  /** @param done gets the program's code, from wherever it is */
  private code(site: Site, done: (units: readonly CodeUnit[] | undefined) => void): void {
    const { node } = this.port
    const { durable, origin } = site.program
    if (origin !== undefined && (durable !== undefined || origin.upgrade !== undefined)) fetchCode(node.engine, origin.code, done)
    else gatherCode(node, this.port.units(), done)
  }
}

/** @returns what ends a span with a result, and hands that on */
function ending<T>(span: Span | undefined, done: (result: T | NodeError) => void): (result: T | NodeError) => void {
  if (span === undefined) return done
  return (result) => {
    span.end(result instanceof NodeError ? result.message : undefined)
    done(result)
  }
}
