/**
 * The debug adapter: what editors ask by the Debug Adapter Protocol, answered by the debugger. Threads are processes.
 *
 * A program is stepped in this OS process. So that an editor can interrupt it, long runs are made in parts, and between two of them requests are heard. A
 * program that has ended is not over for the editor: it may step backward from there.
 */
import { resolve } from 'node:path'
import {
  DebugSession,
  Handles,
  InitializedEvent,
  InvalidatedEvent,
  OutputEvent,
  Scope,
  Source,
  Response,
  StackFrame,
  StoppedEvent,
  TerminatedEvent,
  Thread,
  Variable,
} from '@vscode/debugadapter'
import type { ErrorDestination } from '@vscode/debugadapter'
import type { DebugProtocol } from '@vscode/debugprotocol'
import { whyRefused } from './requests.ts'
import type { Debugger, SeenActivation, SeenProcess, SeenVariable, Stop } from '../../runtime/debug/debugger.ts'

/** A program, or a recorded run of one, that can be stepped. */
export interface Debuggee {
  readonly debugger: Debugger
  /** By file, as the program names it, the lines at which processes can wait. */
  readonly lines: ReadonlyMap<string, readonly number[]>
  /** Steps begin. */
  begin(): void
  /** Sends what was printed. */
  flush(): void
  /** @returns what is to be said of the end: a report, or nothing */
  report(): string | undefined
}

/** What an editor gives to begin: `launch.json`. */
export interface LaunchArguments extends DebugProtocol.LaunchRequestArguments {
  /** A program, or a recording that `godwit run --record` has written. */
  readonly program: string
  /** The text of a recorded program, when it is elsewhere now. */
  readonly source?: string
  /** Stop before the first step; absent: yes. */
  readonly stopOnEntry?: boolean
  /** Names that are defined, as by `-D`. */
  readonly define?: Readonly<Record<string, string>>
  /** Directories, as by `-I`. */
  readonly include?: readonly string[]
}

/**
 * @param output gets what the program prints
 * @returns what is to be debugged
 * @throws Error with what is wrong, for the user
 */
export type OpenDebuggee = (launch: LaunchArguments, output: (text: string) => void) => Promise<Debuggee>

/** Steps between two looks whether the editor wants something. */
const PART = 2_000
/** Errors that are shown to the user. */
const LAUNCH_FAILED = 1
/** What there is for a number of variables that was never given. */
const NONE: readonly SeenVariable[] = []
/** The thread that is shown when no process is left. */
const NOBODY = 1

export class GodwitDebugSession extends DebugSession {
  private debuggee: Debuggee | undefined
  /** A program is being read. */
  private opening = false
  private stopOnEntry = true
  /** Whether steps are being made: they end as soon as this is false. */
  private running = false
  /** Threads by the paths of processes: a process keeps its number for the whole session. */
  private readonly threads = new Map<string, number>()
  private readonly frames = new Handles<SeenActivation | undefined>()
  private readonly scopes = new Handles<readonly SeenVariable[]>()

  constructor(private readonly open: OpenDebuggee) {
    super()
    this.setDebuggerLinesStartAt1(true)
    this.setDebuggerColumnsStartAt1(true)
  }

  /**
   * The library hands over what came, and takes a request to `initialize` without `pathFormat` for one with another format than `path`, which is the
   * default of the protocol.
   */
  protected override dispatchRequest(request: DebugProtocol.Request): void {
    const name: unknown = request.command
    const given: unknown = request.arguments
    const command = typeof name === 'string' ? name : ''
    const why = whyRefused(command, given, this.debuggee !== undefined ? 'debugging' : this.opening ? 'opening' : 'nothing')
    if (why !== undefined) {
      this.refuse(new Response(request), why, command === 'launch' || command === 'attach')
      return
    }
    const args = { ...(command === 'initialize' ? { pathFormat: 'path' } : {}), ...withoutNulls(given ?? {}) }
    super.dispatchRequest({ ...request, command, arguments: args })
  }

