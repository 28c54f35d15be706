/** Blocks of processes, SEQ, PAR, WHILE and VALOF. */
import type { TokenType } from 'chevrotain'
import type { Branch, Declaration, Expression, Process, Replicator, Synchronisation, ValueProcess } from './ast.ts'
import { expect } from './parser-base.ts'
import { ActionParser } from './parser-actions.ts'
import type { Span } from './source.ts'
import * as T from './tokens.ts'
import type { Token } from './tokens.ts'

/** What a replicated construct is called in messages. */
type Replicated = 'SEQ' | 'PAR' | 'IF' | 'ALT'

export abstract class ProcessParser extends ActionParser {
  protected abstract readonly choosing: () => Process

  // ------------------------------------------------------------------------------------------ blocks

  /** Declarations and the process that is their scope. */
  protected readonly process = this.RULE('process', (): Process => {
    const start = this.ahead(1)
    const declarations = this.SUBRULE(this.declarations)
    if (!this.RECORDING_PHASE && declarations.length > 0 && this.nothingFollows()) {
      this.complain(this.ahead(0), 'E0226', declarations.at(-1)?.span ?? T.spanOf(start), undefined)
      return this.inScope(declarations, this.missing())
    }
    const statement = this.SUBRULE(this.statement)
    return this.ACTION(() => this.inScope(declarations, statement))
  })

  private nothingFollows(): boolean {
    return this.is(T.Outdent) || this.is(T.Colon) || this.is(T.Result) || this.atEnd()
  }

  private inScope(declarations: readonly Declaration[], process: Process): Process {
    let body = process
    for (let i = declarations.length - 1; i >= 0; i--) {
      const declaration = declarations[i] as Declaration // 0 <= i < length
      body = { kind: 'scope', declaration, body, span: this.fromSpan(declaration.span) }
    }
    return body
  }

  protected readonly processBlock = this.RULE('processBlock', (construct: string, opener: Span): Process => {
    const list: Process[] = []
    const block = this.OPTION(() => {
      this.CONSUME(T.Indent)
      this.SUBRULE(this.processList, { ARGS: [list] })
      this.endOfBlock()
      return true
    })
    const [first, second] = list
    if (block === undefined) {
      if (!this.RECORDING_PHASE) this.complain(this.ahead(0), 'E0204', opener, { construct })
      return this.missing()
    }
    if (first === undefined) return this.missing()
    if (second === undefined) return first
    const empty = emptyConstruct(first)
    if (empty !== undefined) this.complain(this.ahead(0), 'E0204', first.span, { construct: `the ${empty}` })
    else this.complain(this.ahead(0), 'E0209', second.span, { construct }, [{ span: first.span, text: 'the first process' }])
    return this.ACTION(() => this.inSequence(first, list.slice(1)))
  })

  /** What was meant by several processes where one can stand: what the first declares is visible in the rest. */
  private inSequence(first: Process, rest: readonly Process[]): Process {
    if (first.kind === 'scope') return { ...first, body: this.inSequence(first.body, rest), span: this.fromSpan(first.span) }
    return { kind: 'seq', body: [first, ...rest], span: this.fromSpan(first.span) }
  }

  /** Processes of one block, up to its Outdent (in a VALOF up to RESULT). */
  protected readonly processList = this.RULE('processList', (list: Process[] = [], until: TokenType = T.Outdent): void => {
    this.lines(this.someProcesses, list, 'E0203', until)
  })

  private readonly someProcesses = this.RULE('someProcesses', (list: Process[] = []): void => {
    this.MANY({
      GATE: () => !this.is(T.Outdent) && (!this.is(T.Result) || this.declarationAhead()),
      DEF: () => {
        this.SUBRULE(this.listed, { ARGS: [list] })
      },
    })
  })

  /** One process; or lines indented under one that takes none, which are read as if they were not. */
  private readonly listed = this.RULE('listed', (list: Process[] = []): void => {
    this.OR([
      {
        ALT: () => {
          const token = this.CONSUME(T.Indent) as Token
          this.ACTION(() => {
            this.deeper(token)
          })
          this.SUBRULE(this.processList, { ARGS: [list] })
          this.endOfBlock()
        },
      },
      {
        ALT: () => {
          const process = this.SUBRULE(this.process)
          list.push(process)
        },
      },
    ])
  })

