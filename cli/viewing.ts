/** A terminal as a viewer of a program whose home is on a node. */
import type { Programs, ProgramStatus } from '../runtime/node/commands/programs.ts'
import type { Viewer, ViewerOptions } from '../runtime/node/commands/viewer.ts'
import { ENDING_SIGNALS } from '../runtime/run/ending-signals.ts'
import { complain, count, err } from './terminal.ts'

/** How viewing has ended. */
export type ViewEnding =
  | { readonly kind: 'ended'; readonly exit: number; readonly report: string }
  /** There is no such program any more, and nobody knows how it ended. */
  | { readonly kind: 'gone' }
  /** The viewer has left; the program goes on. */
  | { readonly kind: 'left'; readonly signal: NodeJS.Signals }

/** @returns what is said below the report of a program that has failed, if it can go on in another text; empty if it cannot */
export async function mendingHelp(programs: Programs, program: ProgramStatus): Promise<string> {
  if (!(await programs.isMendable(program))) return ''
  return `  ${err.cyan('=')} help: its last cut is kept: \`godwit upgrade ${program.name} FILE\` goes on from there in a text that was mended\n`
}

export interface ViewingOptions extends ViewerOptions {
  /** Tells of nodes that come and go. */
  readonly notices: boolean
  /** What is typed here is for the program. */
  readonly types: boolean
  /** An input of nothing at all is no input, and not an end of the program's. */
  readonly emptyIsNone: boolean
  /** A signal has come. @returns whether the viewer is to leave */
  readonly signalled: (signal: NodeJS.Signals) => boolean
}
/** Bytes that may be typed ahead of what the program has taken. */
const TYPED_AHEAD = 1 << 18

/** Shows a program until it has ended, or the user leaves it. */
export async function viewProgram(programs: Programs, program: ProgramStatus, options: ViewingOptions): Promise<ViewEnding> {
  const listeners: (readonly [NodeJS.Signals, () => void])[] = []
  let keys: Keys | undefined
  let unwritten = 0
  try {
    return await new Promise<ViewEnding>((resolve) => {
      const viewer = programs.view(
        program,
        {
          output: ({ at, stream, bytes }) => {
            unwritten++
            const target = stream === 1 ? process.stdout : process.stderr
            target.write(bytes, () => {
              unwritten--
              viewer.shown(at + bytes.length)
            })
          },
          missing: (bytes) => {
            complain(err.dim(`${count(bytes, 'byte')} of output before this ${bytes === 1 ? 'is' : 'are'} not kept any more`))
          },
          wanted: (wanted) => {
            keys?.want(wanted)
          },
          notice: (text) => {
            if (options.notices) complain(err.dim(text))
          },
          unanswered: (milliseconds) => {
            complain(
              `${err.yellow('warning')}: nobody has answered for ${program.name} for ${milliseconds / 1000} s; it is shown again as soon as a node has it`,
            )
          },
          ended: ({ exit, report }) => {
            resolve({ kind: 'ended', exit, report })
          },
          gone: () => {
            resolve({ kind: 'gone' })
          },
        },
        options,
      )
      if (options.types) keys = new Keys(viewer, options.emptyIsNone)
      for (const signal of ENDING_SIGNALS) {
        const listener = (): void => {
          if (!options.signalled(signal)) return
          viewer.close()
          resolve({ kind: 'left', signal })
        }
        listeners.push([signal, listener])
        process.on(signal, listener)
      }
      viewer.start()
    })
  } finally {
    keys?.close()
    for (const [signal, listener] of listeners) process.off(signal, listener)
    while (unwritten > 0) await new Promise((written) => setTimeout(written, 1))
  }
}

/** Standard input, read as far as the program asks for it. */
class Keys {
  private reading = false
  private wanted = false
  private any = false

  constructor(
    private readonly viewer: Viewer,
    private readonly emptyIsNone: boolean,
  ) {}

  want(wanted: boolean): void {
    this.wanted = wanted
    if (!wanted) {
      if (this.reading) process.stdin.pause()
      return
    }
    if (this.reading) {
      if (this.viewer.unacknowledged < TYPED_AHEAD) process.stdin.resume()
      return
    }
    this.reading = true
    process.stdin.on('data', this.onData)
    process.stdin.on('end', this.onEnd)
    process.stdin.on('error', this.onEnd) // EIO of a terminal that has gone, say: nothing more will come
  }

  close(): void {
    if (!this.reading) return
    process.stdin.off('data', this.onData)
    process.stdin.off('end', this.onEnd)
    process.stdin.pause()
    process.stdin.destroy()
  }

  private readonly onData = (bytes: Uint8Array): void => {
    this.any = true
    if (!this.wanted || this.viewer.unacknowledged >= TYPED_AHEAD) process.stdin.pause()
    this.viewer.type(bytes)
  }

  private readonly onEnd = (): void => {
    if (this.any || !this.emptyIsNone || process.stdin.isTTY) this.viewer.endInput()
  }
}
