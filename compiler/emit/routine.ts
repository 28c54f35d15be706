/** One routine as TypeScript: its frame class and step function, or its plain function. */
import { lineColumn, type Span } from '../../grammar/source.ts'
import type { LiveSet, Mask } from '../core/passes/live-set.ts'
import type { Liveness } from '../core/passes/liveness.ts'
import type { Points, Range } from '../core/passes/split.ts'
import type { CallBranch, CoreType, Expr, Label, LiftedRoutine, LiftedStmt, Local, ParBranch, Routine } from '../core/ir/ir.ts'
import { eachAssigned, eachStmt } from '../core/ir/walk.ts'
import { emitList } from './lists.ts'
import { comparedLocals } from './literals.ts'
import { Names } from './names.ts'
import { hoistedLocals } from './scopes.ts'
import type { Strip } from './strips.ts'
import type { UnitEmitter } from './unit.ts'
import { blankText, slotType } from './values.ts'
import { typed, untyped, Writer } from './writer.ts'

export class RoutineEmitter {
  readonly points: Points
  readonly liveness: Liveness
  /** Where the body is written. */
  w = new Writer()
  /** Locals that are assigned after their declaration. */
  readonly assigned = new Set<Local>()
  readonly hoisted: ReadonlySet<Local>
  private readonly slots: ReadonlySet<Local>
  private readonly used = new Set<Local>()
  private readonly names: Names
  private readonly known = new Map<Local, string>()
  private readonly labels = new Map<Label, string>()
  /** The branches of its PARs, each with the point after its join. */
  readonly branches: { readonly point: number; readonly branch: ParBranch<CallBranch> }[] = []
  private scratches: string[] = []
  private ended: string | undefined
  /** Fields for what the frame keeps for the next time that it comes to a PAR or an ALT; they are no state. */
  private readonly kept: { readonly name: string; readonly type: string }[] = []
  /** How many loops there are around what is being written. */
  loops = 0
  /** Locals and arrays that are compared with more than one literal: see `literals.ts`. */
  readonly compared: ReadonlySet<Local>
  /** Whether the body looks at `pc`. */
  usesPc = false
  /** Whether the body keeps the fuel in a variable, in some nest of loops. */
  usesFuel = false
  /** Labels within the nest of loops that is being written, if one is. */
  nest: Set<Label> | undefined
  /** Whether what is written is evaluated only where something is known to be wrong, and has every check. */
  isExact = false
  /** The strip whose rounds are being written, if they are: see `strips.ts`. */
  strip: Strip | undefined
  readonly unit: UnitEmitter
  readonly routine: Routine
  readonly lifted: LiftedRoutine
  private readonly params: ReadonlySet<Local>
  /** Locals that go into the frame where they are declared. */
  private readonly early: ReadonlySet<Local>
  /** Locals that no suspension need put into the frame: parameters that nothing is assigned to, and those that went there early. */
  private readonly unchanged: Mask

  constructor(unit: UnitEmitter, lifted: LiftedRoutine) {
    const { routine, body } = lifted
    this.unit = unit
    this.routine = routine
    this.lifted = lifted
    this.params = new Set(lifted.params)
    this.names = new Names(unit.names)
    this.points = known(unit.program.points.get(routine), routine)
    this.liveness = known(unit.program.liveness.get(routine), routine)
    this.slots = new Set(routine.direct ? lifted.params : this.liveness.slots)
    for (const slot of this.slots) this.name(slot)
    this.used.clear()
    this.hoisted = hoistedLocals(body, this.points.ranges)
    this.compared = comparedLocals(body)
    eachStmt(body, (s) => {
      eachAssigned(s, (local) => this.assigned.add(local))
    })
    this.early = this.earlyLocals()
    this.unchanged = this.liveness.maskOf([...lifted.params.filter((local) => !this.assigned.has(local)), ...this.early])
  }

  /** @returns the identifier of a local */
  name(local: Local): string {
    this.used.add(local)
    let name = this.known.get(local)
    if (name === undefined) {
      name = this.names.make(local.name)
      this.known.set(local, name)
    }
    return name
  }

  label(label: Label): string {
    let name = this.labels.get(label)
    if (name === undefined) {
      name = this.names.make(label.name)
      this.labels.set(label, name)
    }
    return name
  }

  /** @returns a new name for something within one statement */
  fresh(wanted: string): string {
    return this.names.make(wanted)
  }

  /** The variable that tells whether a callee has ended: one name, since it lasts for one statement. */
  get done(): string {
    this.ended ??= this.fresh('done')
    return this.ended
  }