  // ------------------------------------------------------------------------------------------ constructs

  /** One process without declarations; a line that cannot be read is left out with its block. */
  private readonly statement = this.RULE('statement', (): Process => {
    const start = this.ahead(1)
    if (this.is(T.Name) && this.misspelt() === 'leave out') {
      this.skipLine(start.position, true)
      return { kind: 'missing', span: this.from(start) }
    }
    return this.attempt(() => this.SUBRULE(this.anyStatement), true) ?? { kind: 'missing', span: this.ACTION(() => this.afterFault(start)) }
  })

  private afterFault(start: Token): Span {
    return this.ahead(0).position < start.position || this.atEnd() ? this.here() : this.from(start)
  }

  private readonly anyStatement = this.RULE('anyStatement', (): Process =>
    this.OR<Process>({
      ERR_MSG: expect.process,
      DEF: [
        { GATE: () => this.resignAhead(), ALT: () => this.SUBRULE(this.resignation) },
        { ALT: () => this.SUBRULE(this.simple) },
        { ALT: () => this.SUBRULE(this.sequence) },
        { ALT: () => this.SUBRULE(this.parallel) },
        { GATE: () => this.ahead(1).column === this.placedColumns.at(-1), ALT: () => this.SUBRULE(this.placedAlone) },
        { ALT: () => this.SUBRULE(this.choosing) },
        { ALT: () => this.SUBRULE(this.whileLoop) },
        { ALT: () => this.SUBRULE(this.skip) },
        { ALT: () => this.SUBRULE(this.stop) },
        { ALT: () => this.SUBRULE(this.synchronisation) },
        { ALT: () => this.SUBRULE(this.claim) },
        { ALT: () => this.SUBRULE(this.fork) },
        { ALT: () => this.SUBRULE(this.forking) },
        { ALT: () => this.SUBRULE(this.suspension) },
        { ALT: () => this.SUBRULE(this.notSupported) },
      ],
    }),
  )

  protected readonly synchronisation = this.RULE('synchronisation', (): Synchronisation => {
    const start = this.CONSUME(T.Sync) as Token
    const barrier = this.SUBRULE(this.operand)
    const span = this.from(start)
    this.endOfLine()
    return { kind: 'sync', barrier, span }
  })

  private readonly resignation = this.RULE('resignation', (): Process => {
    const start = this.CONSUME(T.Name) as Token
    const barriers: Expression[] = []
    this.AT_LEAST_ONE_SEP({ SEP: T.Comma, ERR_MSG: expect.expression, DEF: () => barriers.push(this.SUBRULE(this.operand)) })
    const line = this.from(start)
    this.endOfLine()
    const body = this.SUBRULE(this.processBlock, { ARGS: ['RESIGN', line] })
    const span = this.from(start)
    return barriers.reduceRight<Process>((inner, barrier) => ({ kind: 'resign', barrier, body: inner, span }), body)
  })

  /** `CLAIM c!` with a process under it, or `CLAIM c ! e` and `CLAIM c ? x` on one line. */
  private readonly claim = this.RULE('claim', (): Process => {
    const start = this.CONSUME(T.Claim) as Token
    const end = this.SUBRULE(this.operand)
    const line = this.from(start)
    const body = this.OR<Process>([
      {
        GATE: () => this.is(T.Exclamation) || this.is(T.Question) || this.is(T.DoubleQuestion),
        ALT: () => this.SUBRULE(this.communication, { ARGS: [start, end] }),
      },
      {
        ALT: () => {
          this.endOfLine()
          return this.SUBRULE(this.processBlock, { ARGS: ['CLAIM', line] })
        },
      },
    ])
    return { kind: 'claim', end, body, span: this.from(start) }
  })

  private readonly fork = this.RULE('fork', (): Process => {
    const start = this.CONSUME(T.Fork) as Token
    const called = this.SUBRULE(this.operand)
    const span = this.from(start)
    this.endOfLine()
    return this.ACTION((): Process => {
      if (called.kind === 'function-call')
        return { kind: 'fork', call: { kind: 'call', name: called.name, actuals: called.actuals, span: called.span }, span }
      this.complain(start, 'E0254', called.span, undefined)
      return { kind: 'missing', span }
    })
  })

