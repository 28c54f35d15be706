/** What the tests of refinement share: comparing PROCs of a text. */
import { procOf, requireComparable, requireSameChannels, shownOf, outsideOf, componentOf } from '../../cli/refinement/compared.ts'
import type { Shown } from '../../cli/refinement/compared.ts'
import { valueChoices } from '../../cli/refinement/choices.ts'
import { refine } from '../../runtime/explore/refinement/refine.ts'
import type { Model, Refinement } from '../../runtime/explore/refinement/refine.ts'
import { compileText } from '../backend/compile.ts'

export const MODELS: readonly Model[] = ['traces', 'failures', 'divergences']

/** Compiles a text whose PROCs are to be compared. */
export async function comparable(text: string): Promise<Shown> {
  return shownOf('test.csp', await compileText(text, { entries: true }))
}

/** @returns what comes of comparing two PROCs of a text */
export async function compared(shown: Shown, proc: string, specification: string, model: Model, values = '0..1'): Promise<Refinement> {
  const [its, wanted] = [procOf(shown, proc), procOf(shown, specification)]
  for (const each of [its, wanted]) requireComparable(shown, each)
  requireSameChannels(shown, its, shown, wanted)
  const outside = outsideOf(shown.shown, its, valueChoices(values))
  const steps = refine({
    implementation: await componentOf(shown, its, outside),
    specification: await componentOf(shown, wanted, outside),
    channels: outside.channels,
    model,
  })
  for (let step = steps.next(); ; step = steps.next(false)) if (step.done === true) return step.value
}

/** @returns in what kind of difference a comparison has ended: `trace`, `refusal`, `divergence`; or `refines` */
export function verdictOf({ kind, refuted }: Refinement): string {
  return refuted?.difference.kind ?? kind
}
