/** Homes of programs that go on from a cut: what recovery asks of whoever makes them. */
import type { HomeServices } from '../../host/home-services.ts'
import type { HomeNode } from '../program/home-node.ts'
import type { ProgramRecord } from '../program/program.ts'
import type { Site } from '../program/site.ts'
import type { DurableHome } from './home-port.ts'

/** A home that begins again with what a cut has of it. */
export interface RevivedHome {
  readonly services: HomeServices
  /**
   * Makes the console's processes in a site that has not begun, and binds their channels to the ids that they had (`LinkTable.bind`).
   * @returns these ids, and how much the home wants each of them; see kernel/links/revival.ts
   */
  attach(site: Site): readonly (readonly [id: number, wish: number])[]
  /** The program goes on, and this is its home. @param end how the program has ended, as JSON, if it has: then its home only has to say so */
  begin(node: HomeNode, site: Site, program: ProgramRecord, end: string | undefined): DurableHome
}

/** Makes homes out of what cuts have of them. */
export type ReviveHome = (program: ProgramRecord, state: Uint8Array) => RevivedHome
