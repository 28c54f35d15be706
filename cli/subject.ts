/** What of a file is explored, replayed or debugged: its program, or one of its TESTs. */
import type { ConsoleEnd } from '../runtime/index.ts'
import type { Channel, Frame } from '../runtime/kernel/scheduler/state.ts'
import { loadMain, mainFrame } from '../runtime/run/main-frame.ts'
import { withCodeStore } from './code-cache.ts'
import { UsageError } from './errors.ts'
import type { Runnable } from './program-cache.ts'

/** What is explored, or replayed. */
export interface Subject {
  /** For messages. */
  readonly name: string
  /** Hash of the unit that it begins with. */
  readonly unit: string
  /** Of a TEST. */
  readonly title?: string
  readonly main: (channel: (end: ConsoleEnd) => Channel) => Frame
}

/**
 * @param title of a TEST, or a part of it; absent: the program itself
 * @param verb what is to be done with it
 * @param options how its code is linked
 * @throws UsageError when there is no such thing in the file
 */
export async function subjectOf(
  file: string,
  program: Runnable,
  title: string | undefined,
  verb: 'explore' | 'replay' | 'debug',
  options: { readonly watched?: boolean } = {},
): Promise<Subject> {
  const { manifest, units } = program
  if (title === undefined) {
    const { main } = manifest
    if (main === undefined) {
      throw new UsageError(
        `\`${file}\` has no PROC to ${verb}`,
        'the last PROC of the file is the program',
        ...(manifest.tests.length === 0 || verb !== 'explore' ? [] : ['`--test "TITLE"` explores a TEST']),
      )
    }
    const machine = await withCodeStore((store) => {
      for (const unit of units) store.put(unit)
      return loadMain(manifest, store)
    }, options)
    return { name: file, unit: main.unit, main: (channel) => mainFrame(machine, main.parameters, channel) }
  }
  const found = manifest.tests.filter((test) => test.title.includes(title))
  const exact = found.find((test) => test.title === title)
  const test = exact ?? found[0]
  if (test === undefined || (exact === undefined && found.length > 1)) {
    const titles = (found.length > 1 ? found : manifest.tests).map((each) => `"${each.title}"`)
    throw new UsageError(
      found.length > 1 ? `\`${title}\` is part of the titles of ${found.length} TESTs` : `\`${file}\` has no TEST \`${title}\``,
      titles.length === 0 ? 'it has no TEST at all' : `it has ${titles.join(', ')}`,
    )
  }
  const loaded = await withCodeStore((store) => {
    for (const unit of units) store.put(unit)
    return store.load(test.unit)
  })
  const machine = loaded.machines[0]
  if (machine === undefined) throw new Error(`the unit of the test ${test.title} holds no machine`)
  return { name: `${file}, TEST "${test.title}"`, unit: test.unit, title: test.title, main: () => machine.blank() }
}