  /** @returns the name of a variable for an index that is used twice in an expression */
  scratch(): string {
    const name = this.names.make(`t${this.scratches.length + 1}`)
    this.scratches.push(name)
    return name
  }

  /** Writes something beside the body, in a function of its own. @returns its lines, and the scratch variables that it needs */
  aside(write: () => void): { readonly text: readonly string[]; readonly scratches: readonly string[] } {
    const { w, scratches, strip } = this
    this.w = new Writer().nested()
    this.scratches = []
    this.strip = undefined // its sums are variables of the body
    write()
    const text = this.w.text().replace(/\n$/, '').split('\n')
    const own = this.scratches
    this.w = w
    this.scratches = scratches
    this.strip = strip
    return { text, scratches: own }
  }

  /** @returns the name of a new field that keeps something of an ABI type, or null, for the next time; it is no state */
  keep(wanted: string, type: string): string {
    const name = this.names.make(wanted)
    this.kept.push({ name, type })
    return name
  }

  range(s: LiftedStmt): Range | undefined {
    return this.points.ranges.get(s)
  }

  isSlot(local: Local): boolean {
    return this.slots.has(local)
  }

  isParam(local: Local): boolean {
    return this.params.has(local)
  }

  /**
   * @returns the channels and barriers that never change, where they are many: each suspension would put all of them into the frame. A few are put there
   *   when that is needed, which costs less than doing so early.
   */
  private earlyLocals(): ReadonlySet<Local> {
    const found = new Set<Local>()
    if (this.routine.direct || this.slots.size <= FEW) return found
    eachStmt(this.lifted.body, (s) => {
      if (s.kind !== 'declare' || s.value === undefined || this.isParam(s.local) || !this.isSlot(s.local)) return
      const { item } = s.local.type
      if ((item === 'channel' || item === 'monitor') && !this.assigned.has(s.local)) found.add(s.local)
    })
    return found.size > FEW ? found : new Set()
  }

  isEarly(local: Local): boolean {
    return this.early.has(local)
  }

  /** @returns the assignments that put what is live at `point` into the frame, each ending in `; ` */
  spills(point: number): string {
    let text = ''
    for (const local of this.liveness.live[point]?.without(this.unchanged) ?? []) {
      text += `f.${this.name(local)} = ${this.name(local)}; `
    }
    return text
  }

  /** @returns a statement that suspends the machine at `point` when `done` is false */
  suspendUnless(done: string, point: number): string {
    const spills = this.spills(point)
    return spills === '' ? `if (!${done}) return false` : `if (!${done}) { ${spills}return false }`
  }

  site(span: Span): number {
    return this.unit.site(span)
  }

  // -------------------------------------------------------------------------------------------- whole routines

  /** Writes the routine: for a machine the frame class too. */
  emit(into: Writer): void {
    if (this.routine.direct) this.direct(into)
    else this.machine(into)
  }

  /** Branches are called by nobody else. (V8 looks up an exported name by going through all of them.) */
  private get exported(): string {
    return this.routine.kind === 'branch' ? '' : 'export '
  }

  private direct(into: Writer): void {
    const { routine, lifted, unit } = this
    const body = into.nested()
    this.w = body
    emitList(this, lifted.body)
    const returns = lifted.outs.map((l) => this.name(l))
    if (returns.length === 1) body.line(`return ${returns[0] ?? ''}`)
    else if (returns.length > 1) body.line(`return [${returns.join(', ')}]`)
    const types = [...lifted.outs.map((l) => l.type), ...routine.results].map((t) => unit.type(t))
    const result = types.length === 0 ? 'void' : types.length === 1 ? (types[0] ?? 'void') : `[${types.join(', ')}]`
    const params = lifted.params.map((l) => `${this.name(l)}${typed(`: ${unit.type(l.type)}`)}`).join(', ')
    into.line(typed(`/** ${unit.title(routine)} */`))
    into.open(`export function ${unit.routineName(routine)}(${params})${typed(`: ${result}`)} {`, routine.span)
    this.scratchLine(into)
    this.hoistLines(into)
    into.append(body)
    into.close('}')
  }

