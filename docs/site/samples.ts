/** Which samples a page can run: those that ask the host for nothing but a terminal and the clock. */
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compile } from '../../compiler/index.ts'
import { HOST_SERVICES } from '../../runtime/host-services.ts'
import type { HostServiceRow } from '../../runtime/host-services.ts'

/** What programs are denied in the playground, since a page has none of it. */
const NOT_IN_A_PAGE: ReadonlySet<HostServiceRow['of']> = new Set<HostServiceRow['of']>(['arguments', 'environment', 'files', 'net'])

const absent = Object.entries<HostServiceRow>(HOST_SERVICES).flatMap(([name, { of }]) => (NOT_IN_A_PAGE.has(of) ? [name] : []))
const library = fileURLToPath(new URL('../../runtime/library', import.meta.url))

export interface SampleChoice {
  /** Texts by names. */
  readonly chosen: Readonly<Record<string, string>>
  /** Samples that are left out, by names, with the services that they call. */
  readonly left: ReadonlyMap<string, readonly string[]>
}

/** @throws Error when a sample does not compile */
export async function chooseSamples(folder: string): Promise<SampleChoice> {
  const chosen: Record<string, string> = {}
  const left = new Map<string, readonly string[]>()
  for (const name of readdirSync(folder).sort()) {
    if (!name.endsWith('.csp')) continue
    const text = readFileSync(join(folder, name), 'utf8')
    const { program } = await compile(join(folder, name), {
      libraryDirectory: library,
      read: (path) => (existsSync(path) ? readFileSync(path, 'utf8') : undefined),
      sha256: (part) => createHash('sha256').update(part).digest('hex'),
    })
    if (program === undefined) throw new Error(`${name} does not compile`)
    const called = absent.filter((service) => program.units.some(({ code }) => code.includes(`'${service}'`)))
    if (called.length === 0) chosen[name] = text
    else left.set(name, called)
  }
  return { chosen, left }
}