  private readonly forking = this.RULE('forking', (): Process => {
    const start = this.CONSUME(T.Forking) as Token
    this.endOfLine()
    const body = this.SUBRULE(this.processBlock, { ARGS: ['FORKING', T.spanOf(start)] })
    return { kind: 'forking', body, span: this.from(start) }
  })

  private readonly skip = this.RULE('skip', (): Process => {
    const token = this.CONSUME(T.Skip) as Token
    this.endOfLine()
    return { kind: 'skip', span: T.spanOf(token) }
  })

  private readonly stop = this.RULE('stop', (): Process => {
    const token = this.CONSUME(T.Stop) as Token
    this.endOfLine()
    return { kind: 'stop', span: T.spanOf(token) }
  })

  private readonly suspension = this.RULE('suspension', (): Process => {
    const token = this.CONSUME(T.Suspend) as Token
    this.endOfLine()
    return { kind: 'suspend', span: T.spanOf(token) }
  })

  private readonly notSupported = this.RULE('notSupported', (): Process => {
    const token = this.CONSUME(T.Reserved) as Token
    this.ACTION(() => {
      this.complain(token, 'E0292', T.spanOf(token), { construct: token.image })
      this.skipLine(token.position, true)
    })
    return { kind: 'missing', span: this.from(token) }
  })

  /** The end of a header such as `SEQ i = 0 FOR 3`. Of a replicator that cannot be read and is reported, the index remains. */
  private readonly header = this.RULE('header', (): Replicator | undefined => {
    const index = this.ahead(1)
    const replicator = this.OPTION({
      GATE: () => this.replicatorAhead(),
      DEF: () => this.attempt(() => this.SUBRULE(this.replicator)) ?? 'faulty',
    })
    if (replicator === 'faulty') {
      const name = this.nameOf(index)
      return { kind: 'replicator', name, base: this.missing(name.span), count: this.missing(name.span), span: name.span }
    }
    this.endOfLine()
    return replicator
  })

  /** Reads the header of a construct that may be replicated. */
  protected readonly replicated = this.RULE('replicated', (): Replicator | undefined => this.SUBRULE(this.header))

  /** A replicated construct has exactly one part. */
  protected checkParts(construct: Replicated, start: Token, replicator: Replicator | undefined, count: number): void {
    if (replicator !== undefined && count !== 1) this.complain(start, 'E0225', T.spanOf(start), { construct, count })
  }

  private readonly sequence = this.RULE('sequence', (): Process => {
    const start = this.CONSUME(T.Seq) as Token
    const replicator = this.SUBRULE(this.replicated)
    const body: Process[] = []
    this.OPTION(() => {
      this.CONSUME(T.Indent)
      this.SUBRULE(this.processList, { ARGS: [body] })
      this.endOfBlock()
    })
    this.ACTION(() => {
      this.checkParts('SEQ', start, replicator, body.length)
    })
    return { kind: 'seq', ...(replicator && { replicator }), body, span: this.from(start) }
  })

  private readonly parallel = this.RULE('parallel', (): Process => {
    const start = this.ahead(1)
    const placed = this.OPTION(() => this.CONSUME(T.Placed)) !== undefined
    this.CONSUME(T.Par)
    return this.SUBRULE(this.parallelRest, { ARGS: [start, placed ? 'placed' : 'plain'] })
  })

  protected readonly priParallel = this.RULE('priParallel', (): Process => {
    const start = this.CONSUME(T.Pri) as Token
    this.CONSUME(T.Par)
    return this.SUBRULE(this.parallelRest, { ARGS: [start, 'pri'] })
  })

  private readonly parallelRest = this.RULE('parallelRest', (start: Token, mode: 'plain' | 'pri' | 'placed'): Process => {
    const { replicator, enrolled } = this.SUBRULE(this.parallelHeader)
    const branches: Branch[] = []
    this.OPTION(() => {
      this.CONSUME(T.Indent)
      this.SUBRULE(this.branches, { ARGS: [branches, mode === 'placed'] })
      this.endOfBlock()
    })
    this.ACTION(() => {
      this.checkParts('PAR', start, replicator, branches.length)
    })
    return { kind: 'par', mode, ...(replicator && { replicator }), ...(enrolled && { enrolled }), branches, span: this.from(start) }
  })

