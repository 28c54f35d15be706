/** Core as text, for `--dump`. */
import type { Core, CoreRoutine, Expr, Guard, Lifted, LiftedRoutine, LiftedStmt, Local, Out, Routine, Stmt } from './ir/ir.ts'
import type { Liveness } from './passes/liveness.ts'
import type { Points } from './passes/split.ts'

/** What passes may have found out. */
interface Found {
  readonly points?: ReadonlyMap<Routine, Points>
  readonly liveness?: ReadonlyMap<Routine, Liveness>
}

/** @returns a program as indented text; with points and liveness where these are known */
export function dumpCore(program: (Core | Lifted) & Found): string {
  return program.routines.map((r) => new Dump(r, program.points?.get(r.routine), program.liveness?.get(r.routine)).text()).join('\n')
}

class Dump {
  private readonly lines: string[] = []
  private readonly names = new Map<Local, string>()
  private readonly used = new Set<string>()
  private readonly routine: CoreRoutine | LiftedRoutine
  private readonly split: Points | undefined
  private readonly lives: Liveness | undefined

  constructor(routine: CoreRoutine | LiftedRoutine, split: Points | undefined, lives: Liveness | undefined) {
    this.routine = routine
    this.split = split
    this.lives = lives
  }

  text(): string {
    const r = this.routine
    const params = r.params.map((l) => `${this.name(l)}: ${typeText(l, r)}`)
    const outs = r.outs.length > 0 ? ` -> ${r.outs.map((l) => this.name(l)).join(', ')}` : ''
    this.lines.push(
      `${r.routine.kind} ${r.routine.name} (${params.join(', ')})${outs}${r.routine.direct ? ' direct' : ''}${'recursive' in r && r.recursive ? ' recursive' : ''}`,
    )
    if (this.lives !== undefined) this.lines.push(`  slots ${this.lives.slots.map((l) => this.name(l)).join(', ')}`)
    this.list(r.body, '  ')
    return `${this.lines.join('\n')}\n`
  }

  private name(l: Local): string {
    let name = this.names.get(l)
    if (name === undefined) {
      name = l.name
      for (let n = 2; this.used.has(name); n++) name = `${l.name}'${n}`
      this.used.add(name)
      this.names.set(l, name)
    }
    return name
  }

  private list(body: readonly Stmt[], indent: string): void {
    for (const s of body) this.stmt(s, indent)
  }

  private add(s: Stmt, indent: string, text: string): void {
    const range = this.split?.ranges.get(s as LiftedStmt) // only lifted programs have points
    const live = range === undefined ? undefined : this.lives?.live[range.first]
    const at = range === undefined ? '' : `  #${range.first}${range.last > range.first ? `..${range.last}` : ''}`
    const alive = live === undefined ? '' : ` {${[...live].map((l) => this.name(l)).join(' ')}}`
    this.lines.push(`${indent}${text}${at}${alive}`)
  }

  private stmt(s: Stmt, indent: string): void {
    const deeper = `${indent}  `
    const e = (x: Expr): string => this.expr(x)
    switch (s.kind) {
      case 'declare':
        this.add(s, indent, `${s.local.fixed ? 'let' : 'var'} ${this.name(s.local)}${s.value === undefined ? '' : ` = ${e(s.value)}`}`)
        return
      case 'assign':
        this.add(s, indent, `${this.name(s.target)} := ${e(s.value)}`)
        return
      case 'store':
        this.add(s, indent, `${e(s.array)}[${e(s.index)}] := ${e(s.value)}`)
        return
      case 'copy':
        this.add(s, indent, `copy ${e(s.target)} := ${e(s.source)}${s.checked ? ' checked' : ''}`)
        return
      case 'several':
        this.add(s, indent, `${s.targets.map((t) => this.name(t)).join(', ')} := ${e(s.value)}`)
        return
      case 'output':
        this.add(s, indent, `${e(s.channel)} ! ${e(s.value)}`)
        return
      case 'input':
        this.add(s, indent, `${e(s.channel)} ?`)
        this.list(s.then, deeper)
        return
      case 'peek':
        this.add(s, indent, `${e(s.channel)} ??`)
        this.list(s.then, deeper)
        return
      case 'enlist':
        this.add(s, indent, `enlist ${s.name}`)
        this.list(s.then, deeper)
        return
      case 'unlist':
        this.add(s, indent, 'unlist')
        return
      case 'suspend':
        this.add(s, indent, 'suspend')
        return
      case 'activate':
        this.add(
          s,
          indent,
          `${this.name(s.target)} (${s.actuals.map(e).join(', ')})${s.left.map(({ local }) => ` -> ${this.name(local)}`).join('')}`,
        )
        return
      case 'sync':
        this.add(s, indent, `${s.operation} ${e(s.monitor)}`)
        return
      case 'enroll':
        this.add(s, indent, `enroll ${e(s.monitor)} ${e(s.count)}`)
        this.list(s.then, deeper)
        return
      case 'resign':
        this.add(
          s,
          indent,
          s.drops === true
            ? `drop ${e(s.monitor)}`
            : s.ticket === undefined
              ? `release ${e(s.monitor)}`
              : `resign ${e(s.monitor)} ${e(s.ticket)}`,
        )
        return
      case 'sleep':
        this.add(s, indent, `sleep ${e(s.time)}`)
        return
      case 'call':
        this.add(s, indent, `${this.outs(s.outs)}${s.routine.name} (${s.actuals.map(e).join(', ')})`)
        return
      case 'par': {
        const r = s.replicator
        this.add(
          s,
          indent,
          `${s.pri ? 'pri ' : ''}${s.fork !== undefined ? 'fork' : s.forking === true ? 'forking' : 'par'}${r === undefined ? '' : ` ${this.name(r.index)} = ${e(r.base)} for ${e(r.count)}`}`,
        )
        for (const b of s.branches) {
          this.lines.push(`${deeper}${b.label}`)
          this.list(b.runs.kind === 'call' ? [b.runs.call] : b.runs.body, `${deeper}  `)
        }
        return
      }
      case 'alt':
        this.add(s, indent, s.pri ? 'pri alt' : 'alt')
        for (const g of s.guards) this.guard(g, deeper)
        return
      case 'if':
        this.add(s, indent, 'if')
        for (const c of s.choices) {
          this.lines.push(`${deeper}${e(c.condition)}`)
          this.list(c.body, `${deeper}  `)
        }
        if (s.otherwise.length > 0) {
          this.lines.push(`${deeper}otherwise`)
          this.list(s.otherwise, `${deeper}  `)
        }
        return
      case 'case':
        this.add(s, indent, `case ${e(s.selector)}`)
        for (const o of s.options) {
          this.lines.push(`${deeper}${o.labels.map(String).join(', ')}`)
          this.list(o.body, `${deeper}  `)
        }
        this.lines.push(`${deeper}otherwise`)
        this.list(s.otherwise, `${deeper}  `)
        return
      case 'loop':
        this.add(s, indent, `while ${e(s.condition)}`)
        this.list(s.body, deeper)
        if (s.advance.length > 0) this.lines.push(`${indent}advance`)
        this.list(s.advance, deeper)
        return
      case 'block':
        this.add(s, indent, `block ${s.label.name}`)
        this.list(s.body, deeper)
        return
      case 'scope':
        this.list(s.body, indent)
        return
      case 'leave':
        this.add(s, indent, `leave ${s.label.name}${s.unless === undefined ? '' : ` unless ${e(s.unless)}`}`)
        return
      case 'fault':
        this.add(s, indent, `fault ${s.fault}`)
        return
      case 'assert':
        this.add(s, indent, `assert ${e(s.condition)}`)
        return
      case 'check':
        this.add(s, indent, `check ${e(s.value)}`)
        return
      case 'reschedule':
      case 'pass':
        this.add(s, indent, s.kind)
        return
      case 'host':
        this.add(s, indent, `host ${s.service} (${s.actuals.map(e).join(', ')})`)
        this.list(s.then, deeper)
        return
      case 'return':
        this.add(s, indent, `return ${s.values.map(e).join(', ')}`)
        return
    }
  }

