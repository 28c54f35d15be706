/** One code unit as a TypeScript module: imports, tables, routines, and the call of `unit ()` that registers its machines. */
import { lineColumn, textOf, withoutBrackets } from '../../grammar/source.ts'
import type { Span } from '../../grammar/source.ts'
import type { CoreType, LiftedRoutine, Local, Routine, Scalar } from '../core/ir/ir.ts'
import { calleesOf } from '../core/ir/call-graph.ts'
import type { Live } from '../core/passes/liveness.ts'
import type { UnitDebug } from '../host.ts'
import { className, Names } from './names.ts'
import { RoutineEmitter } from './routine.ts'
import { arrayClass, elementText, typeText } from './values.ts'
import { harmless, rendered, typed, Writer } from './writer.ts'
import type { Language, SpanMark } from './writer.ts'

/** Names that are types too, so that a constant cannot stand for them. */
const ABI_CLASSES: ReadonlySet<string> = new Set(['Channel', 'Frame', 'Join', 'Process'])

/** A function or frame class of another unit. */
interface Import {
  readonly local: string
  readonly isClass: boolean
}

/** Where each routine has been emitted. */
type Registry = Map<Routine, UnitEmitter>

/** What the units of a program share. */
export interface Surroundings {
  readonly program: Live
  readonly byRoutine: ReadonlyMap<Routine, LiftedRoutine>
  readonly registry: Registry
}

export class UnitEmitter {
  readonly names = new Names()
  readonly emitters = new Map<Routine, RoutineEmitter>()
  private readonly stepNames = new Map<Routine, string>()
  private readonly frameNames = new Map<Routine, string>()
  private readonly abiNames = new Set<string>()
  private readonly types = new Set<string>(['Process'])
  /** What other units export, by its name there. */
  private readonly imported = new Map<UnitEmitter, Map<string, Import>>()
  /** Names of routines and frames that the module uses; others are not imported. */
  private readonly mentioned = new Set<string>()
  private readonly tables = new Map<string, string>()
  private readonly tableLines: string[] = []
  private readonly sites: Span[] = []
  private readonly siteNumbers = new Map<string, number>()
  private readonly files: string[] = []
  /** The module without its import lines. */
  readonly body = new Writer()
  readonly name: string
  readonly routines: readonly Routine[]
  readonly program: Live
  private readonly registry: Registry
  private readonly byRoutine: ReadonlyMap<Routine, LiftedRoutine>

  /**
   * @param name the unit's name
   * @param members what it consists of; every other routine they call is in the registry of `around` already
   */
  constructor(name: string, members: readonly LiftedRoutine[], around: Surroundings) {
    const routines = members.map(({ routine }) => routine)
    this.name = name
    this.routines = routines
    this.registry = around.registry
    this.program = around.program
    this.byRoutine = around.byRoutine
    const { registry } = around
    for (const r of routines) registry.set(r, this)
    for (const r of routines) {
      this.stepNames.set(r, this.names.make(r.name))
      if (!r.direct) this.frameNames.set(r, this.names.make(className(r.name)))
    }
    // Names from elsewhere are taken before any local gets one, so that no local hides them.
    for (const r of members) for (const callee of calleesOf(r.body)) this.take(callee)
    for (const r of members) this.emitters.set(r.routine, new RoutineEmitter(this, r))
    this.write()
  }

  private take(callee: Routine): void {
    const from = this.registry.get(callee)
    if (from === undefined) throw new Error(`${callee.name} is called before it is emitted`)
    if (from === this || this.stepNames.has(callee)) return
    const names = this.imported.get(from) ?? new Map<string, Import>()
    this.imported.set(from, names)
    const step = from.exported(callee)
    const local = this.names.make(step)
    names.set(step, { local, isClass: false })
    this.stepNames.set(callee, local)
    if (callee.direct) return
    const frame = from.exportedFrame(callee)
    const localFrame = this.names.make(frame)
    names.set(frame, { local: localFrame, isClass: true })
    this.frameNames.set(callee, localFrame)
  }

  private exported(r: Routine): string {
    return required(this.stepNames.get(r), r)
  }

  private exportedFrame(r: Routine): string {
    return required(this.frameNames.get(r), r)
  }

  // -------------------------------------------------------------------------------------------- for the routines