  /** The end of the line of a PAR: a replicator, and `ENROLL b, c` or `BARRIER b`. */
  private readonly parallelHeader = this.RULE('parallelHeader', (): { replicator?: Replicator; enrolled?: Expression[] } => {
    if (this.RECORDING_PHASE || !this.enrolAhead()) {
      const replicator = this.SUBRULE(this.replicated)
      return replicator === undefined ? {} : { replicator }
    }
    const replicator = this.replicatorAhead() ? this.SUBRULE9(this.replicator) : undefined
    const enrolled: Expression[] = []
    this.drop()
    do {
      if (this.is(T.Comma)) this.drop()
      enrolled.push(this.SUBRULE9(this.operand))
    } while (this.is(T.Comma))
    this.endOfLine()
    return { ...(replicator && { replicator }), enrolled }
  })

  private readonly branches = this.RULE('branches', (list: Branch[] = [], placed: boolean = false): void => {
    if (placed) this.placedColumns.push(this.ahead(1).column)
    try {
      this.MANY({
        GATE: () => placed && this.placeAhead(),
        DEF: () => {
          list.push(this.SUBRULE(this.placedBranch))
        },
      })
      const processes: Process[] = []
      this.SUBRULE(this.processList, { ARGS: [processes] })
      for (const body of processes) {
        if (body.kind === 'par' && this.alone.has(body)) for (const branch of body.branches) list.push(branch)
        else list.push({ kind: 'branch', body, span: body.span })
      }
    } finally {
      if (placed) this.placedColumns.pop()
    }
  })

  /** `PROCESSOR n` below declarations or another process of a PLACED PAR: a PAR of its own. */
  private readonly placedAlone = this.RULE('placedAlone', (): Process => {
    const branch = this.SUBRULE(this.placedBranch)
    const par: Process = { kind: 'par', mode: 'placed', branches: [branch], span: branch.span }
    this.alone.add(par)
    return par
  })

  private placeAhead(): boolean {
    if (this.is(T.Processor)) return true
    return this.is(T.Name) && this.ahead(1).image === 'NODE' && (this.is(T.StringText, 2) || this.is(T.Name, 2))
  }

  /** `NODE "alpha"` or `PROCESSOR n` with a process under it. */
  private readonly placedBranch = this.RULE('placedBranch', (): Branch => {
    const start = this.ahead(1)
    const place = this.attempt((): NonNullable<Branch['place']> => {
      const kind = this.OR<'node' | 'processor'>([
        {
          ALT: () => {
            this.CONSUME(T.Processor)
            return 'processor'
          },
        },
        {
          ALT: () => {
            this.CONSUME(T.Name)
            return 'node'
          },
        },
      ])
      // `PROCESSOR n T8`: the type of a transputer says nothing here, and `n` is not one
      const value = this.OR2<Expression>([
        {
          GATE: () => kind === 'processor' && this.is(T.Name) && this.is(T.Name, 2) && this.is(T.Eol, 3),
          ALT: () => {
            const name = this.SUBRULE(this.name)
            return { kind: 'name-use', name, span: name.span }
          },
        },
        { ALT: () => this.SUBRULE(this.expression) },
      ])
      this.OPTION({ GATE: () => kind === 'processor', DEF: () => this.CONSUME2(T.Name) })
      this.endOfLine()
      return { kind, value }
    })
    const body = this.SUBRULE(this.processBlock, { ARGS: [`\`${start.image}\``, T.spanOf(start)] })
    return { kind: 'branch', ...(place && { place }), body, span: this.from(start) }
  })

  /** Where the branches of the PLACED PARs around begin: only there does `PROCESSOR` stand. */
  private readonly placedColumns: number[] = []
  /** Branches with a place that were read as processes. */
  private readonly alone = new WeakSet<Process>()