  /** What goes wrong in an answer is told without our stack. */
  protected override sendErrorResponse(
    response: DebugProtocol.Response,
    codeOrMessage: number | DebugProtocol.Message,
    ...rest: readonly [format?: string, variables?: Record<string, string>, dest?: ErrorDestination]
  ): void {
    const [, variables] = rest
    if (typeof codeOrMessage === 'number' && variables?.['_exception'] !== undefined)
      this.refuse(response, `it could not be answered: ${variables['_exception']}`, false)
    else super.sendErrorResponse(response, codeOrMessage, ...rest)
  }

  // --------------------------------------------------------------------------------------------------------- beginning

  protected override initializeRequest(response: DebugProtocol.InitializeResponse): void {
    response.body = {
      supportsConfigurationDoneRequest: true,
      supportsStepBack: true,
      supportsEvaluateForHovers: true,
      supportsTerminateRequest: true,
      supportsDelayedStackTraceLoading: true,
    }
    this.sendResponse(response)
  }

  protected override launchRequest(response: DebugProtocol.LaunchResponse, launch: LaunchArguments): void {
    this.opening = true
    this.stopOnEntry = launch.stopOnEntry ?? true
    this.open(launch, (text) => {
      this.sendEvent(new OutputEvent(text, 'stdout'))
    }).then(
      (debuggee) => {
        this.opening = false
        this.debuggee = debuggee
        this.sendResponse(response)
        this.sendEvent(new InitializedEvent()) // breakpoints may be set from now on
      },
      (error: unknown) => {
        this.opening = false
        this.refuse(response, error instanceof Error ? error.message : String(error))
      },
    )
  }

  protected override configurationDoneRequest(response: DebugProtocol.ConfigurationDoneResponse): void {
    this.sendResponse(response)
    if (this.stopOnEntry) this.sendEvent(new StoppedEvent('entry', this.threadOf(this.current())))
    else this.go(({ debugger: its }) => its.continue(PART))
  }

  protected override terminateRequest(response: DebugProtocol.TerminateResponse): void {
    this.running = false
    this.sendResponse(response)
    this.sendEvent(new TerminatedEvent())
  }

  protected override disconnectRequest(response: DebugProtocol.DisconnectResponse, args: DebugProtocol.DisconnectArguments): void {
    this.running = false
    super.disconnectRequest(response, args)
  }

  // ------------------------------------------------------------------------------------------------------- breakpoints

  protected override setBreakPointsRequest(
    response: DebugProtocol.SetBreakpointsResponse,
    args: DebugProtocol.SetBreakpointsArguments,
  ): void {
    const { debuggee } = this
    const path = args.source.path
    const [file, lines = []] = [...(debuggee?.lines ?? [])].find(([name]) => path !== undefined && resolve(name) === resolve(path)) ?? []
    const wanted = args.breakpoints ?? []
    const found = wanted.map(({ line }) => lines.find((each) => each >= line))
    if (debuggee !== undefined && file !== undefined) {
      const others = debuggee.debugger.breakpoints.filter((each) => each.kind !== 'line' || each.file !== file)
      const set = found.flatMap((line) => (line === undefined ? [] : [{ kind: 'line' as const, file, line }]))
      debuggee.debugger.breakpoints = [...others, ...set]
    }
    const reason = file === undefined ? 'the program does not have this file' : 'no process waits on this line or after it'
    response.body = {
      breakpoints: found.map((line) => (line === undefined ? { verified: false, message: reason } : { verified: true, line })),
    }
    this.sendResponse(response)
  }

  // ------------------------------------------------------------------------------------------------------------- steps

  protected override continueRequest(response: DebugProtocol.ContinueResponse): void {
    response.body = { allThreadsContinued: true }
    this.sendResponse(response)
    this.go(({ debugger: its }) => its.continue(PART))
  }

  protected override reverseContinueRequest(response: DebugProtocol.ReverseContinueResponse): void {
    this.sendResponse(response)
    this.goOnce(({ debugger: its }) => its.continueBackward())
  }