  /** @returns `name`, which is imported from the ABI */
  abi(name: string): string {
    this.abiNames.add(name)
    return name
  }

  /** @returns the text of a type, whose names are imported as types */
  type(type: CoreType): string {
    if (type.item === 'channel') this.types.add('Channel')
    if (type.item === 'monitor') this.types.add('Monitor')
    if (type.item === 'mobile') this.types.add(type.array ? 'Reference' : 'Mobile')
    return typeText(type)
  }

  /** @returns `name`, which is imported from the ABI as a type at least */
  abiType(name: string): string {
    this.types.add(name)
    return name
  }

  /** @returns what is known of a routine of the program */
  lifted(r: Routine): LiftedRoutine {
    const found = this.byRoutine.get(r)
    if (found === undefined) throw new Error(`${r.name} is not in the program`)
    return found
  }

  /** @returns the name of a routine's function in this module */
  routineName(r: Routine): string {
    return this.mention(required(this.stepNames.get(r), r))
  }

  /** @returns the name of a machine's frame class in this module */
  frameName(r: Routine): string {
    return this.mention(required(this.frameNames.get(r), r))
  }

  private mention(name: string): string {
    this.mentioned.add(name)
    return name
  }

  /** @returns the field of a machine's frame that holds `local` */
  fieldName(r: Routine, local: Local): string {
    const emitter = this.registry.get(r)?.emitters.get(r)
    if (emitter === undefined) throw new Error(`${r.name} has no frame`)
    return emitter.name(local)
  }

  /** @returns whether the frames of a machine may hold arrays that are not their parents' */
  hasOwnArrays(r: Routine): boolean {
    const params = new Set(this.lifted(r).params)
    const slots = this.program.liveness.get(r)?.slots ?? []
    return slots.some((l) => l.type.item === 'mobile' || (l.type.array && (l.type.mobile === true || !params.has(l))))
  }

  /** @returns whether a call of `r` from this unit may come back to the caller, so that calls nest without bound */
  isKnot(r: Routine): boolean {
    return this.lifted(r).recursive && this.registry.get(r) === this
  }

  /** @returns the name of a constant array of this module */
  table(item: Scalar, values: readonly (bigint | number | boolean)[]): string {
    const elements = values.map((v) => elementText(item, v)).join(', ')
    const key = `${arrayClass(item)}.of(${elements})`
    let name = this.tables.get(key)
    if (name === undefined) {
      name = this.names.make(`TABLE_${this.tables.size + 1}`)
      this.tables.set(key, name)
      const made =
        values.length === 0 ? `new ${arrayClass(item)}(0)` : values.length > 1000 ? `new ${arrayClass(item)}([${elements}])` : key
      this.tableLines.push(`const ${name} = ${made}${item === 'byte' ? typed(comment(values)) : ''}`)
    }
    return name
  }

  /** @returns a name that nothing else in this module has */
  newName(wanted: string): string {
    return this.names.make(wanted)
  }

  /** Writes a function of this module that only its own routines call. */
  helper(lines: readonly string[]): void {
    for (const line of lines) this.tableLines.push(line)
  }

  /** @returns the name of a new constant of this module. @param value an expression of other constants and of functions */
  constant(wanted: string, value: string): string {
    const name = this.names.make(wanted)
    this.tableLines.push(`const ${name} = ${value}`)
    return name
  }

  /** @returns the number of a fault site; brackets around what failed say nothing about it */
  site(bracketed: Span): number {
    const span = withoutBrackets(bracketed)
    const key = `${span.file.path}:${span.start}:${span.end}`
    let n = this.siteNumbers.get(key)
    if (n === undefined) {
      n = this.sites.length
      this.sites.push(span)
      this.siteNumbers.set(key, n)
    }
    return n
  }

  /** @returns `PROC succ (CHAN INT in?, out!) -- commstime.csp:12` */
  title(r: Routine): string {
    const { line } = lineColumn(r.span.file, r.span.start)
    return harmless(`${r.title} -- ${r.span.file.path}:${line}`.replaceAll('*/', '* /'))
  }

  // -------------------------------------------------------------------------------------------- the module