  private readonly whileLoop = this.RULE('whileLoop', (): Process => {
    const start = this.CONSUME(T.While) as Token
    const condition = this.SUBRULE(this.headerExpression)
    const body = this.SUBRULE(this.processBlock, { ARGS: ['the WHILE', T.spanOf(start)] })
    return { kind: 'while', condition, body, span: this.from(start) }
  })

  /** The expression that ends a header line; a faulty one is missing, and the block under it is read all the same. */
  protected readonly headerExpression = this.RULE('headerExpression', (): Expression => {
    const value = this.attempt(() => this.SUBRULE(this.expression))
    if (value === undefined) return this.missing()
    return this.endOfLine() ? value : { kind: 'missing', parts: [value], span: value.span }
  })

  /** Declarations, VALOF, a process, RESULT. */
  protected readonly valueProcess = this.RULE('valueProcess', (): ValueProcess => {
    const start = this.ahead(1)
    if (this.is(T.Name) && /^return$/i.test(start.image)) return this.noValof(start)
    const declarations = this.SUBRULE(this.declarations)
    if (!this.RECORDING_PHASE && !this.is(T.Valof)) return this.noValof(start)
    const valof = this.CONSUME(T.Valof) as Token
    this.endOfLine()
    this.CONSUME(T.Indent)
    if (this.is(T.Result) && !this.declarationAhead()) this.complain(valof, 'E0204', T.spanOf(valof), { construct: 'VALOF' })
    const list: Process[] = []
    const outer = this.enterValof()
    this.SUBRULE(this.processList, { ARGS: [list, T.Result] })
    this.inValof = outer
    const results = this.OPTION(() => {
      this.CONSUME(T.Result)
      const values = this.attempt(() => {
        const read = this.SUBRULE(this.expressions)
        this.endOfLine()
        return read
      })
      return values ?? [this.missing()]
    })
    if (results === undefined && !this.resultMisplaced && !this.RECORDING_PHASE)
      this.complain(this.ahead(0), 'E0224', T.spanOf(valof), { construct: 'this VALOF' })
    this.endOfBlock()
    return this.ACTION(() => {
      const [first, second] = list
      if (second !== undefined) this.complain(valof, 'E0209', second.span, { construct: 'VALOF' })
      const body: Process =
        first === undefined ? this.missing() : second === undefined ? first : { kind: 'seq', body: list, span: this.fromSpan(first.span) }
      return { kind: 'valof', declarations, body, results: results ?? [this.missing()], span: this.from(start) }
    })
  })

  /** Reports a body that is no VALOF, and leaves it out. */
  private noValof(start: Token): ValueProcess {
    const next = this.ahead(1)
    this.complain(next, 'E0237', this.place(next), { found: this.describe(next) })
    while (!this.is(T.Outdent) && !this.atEnd()) this.skipLine(this.ahead(1).position, true)
    return { kind: 'valof', declarations: [], body: this.missing(), results: [this.missing()], span: this.from(start) }
  }

  /** The process under the line of a choice or an alternative; one that was not indented is reported and read all the same. */
  protected readonly chosenBlock = this.RULE('chosenBlock', (construct: string, opener: Span): Process => {
    if (this.RECORDING_PHASE || this.is(T.Indent) || !this.processAhead())
      return this.SUBRULE(this.processBlock, { ARGS: [construct, opener] })
    this.complain(this.ahead(0), 'E0204', opener, { construct })
    return this.SUBRULE(this.process)
  })
}

/** @returns the keyword of a construct that has nothing under it. */
function emptyConstruct(process: Process): string | undefined {
  switch (process.kind) {
    case 'seq':
      return process.body.length === 0 ? 'SEQ' : undefined
    case 'par':
      return process.branches.length === 0 ? 'PAR' : undefined
    case 'alt':
      return process.alternatives.length === 0 ? 'ALT' : undefined
    case 'if':
      return process.choices.length === 0 ? 'IF' : undefined
    case 'assign':
    case 'call':
    case 'case':
    case 'input':
    case 'missing':
    case 'output':
    case 'pass':
    case 'scope':
    case 'skip':
    case 'stop':
    case 'while':
    case 'sync':
    case 'suspend':
    case 'resign':
    case 'claim':
    case 'fork':
    case 'forking':
      return undefined
  }
}