  private guard(g: Guard, indent: string): void {
    const deeper = `${indent}  `
    this.list(g.prelude, indent)
    if (g.kind === 'replicated') {
      const r = g.replicator
      this.lines.push(`${indent}${this.name(r.index)} = ${this.expr(r.base)} for ${this.expr(r.count)}`)
      for (const inner of g.guards) this.guard(inner, deeper)
      return
    }
    const condition = g.condition === undefined ? '' : `${this.expr(g.condition)} & `
    const what =
      g.kind === 'input'
        ? `${this.expr(g.channel)} ?`
        : g.kind === 'timer'
          ? `after ${this.expr(g.time)}`
          : g.kind === 'sync'
            ? `sync ${this.expr(g.monitor)}`
            : 'skip'
    this.lines.push(`${indent}${condition}${what}`)
    this.list(g.body, deeper)
  }

  private outs(outs: readonly Out[]): string {
    if (outs.length === 0) return ''
    return `${outs.map((o) => (o.kind === 'local' ? this.name(o.local) : `${this.expr(o.array)}[${this.expr(o.index)}]`)).join(', ')} := `
  }

  private expr(e: Expr): string {
    const x = (inner: Expr): string => this.expr(inner)
    switch (e.kind) {
      case 'literal':
        return String(e.value)
      case 'table':
        return `table ${e.item}(${e.values.length})`
      case 'array-of':
        return `[${e.elements.map(x).join(', ')}]`
      case 'zeros':
        return `zeros ${e.item}(${x(e.length)})`
      case 'clone':
        return `clone ${x(e.array)}`
      case 'blank':
        return 'none'
      case 'content':
        return `${x(e.of)}.${e.part}`
      case 'referent':
        return x(e.reference)
      case 'new-channel':
        return 'channel'
      case 'new-channels':
        return `channels(${x(e.length)})`
      case 'local':
        return this.name(e.local)
      case 'element':
        return `${x(e.array)}[${e.checked ? '?' : ''}${x(e.index)}]`
      case 'present':
        return `present ${x(e.channel)}`
      case 'slice':
        return `${x(e.array)}[${x(e.offset)} for ${x(e.length)}]`
      case 'length':
        return `size ${x(e.array)}`
      case 'operation':
        return `(${e.operator} ${e.operands.map(x).join(' ')})`
      case 'convert':
        return `${e.to}(${e.rounding === undefined ? '' : `${e.rounding} `}${x(e.operand)})`
      case 'bound':
        return `bound(${x(e.index)}, ${x(e.limit)})`
      case 'intrinsic':
        return `${e.name}(${e.operands.map(x).join(', ')})`
      case 'apply':
        return `${e.routine.name}(${e.actuals.map(x).join(', ')})`
      case 'received':
        return 'received'
      case 'clock':
        return 'clock'
      case 'retype':
        return `retype ${e.from.item}${e.from.array ? '[]' : ''}->${e.to.item}${e.to.array ? '[]' : ''}(${x(e.operand)})`
    }
  }
}

function typeText(l: Local, r: CoreRoutine | LiftedRoutine): string {
  return `${l.type.item}${l.type.direction ?? ('directions' in r ? r.directions.get(l) : undefined) ?? ''}${l.type.array ? '[]' : ''}`
}
