/**
 * The package as it is installed outside of a checkout. So that no network is needed, the packages it depends on are links to those of the checkout: the ones
 * that package.json declares, and no others.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { root, temporaryDirectory } from './godwit.ts'

interface Manifest {
  readonly bin: { readonly godwit: string }
  readonly dependencies: Readonly<Record<string, string>>
}

/** @returns the path of the command; the package is in the directory `package` beside it */
export function install(): string {
  const prefix = temporaryDirectory()
  const packed = execFileSync('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', prefix], {
    cwd: root,
    encoding: 'utf8',
  })
  execFileSync('tar', ['-xzf', join(prefix, packed.trim()), '-C', prefix])
  const home = join(prefix, 'package')
  const { bin, dependencies } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as Manifest // our own file
  for (const name of Object.keys(dependencies)) {
    mkdirSync(dirname(join(home, 'node_modules', name)), { recursive: true })
    symlinkSync(join(root, 'node_modules', name), join(home, 'node_modules', name))
  }
  symlinkSync(join(home, bin.godwit), join(prefix, 'godwit'))
  return join(prefix, 'godwit')
}