  private write(): void {
    const routines = new Writer()
    for (const emitter of this.emitters.values()) {
      emitter.emit(routines)
      routines.line('')
    }
    const machines = [...this.emitters.values()].filter((m) => !m.routine.direct)
    const definitions = machines.map((m) => m.definition().split('\n'))
    const { body } = this
    for (const line of this.tableLines) body.line(line)
    if (this.tableLines.length > 0) body.line('')
    body.append(routines)
    this.abi('unit')
    body.open('const $ = unit({')
    body.line(`name: '${this.name}',`)
    if (definitions.length === 0) body.line('machines: [],')
    else {
      body.open('machines: [')
      for (const lines of definitions) lines.forEach((line, i) => body.line(i === lines.length - 1 ? `${line},` : line))
      body.close('],')
    }
    body.close('})')
    body.line('export const U = $')
  }

  /** @returns the units this one imports */
  get imports(): readonly UnitEmitter[] {
    return [...this.imported.keys()]
  }

  /**
   * @param specifier what another unit is imported as
   * @param abi what the ABI is imported as
   * @returns the module's text and marks
   */
  module(language: Language, specifier: (unit: UnitEmitter) => string, abi: string): { text: string; marks: readonly SpanMark[] } {
    const typescript = language === 'typescript'
    // V8 inlines what a constant of the module holds, and does so less well with what is imported or exported: that may have no value yet.
    const classes = [...this.abiNames].filter((name) => ABI_CLASSES.has(name)).sort()
    const constants = [
      `const { ${[...this.abiNames]
        .filter((name) => !ABI_CLASSES.has(name))
        .sort()
        .join(', ')} } = abi`,
    ]
    const types = typescript ? [...this.types].filter((name) => !this.abiNames.has(name)).sort() : []
    const lines = [`import * as abi from '${abi}'`]
    if (classes.length + types.length > 0)
      lines.push(`import { ${[...classes, ...types.map((name) => `type ${name}`)].join(', ')} } from '${abi}'`)
    for (const [unit, names] of this.imported) {
      const list: string[] = []
      for (const [exported, { local, isClass }] of names) {
        if (!this.mentioned.has(local)) continue
        if (isClass) list.push(exported === local ? local : `${exported} as ${local}`)
        else {
          list.push(`${exported} as ${local}$`)
          constants.push(`const ${local} = ${local}$`)
        }
      }
      lines.push(`import { ${list.join(', ')} } from '${specifier(unit)}'`)
    }
    for (const constant of constants) lines.push(constant)
    const header = `${lines.join('\n')}\n${typescript ? '\n' : ''}`
    const { text, marks } = rendered(this.body.text(), this.body.marks, language)
    return { text: header + text, marks: marks.map((m) => ({ offset: m.offset + header.length, span: m.span })) }
  }

  debug(): UnitDebug {
    const where = (span: Span, what: string): readonly [number, number, number, string] => {
      const { line, column } = lineColumn(span.file, span.start)
      return [this.file(span.file.path), line, column, what]
    }
    const sites = this.sites.map((span) => where(span, textOf(span)))
    const machines = [...this.emitters.values()]
      .filter((m) => !m.routine.direct)
      .map((m) => {
        const branches = m.branchActuals()
        const points = m.points.points.map((p) => where(p.span, p.text))
        const ways = m.points.points.map(({ around, kind, runs }) => [around, kind, ...runs.map(({ name }) => name)].join(' | '))
        const initials = m.slotInitials()
        return {
          name: m.routine.name,
          points,
          ways,
          slots: m.slotNames(),
          declared: m.slotDeclarations(),
          ...(initials.length > 0 ? { initials } : {}),
          ...(branches.length > 0 ? { branches } : {}),
        }
      })
    return { name: this.name, files: this.files, sites, machines }
  }

  private file(path: string): number {
    const at = this.files.indexOf(path)
    return at >= 0 ? at : this.files.push(path) - 1
  }
}

function required(name: string | undefined, r: Routine): string {
  if (name === undefined) throw new Error(`no name for ${r.name} here`)
  return name
}

/** A byte table that is text says so. */
function comment(values: readonly (bigint | number | boolean)[]): string {
  if (values.length === 0 || !values.every((v) => v === 10n || v === 13n || (typeof v === 'bigint' && v >= 32n && v < 127n))) return ''
  const plain = values.map((v) => String.fromCharCode(Number(v))).join('')
  return ` // ${JSON.stringify(plain)}`
}