  private machine(into: Writer): void {
    const { routine, unit } = this
    const { slots } = this.liveness
    const className = unit.frameName(routine)
    const params = slots.filter((l) => this.isParam(l))
    const rest = slots.filter((l) => !this.isParam(l))
    this.used.clear()
    const body = into.nested()
    this.w = body
    emitList(this, this.lifted.body, true)
    this.end(body)
    const loaded = slots.filter((l) => this.used.has(l))

    into.line(typed(`/** ${unit.title(routine)} */`))
    into.open(`${this.exported}class ${className} extends ${unit.abi('Frame')} {`, routine.span)
    const fields = [
      ...rest.map((l) => field(this, this.name(l), l.type)),
      ...routine.results.map((type, i) => field(this, resultName(routine, i), type)),
      ...this.kept.map(({ name, type }) => ({ name, type: `: ${unit.abiType(type)} | null`, blank: 'null' })),
    ]
    for (const f of fields) into.line(typed(`${f.name}${f.type} = ${f.blank}`))
    const formals = params.map((l) => `${typed('public ')}${this.name(l)}${typed(`: ${unit.type(l.type)}`)}`)
    into.open(`constructor(${[`caller${typed(': Frame | null')}`, ...formals].join(', ')}) {`)
    into.line('super()')
    for (const l of params) into.line(untyped(`this.${this.name(l)} = ${this.name(l)}`))
    for (const f of fields) into.line(untyped(`this.${f.name} = ${f.blank}`))
    into.line('this.pc = 0; this.pending = null; this.caller = caller')
    into.close('}')
    into.close('}')
    into.line('')

    into.open(
      `${this.exported}function ${unit.routineName(routine)}(p${typed(': Process')}, f${typed(`: ${className}`)})${typed(': boolean')} {`,
      routine.span,
    )
    const fixed = loaded.filter((l) => this.isParam(l) && !this.assigned.has(l))
    const varying = loaded.filter((l) => !fixed.includes(l))
    if (fixed.length > 0) into.line(`const { ${fixed.map((l) => this.name(l)).join(', ')} } = f`)
    const mutable = [...varying.map((l) => this.name(l)), ...(this.usesPc ? ['pc'] : [])]
    if (mutable.length > 0) into.line(`let { ${mutable.join(', ')} } = f`)
    this.scratchLine(into)
    this.hoistLines(into)
    into.append(body)
    into.close('}')
  }

  /** The end of a machine: results go into the frame. */
  end(w: Writer): void {
    for (const l of this.lifted.outs) w.line(`f.${this.name(l)} = ${this.name(l)}`)
    w.line('return true')
  }

  private scratchLine(into: Writer): void {
    const names = this.scratches.map((name) => `${name} = 0`)
    if (this.usesFuel) names.push('fuel = 0')
    if (names.length > 0) into.line(`let ${names.join(', ')}`)
  }

  private hoistLines(into: Writer): void {
    const list = [...this.hoisted].filter((l) => this.known.has(l) && !this.isSlot(l))
    for (const l of list) {
      const blank = blankText(l.type)
      if (blank.abi !== undefined) this.unit.abi(blank.abi)
      into.line(`let ${this.name(l)}${isObject(l.type) ? typed(`: ${this.unit.type(l.type)}`) : ''} = ${blank.text}`)
    }
  }

  // -------------------------------------------------------------------------------------------- what unit () is told

  /** @returns the machine's entry in `unit ({ machines })` */
  definition(): string {
    const { routine, lifted, unit } = this
    const { slots, live } = this.liveness
    const schema = this.schema()
    const className = unit.frameName(routine)
    const blanks = slots
      .filter((l) => this.isParam(l))
      .map((l) => {
        const blank = blankText(l.type)
        if (blank.abi !== undefined) unit.abi(blank.abi)
        return blank.text
      })
    const lives = live.map((set) => `[${slotNumbers(set, this.liveness.numbers).join(', ')}]`)
    const given = new Set([...lifted.outs, ...lifted.written])
    const returned = slots.flatMap((l, i) => (given.has(l) ? [i] : []))
    const results = [...returned, ...routine.results.map((_, i) => slots.length + i)]
    return [
      `{`,
      `  name: '${routine.name}', step: ${unit.routineName(routine)}, blank: () => new ${className}(${['null', ...blanks].join(', ')}),`,
      `  slots: [${schema.map((s) => `['${s.name}', '${s.type}']`).join(', ')}],`,
      `  live: [${lives.join(', ')}],`,
      `  results: [${results.join(', ')}],${lifted.tied ? ' tied: true,' : ''}`,
      `}`,
    ].join('\n')
  }

  /** @returns the branches that are given channels: the point after the join, the label, the line, and the actuals */
  branchActuals(): (readonly [number, string, number, Readonly<Record<string, string>>])[] {
    return this.branches
      .filter(({ branch }) => branch.written !== undefined && branch.written.length > 0)
      .map(({ point, branch: { label, runs, written } }) => {
        const { file, start } = runs.call.span
        return [point, label, lineColumn(file, start).line, Object.fromEntries((written ?? []).map((w) => [w.formal, w.actual]))] as const
      })
  }