  /** One step of the process of that thread, which others may go before. */
  protected override nextRequest(response: DebugProtocol.NextResponse, { threadId }: DebugProtocol.NextArguments): void {
    const path = this.pathOf(threadId)
    if (path === undefined && threadId !== NOBODY) {
      this.refuse(response, `there is no thread ${threadId}`, false)
      return
    }
    this.sendResponse(response)
    const isThere = (its: Debugger): boolean => its.processes().some((each) => each.path === path)
    const known = this.debuggee !== undefined && path !== undefined && isThere(this.debuggee.debugger)
    this.go(({ debugger: its }) => {
      if (!known) return { stop: its.continue(1), over: true }
      const stop = its.continue(1)
      return { stop, over: stop.kind === 'stepped' && (its.current?.path === path || !isThere(its)) }
    })
  }

  /** One step of whichever process is next. */
  protected override stepInRequest(response: DebugProtocol.StepInResponse): void {
    this.sendResponse(response)
    this.goOnce(({ debugger: its }) => its.forward())
  }

  protected override stepOutRequest(response: DebugProtocol.StepOutResponse): void {
    this.sendResponse(response)
    this.goOnce(({ debugger: its }) => its.forward())
  }

  protected override stepBackRequest(response: DebugProtocol.StepBackResponse): void {
    this.sendResponse(response)
    this.goOnce(({ debugger: its }) => its.backward())
  }

  protected override pauseRequest(response: DebugProtocol.PauseResponse): void {
    this.sendResponse(response)
    if (!this.running) return
    this.running = false
    this.stopped('pause')
  }

  private goOnce(step: (debuggee: Debuggee) => Stop): void {
    this.go((debuggee) => ({ stop: step(debuggee), over: true }))
  }

  /** Makes steps in parts. @param part makes some; it goes on as long as it has only `stepped` and is not `over` */
  private go(part: (debuggee: Debuggee) => Stop | { readonly stop: Stop; readonly over: boolean }): void {
    const { debuggee } = this
    if (debuggee === undefined) return
    this.running = true
    const turn = (): void => {
      if (!this.running) return
      try {
        debuggee.begin()
        const made = part(debuggee)
        const { stop, over } = 'stop' in made ? made : { stop: made, over: false }
        debuggee.flush()
        if (stop.kind === 'stepped' && !over) {
          setImmediate(turn)
          return
        }
        this.running = false
        this.tell(stop, debuggee)
      } catch (error) {
        this.running = false
        debuggee.flush()
        this.sendEvent(new OutputEvent(`${error instanceof Error ? error.message : String(error)}\n`, 'stderr'))
        this.sendEvent(new TerminatedEvent())
      }
    }
    turn()
  }

  private tell(stop: Stop, debuggee: Debuggee): void {
    switch (stop.kind) {
      case 'stepped':
        this.stopped('step')
        return
      case 'breakpoint':
        this.stopped('breakpoint')
        return
      case 'start':
        this.stopped('entry', 'The beginning')
        return
      case 'fault':
      case 'end': {
        const report = debuggee.report()
        if (report !== undefined) this.sendEvent(new OutputEvent(report, 'stderr'))
        if (report === undefined) this.stopped('pause', 'The end')
        else this.stopped('exception', report.split('\n')[0] ?? '', report)
      }
    }
  }

  private stopped(reason: string, description?: string, text?: string): void {
    this.frames.reset()
    this.scopes.reset()
    const event: DebugProtocol.StoppedEvent = new StoppedEvent(reason, this.threadOf(this.current()))
    event.body.allThreadsStopped = true
    if (description !== undefined) event.body.description = description
    if (text !== undefined) event.body.text = text
    this.sendEvent(event)
    this.sendEvent(new InvalidatedEvent(['threads']))
  }

  // ----------------------------------------------------------------------------------------------- what there is to see

