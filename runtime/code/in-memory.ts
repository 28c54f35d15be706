/** Units without files: the text of each becomes a function of what it imports. For browsers, and for tests that load many programs. */
import * as abi from '../abi.ts'
import type { Unit } from '../kernel/scheduler/state.ts'
import type { CodeUnit } from './program.ts'

/** What a unit's module exports. */
type Exports = Readonly<Record<string, unknown>>

/** Units that were loaded, and what others import of them. */
export class MemoryLoader {
  private readonly modules = new Map<string, Exports>()
  private readonly units = new Map<string, Unit>()

  /**
   * Loads a unit whose code is known to be the compiler's own.
   * @returns the same object each time; `debug` is that of the last call
   * @throws Error when a unit that it imports has not been loaded, or when the code is not what the compiler writes
   */
  load({ hash, name, code, debug }: Pick<CodeUnit, 'hash' | 'name' | 'code' | 'debug'>): Unit {
    const known = this.units.get(hash)
    if (known !== undefined) {
      known.debug = debug
      return known
    }
    const module = evaluate(code, (from) => {
      if (from === 'godwit:abi') return abi
      const imported = this.modules.get(from.slice('unit:'.length))
      if (imported === undefined) throw new Error(`unit \`${name}\` imports ${from}, which has not been loaded`)
      return imported
    })
    const unit = module['U'] as Unit // what every unit exports
    unit.hash = hash
    unit.debug = debug
    this.modules.set(hash, module)
    this.units.set(hash, unit)
    return unit
  }

  get(hash: string): Unit | undefined {
    return this.units.get(hash)
  }
}

/** Runs a canonical module: its imports become calls of `imported`, and its exports become properties of what is returned. */
function evaluate(code: string, imported: (from: string) => Exports): Exports {
  const exported: string[] = []
  const body = code
    .replace(/^import (\{[^}]*\}|\* as \w+) from '([^']*)'/gm, (_, what: string, from: string) => {
      const names = what.startsWith('*') ? what.slice('* as '.length) : what.replaceAll(' as ', ': ')
      return `const ${names} = imported ('${from}')`
    })
    .replace(/^export ((?:function|class|const) (\w+))/gm, (_, head: string, name: string) => {
      exported.push(name)
      return head
    })
  // it is the compiler's own code, which is what is to run
  // eslint-disable-next-line @typescript-eslint/no-implied-eval, @typescript-eslint/no-unsafe-call
  return new Function('imported', `'use strict'\n${body}\nreturn { ${exported.join(', ')} }`)(imported) as Exports // that is what the text returns
}