  /** @returns what the text calls the slots, results last */
  slotNames(): string[] {
    return [...this.liveness.slots.map((l) => l.name), ...this.routine.results.map((_, i) => resultName(this.routine, i))]
  }

  /** @returns how the text declares the slots, results last: each type spelled out, with the bounds that its values are known to have */
  slotDeclarations(): string[] {
    const declared = this.liveness.slots.map(({ declared = '', fixed, range }) =>
      fixed && range !== undefined ? `${declared} ${range[0]}..${range[1]}` : declared,
    )
    return [...declared, ...this.routine.results.map(() => '')]
  }

  /** @returns the slots whose declarations give them a value that is known: number of the slot, value */
  slotInitials(): (readonly [number, string])[] {
    const found = new Map<Local, string>()
    eachStmt(this.lifted.body, (s) => {
      const isIndex = s.kind === 'declare' && s.local.fixed && !s.local.type.array && s.local.type.item !== 'channel'
      if (s.kind !== 'declare' || s.value === undefined || s.local.declared === undefined || isIndex) return
      const text = constantText(s.value)
      if (text !== undefined) found.set(s.local, text)
    })
    return this.liveness.slots.flatMap((local, i) => {
      const text = found.get(local)
      return text === undefined ? [] : [[i, text] as const]
    })
  }

  /** @returns names and types of the slots, results last */
  schema(): { name: string; type: string }[] {
    const { routine, lifted } = this
    const slots = this.liveness.slots.map((l) => ({
      name: this.name(l),
      type: slotType(l.type, lifted.directions.get(l), this.isParam(l) && !lifted.outs.includes(l)),
    }))
    return [...slots, ...routine.results.map((type, i) => ({ name: resultName(routine, i), type: slotType(type, undefined) }))]
  }
}

/** @returns a value that is known, for whoever makes one without running the code: `7`, `TRUE`, `[1, 2]`, `CHAN` */
function constantText(e: Expr): string | undefined {
  if (e.kind === 'literal') return scalarText(e.value)
  if (e.kind === 'clone') return constantText(e.array)
  if (e.kind === 'table' && e.values.length <= LONGEST_TABLE) return `[${e.values.map(scalarText).join(', ')}]`
  return e.kind === 'new-channel' ? 'CHAN' : undefined
}

function scalarText(value: bigint | number | boolean): string {
  return typeof value === 'boolean' ? (value ? 'TRUE' : 'FALSE') : Object.is(value, -0) ? '-0' : String(value)
}

/** Elements of a table that is told as the value of a slot. */
const LONGEST_TABLE = 256

/** @returns whether a variable of the type holds an object, whose class its first value need not tell */
const isObject = ({ array, item }: CoreType): boolean => array || item === 'channel' || item === 'mobile' || item === 'monitor'

/** So many locals may be put into the frame at each suspension. */
const FEW = 64

/** A stretch of so many slots is written by its ends. */
const LONG_STRETCH = 32

/** @returns the numbers of some slots, in ascending order; of a long stretch only the first, and the last with a minus (see `liveSlots` of the kernel) */
function slotNumbers(set: LiveSet, numbers: readonly number[]): number[] {
  const found: number[] = []
  const write = (first: number, last: number): void => {
    if (last - first + 1 >= LONG_STRETCH) found.push(first, -last)
    else for (let number = first; number <= last; number++) found.push(number)
  }
  let open: readonly [first: number, last: number] | undefined
  for (const [firstBit, lastBit] of set.stretches()) {
    const [first, last] = [numbers[firstBit] ?? 0, numbers[lastBit] ?? 0]
    if (open !== undefined && first === open[1] + 1) open = [open[0], last]
    else {
      if (open !== undefined) write(...open)
      open = [first, last]
    }
  }
  if (open !== undefined) write(...open)
  return found
}

function known<T>(found: T | undefined, routine: Routine): T {
  if (found === undefined) throw new Error(`${routine.name} has not been analysed`)
  return found
}

/** @returns the field of a function's frame that holds its result number `i` */
export function resultName(routine: Routine, i: number): string {
  return routine.results.length === 1 ? 'result$' : `result$${i + 1}`
}

/** @returns the name, the type where it must be written, and the first value of a field */
function field(m: RoutineEmitter, name: string, type: Local['type']): { name: string; type: string; blank: string } {
  const blank = blankText(type)
  if (blank.abi !== undefined) m.unit.abi(blank.abi)
  return { name, type: isObject(type) ? `: ${m.unit.type(type)}` : '', blank: blank.text }
}
