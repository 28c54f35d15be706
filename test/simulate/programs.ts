/** Programs in the language that live on simulated clusters (programs/): what hand-written machines do not do, such as barriers, forks and large arrays. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import type { CompiledProgram } from '../../compiler/host.ts'
import type { Channel, Frame } from '../../runtime/abi.ts'
import type { ConsoleEnd } from '../../runtime/code/program.ts'
import { NO_CHANNEL } from '../../runtime/kernel/scheduler/state.ts'
import { mainFrame } from '../../runtime/run/main-frame.ts'
import { load } from '../fuzz/execute.ts'
import { twinOf } from '../harness/twin.ts'
import { units } from '../node/simulation.ts'

/** It says again what is typed, line by line. */
const talking = new URL('../torture/outliving.csp', import.meta.url)
const folder = new URL('programs/', import.meta.url)
/** Written by mutate.ts, which has no compiler in its copies. */
const compiled = new URL('programs.json', import.meta.url)

export async function compilePrograms(): Promise<CompiledProgram[]> {
  const { compileText } = await import('../backend/compile.ts')
  const files = [
    ...readdirSync(folder)
      .sort()
      .map((name) => new URL(name, folder)),
    talking,
  ]
  return Promise.all(files.map((file) => compileText(readFileSync(file, 'utf8'), { verify: false })))
}

/** @returns what makes the frame of its main process */
function begin(program: CompiledProgram): (channels: Readonly<Record<ConsoleEnd, Channel>>) => Frame {
  const loaded = load(program)
  for (const [hash, unit] of loaded) units.set(hash, unit)
  const { main } = program.manifest
  const machine = loaded.get(main?.unit ?? '')?.machines[0]
  if (main === undefined || machine === undefined) throw new Error(`${program.manifest.source} has no main process`)
  return (channels) => mainFrame(machine, main.parameters, (end) => channels[end])
}

const all = existsSync(compiled) ? (JSON.parse(readFileSync(compiled, 'utf8')) as CompiledProgram[]) : await compilePrograms() // mutate.ts writes it
const frames = all.map(begin)

export interface ScreenProgram {
  readonly name: string
  /** Makes the frame of its main process. */
  readonly frame: (screen: Channel) => Frame
  /** Hashes of the code of two versions of it, which do the same; `frame` is of the first. */
  readonly versions: readonly [readonly string[], readonly string[]]
}

function versionsOf(program: CompiledProgram | undefined): ScreenProgram['versions'] {
  if (program === undefined) return [[], []]
  const twin = twinOf(program)
  for (const [hash, unit] of load(twin)) units.set(hash, unit)
  return [program.units.map(({ hash }) => hash), twin.units.map(({ hash }) => hash)]
}

/** Programs that have a screen alone; each shows the same in every run. */
export const programs = frames.slice(0, -1).map((frame, i): ScreenProgram => ({
  name: all[i]?.manifest.main?.name ?? '',
  frame: (screen) => frame({ keyboard: NO_CHANNEL, screen, error: NO_CHANNEL }),
  versions: versionsOf(all[i]),
}))

/** The frame of a main process that says again what is typed, line by line. */
export const lines = frames.at(-1)
