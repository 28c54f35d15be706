/** Runs a program that uses the libraries, in this OS process under virtual time, so that tests can compare what it prints with an oracle. */
import { HomeServices } from '../../runtime/host/home-services.ts'
import { loneHost } from '../../runtime/host/lone-host.ts'
import { runPlain } from '../../runtime/kernel/testing/chaos.ts'
import { mainFrame } from '../../runtime/run/main-frame.ts'
import { compileText } from '../backend/compile.ts'
import { loadUnits } from '../backend/run.ts'

/** Where the clock of the home stands when a program begins: microseconds since the beginning of 1970. */
export const BEGINNING = 1_000_000_000_000_000n

/**
 * @param text a program whose main process takes a keyboard, a screen or both
 * @param input what is typed
 * @returns what it prints, a byte a character
 * @throws Error when it does not end well
 */
export async function output(text: string, input = ''): Promise<string> {
  const program = await compileText(text, { verify: false })
  const { main } = program.manifest
  const machine = (await loadUnits(program)).get(main?.unit ?? '')?.machines[0]
  if (main === undefined || machine === undefined) throw new Error('the program has no main process')
  let time = 0
  const lone = loneHost(new HomeServices({ clock: () => ({ microseconds: BEGINNING + BigInt(Math.floor(time)), minutesEast: 90 }) }))
  const run = runPlain((ports) => mainFrame(machine, main.parameters, (end) => ports[end]), {
    input: Buffer.from(input, 'latin1'),
    steps: Number.MAX_SAFE_INTEGER,
    host: (p, ...call) => {
      time = p.kernel.now()
      return lone(p, ...call)
    },
  })
  if (run.kind !== 'ended') throw new Error(`it did not end but: ${run.kind}`, { cause: run.failure?.error })
  return Buffer.from(run.screen).toString('latin1')
}
