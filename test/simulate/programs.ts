/** Programs in the language that live on simulated clusters (programs/): what hand-written machines do not do, such as barriers, forks and large arrays. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import type { CompiledProgram } from '../../compiler/host.ts'
import type { Channel, Frame } from '../../runtime/abi.ts'
import { mainFrame } from '../../runtime/run/main-frame.ts'
import { load } from '../fuzz/execute.ts'
import { units } from '../node/simulation.ts'

const folder = new URL('programs/', import.meta.url)
/** Written by mutate.ts, which has no compiler in its copies. */
const compiled = new URL('programs.json', import.meta.url)

export async function compilePrograms(): Promise<CompiledProgram[]> {
  const { compileText } = await import('../backend/compile.ts')
  const names = readdirSync(folder).sort()
  return Promise.all(names.map((name) => compileText(readFileSync(new URL(name, folder), 'utf8'), { verify: false })))
}

/** @returns what makes the frame of its main process */
function begin(program: CompiledProgram): (screen: Channel) => Frame {
  const loaded = load(program)
  for (const [hash, unit] of loaded) units.set(hash, unit)
  const { main } = program.manifest
  const machine = loaded.get(main?.unit ?? '')?.machines[0]
  if (main === undefined || machine === undefined) throw new Error(`${program.manifest.source} has no main process`)
  return (screen) => mainFrame(machine, main.parameters, () => screen)
}

const all = existsSync(compiled) ? (JSON.parse(readFileSync(compiled, 'utf8')) as CompiledProgram[]) : await compilePrograms() // mutate.ts writes it

/** The frames of their main processes; each shows the same in every run. */
export const programs = all.map(begin)
