/** A test written in the language, the branches of whose PAR are spread over three kernels before any of them has run. */
import type { CompiledProgram } from '../../compiler/host.ts'
import { branchesOf } from '../../runtime/kernel/inspect/paths.ts'
import type { Unit } from '../../runtime/kernel/scheduler/state.ts'
import { compileText } from '../backend/compile.ts'
import { loadUnits } from '../backend/run.ts'
import { Cluster } from './net.ts'

interface Loaded {
  readonly program: CompiledProgram
  readonly units: readonly Unit[]
}

const loaded = new Map<string, Promise<Loaded>>()

async function load(text: string): Promise<Loaded> {
  const program = await compileText(text)
  return { program, units: [...(await loadUnits(program)).values()] }
}

/** @param text a program whose first test is a PAR */
export async function spread(text: string): Promise<Cluster> {
  const known = loaded.get(text) ?? load(text)
  loaded.set(text, known)
  const { program, units } = await known
  const c = new Cluster(3, units)
  const unit = units.find(({ hash }) => hash === program.manifest.tests[0]?.unit)
  const machine = unit?.machines[0]
  if (machine === undefined) throw new Error('the test has a machine')
  const main = c.node(0).kernel.start(machine.blank())
  c.node(0).kernel.run(1) // the branches are there, and none has run
  for (const [i, p] of branchesOf(main).entries()) if (i % 3 > 0) c.move([p], 0, i % 3)
  return c
}
