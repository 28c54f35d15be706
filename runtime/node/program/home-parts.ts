/** What the home of a program is made of, whether the program begins at a node or its home has come from elsewhere. */
import type { ConsoleEnd } from '../../code/program.ts'
import type { HomeState } from '../../host/home-services.ts'
import type { Channel, Machine, Process } from '../../kernel/scheduler/state.ts'
import { mainFrame } from '../../run/main-frame.ts'
import type { Submission, SubmittedDurable } from '../wire/messages.ts'
import type { ProgramHomeState } from './home-state.ts'
import { wishesOf } from './program.ts'
import type { ProgramRecord, ProgramWishes } from './program.ts'
import type { Site } from './site.ts'

/** What a home is made of, whether it begins or has come from elsewhere. */
export interface HomeParts {
  readonly services: HomeState
  readonly record: ProgramWishes
  /** It outlives its nodes; with the hash of the blob that is its code. */
  readonly durable?: Pick<SubmittedDurable, 'everyMs' | 'relaxed'> & { readonly code: string }
  /** Whether the program has the reading end of the keyboard. */
  readonly hears: boolean
  /** Hashes of its code units; absent when it is durable. */
  readonly units?: readonly string[]
  readonly state?: ProgramHomeState
  /** Makes the program's main process; never asked when there is a state. */
  readonly main?: (channels: Readonly<Record<ConsoleEnd, Channel>>, site: Site) => Process
}

/** What a home is made of that begins. */
export type NewHome = Omit<HomeParts, 'state'> & Required<Pick<HomeParts, 'main'>>

/**
 * @param code hash of the blob that is its code, when it is durable
 * @returns what the home of a submitted program is made of
 */
export function submitted(submission: Submission, machine: Machine, code?: string): NewHome {
  const { manifest, args, directory, variables, durable } = submission
  return {
    services: { source: manifest.source, args, files: [], directory, variables },
    record: wishesOf(submission),
    ...(durable === undefined || code === undefined ? {} : { durable: { ...durable, code } }),
    hears: manifest.main?.parameters.includes('keyboard') ?? false,
    ...(durable === undefined ? { units: manifest.units.map(({ hash }) => hash) } : {}),
    main: (channels, site) => site.kernel.start(mainFrame(machine, manifest.main?.parameters ?? [], (end) => channels[end])),
  }
}

/** @returns what the home of `program` is made of that has come from elsewhere, or begins anew from a cut */
export function restored(program: ProgramRecord, state: ProgramHomeState): HomeParts & Required<Pick<HomeParts, 'state'>> {
  const { durable, origin } = program
  return {
    services: state.services,
    record: program,
    hears: state.hears,
    ...(state.units === undefined ? {} : { units: state.units }),
    state,
    ...(durable === undefined || origin === undefined
      ? {}
      : { durable: { everyMs: durable.everyMs, relaxed: durable.relaxed ?? false, code: origin.code } }),
  }
}