  /** @returns the process that made the last step, if it is there; else any */
  private current(): SeenProcess | undefined {
    const processes = this.debuggee?.debugger.processes() ?? []
    const last = this.debuggee?.debugger.current
    return processes.find(({ path }) => path === last?.path) ?? processes[0]
  }

  private threadOf(process: SeenProcess | undefined): number {
    if (process === undefined) return NOBODY
    let thread = this.threads.get(process.path)
    if (thread === undefined) this.threads.set(process.path, (thread = this.threads.size + NOBODY + 1))
    return thread
  }

  private pathOf(thread: number): string | undefined {
    return [...this.threads].find(([, number]) => number === thread)?.[0]
  }

  protected override threadsRequest(response: DebugProtocol.ThreadsResponse): void {
    const processes = this.debuggee?.debugger.processes() ?? []
    const threads = processes.map((process) => new Thread(this.threadOf(process), `${process.path} ${process.words}`))
    response.body = { threads: threads.length === 0 ? [new Thread(NOBODY, 'no process is left')] : threads }
    this.sendResponse(response)
  }

  protected override stackTraceRequest(response: DebugProtocol.StackTraceResponse, args: DebugProtocol.StackTraceArguments): void {
    const path = this.pathOf(args.threadId)
    if (path === undefined && args.threadId !== NOBODY) {
      this.refuse(response, `there is no thread ${args.threadId}`, false)
      return
    }
    const activations = (path === undefined ? undefined : this.debuggee?.debugger.activations(path)) ?? []
    const first = args.startFrame ?? 0
    const shown = activations.slice(first, (args.levels ?? 0) === 0 ? undefined : first + (args.levels ?? 0))
    response.body = {
      totalFrames: activations.length,
      stackFrames: shown.map((activation) => {
        const { routine, place } = activation
        const source = place === undefined ? undefined : new Source(place.file.split('/').at(-1) ?? place.file, resolve(place.file))
        return new StackFrame(this.frames.create(activation), routine, source, place?.line ?? 0, place?.column ?? 0)
      }),
    }
    this.sendResponse(response)
  }

  protected override scopesRequest(response: DebugProtocol.ScopesResponse, { frameId }: DebugProtocol.ScopesArguments): void {
    const activation = this.frames.get(frameId)
    if (activation === undefined) {
      this.refuse(response, `there is no frame ${frameId} since the last step`, false)
      return
    }
    response.body = { scopes: [new Scope('Variables', this.scopes.create(activation.variables), false)] }
    this.sendResponse(response)
  }

  protected override variablesRequest(
    response: DebugProtocol.VariablesResponse,
    { variablesReference }: DebugProtocol.VariablesArguments,
  ): void {
    const variables = this.scopes.get(variablesReference, NONE)
    if (variables === NONE) {
      this.refuse(response, `there are no variables ${variablesReference} since the last step`, false)
      return
    }
    response.body = { variables: variables.map(({ name, value }) => new Variable(name, value)) }
    this.sendResponse(response)
  }

  /** Only names of variables can be looked at. */
  protected override evaluateRequest(
    response: DebugProtocol.EvaluateResponse,
    { expression, frameId }: DebugProtocol.EvaluateArguments,
  ): void {
    const activation = frameId === undefined ? undefined : this.frames.get(frameId)
    const variable = activation?.variables.find(({ name }) => name === expression.trim())
    if (variable === undefined) {
      this.refuse(response, `no variable \`${expression}\` is used here any more`, false)
      return
    }
    response.body = { result: variable.value, variablesReference: 0 }
    this.sendResponse(response)
  }

  private refuse(response: DebugProtocol.Response, format: string, showUser = true): void {
    this.sendErrorResponse(response, { id: LAUNCH_FAILED, format: format.replaceAll('{', '(').replaceAll('}', ')'), showUser })
  }
}

/** @returns the arguments that are given: some clients write `null` for what they leave out */
function withoutNulls(args: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(args).filter(([, value]) => value !== null))
}
