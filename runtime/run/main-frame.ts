/** The main process: the frame a program begins with. */
import { ABI_VERSION } from '../abi.ts'
import type { ConsoleEnd, ProgramManifest } from '../code/program.ts'
import type { CodeStore } from '../code/store.ts'
import type { Channel, Frame, Machine, Unit } from '../kernel/scheduler/state.ts'
import { RunError } from './run-error.ts'

/**
 * Loads the unit of a program's main process, and all it imports.
 * @returns its machine
 * @throws RunError R0521, R0522; CodeError
 */
export async function loadMain(manifest: ProgramManifest, store: CodeStore): Promise<Machine> {
  requireAbi(manifest)
  const { main, source } = manifest
  if (main === undefined) {
    throw new RunError(
      'R0521',
      `${source} has no PROC that could be the main process`,
      'end the file with a PROC whose parameters are channels of BYTE, or name one with --main',
    )
  }
  return machineOf(manifest, await store.load(main.unit))
}

/** @returns the machine of the main process. @throws RunError R0521 */
export function machineOf({ main, source }: ProgramManifest, unit: Unit): Machine {
  const machine = unit.machines.find((m) => m.name === main?.name) ?? unit.machines[0]
  if (machine === undefined)
    throw new RunError('R0521', `the unit of ${main?.name ?? 'main'} in ${source} holds no machine`, 'compile the program again')
  return machine
}

/** @throws RunError R0522 when the program is not for this runtime */
export function requireAbi({ abi, source }: ProgramManifest): void {
  if (abi === ABI_VERSION) return
  const wanted = abi > ABI_VERSION ? 'a newer' : 'an older'
  throw new RunError(
    'R0522',
    `${source} was compiled by ${wanted} version of godwit (ABI ${abi}, here ${ABI_VERSION})`,
    'compile the program again',
  )
}

/**
 * Makes the frame that a program begins with.
 * @param parameters what each parameter is connected to
 * @param channel gives the channel to connect it to
 */
export function mainFrame(machine: Machine, parameters: readonly ConsoleEnd[], channel: (end: ConsoleEnd) => Channel): Frame {
  const frame = machine.blank()
  const fields = frame as unknown as Record<string, Channel> // the first slots are the parameters, all of them channels
  parameters.forEach((end, i) => {
    const slot = machine.slots[i]
    if (slot === undefined || !slot[1].startsWith('chan'))
      throw new RunError('R0521', `parameter ${i + 1} of ${machine.name} is not a channel`, 'compile the program again')
    fields[slot[0]] = channel(end)
  })
  return frame
}
