/**
 * Main processes of the occam 2 toolset, `PROC main (CHAN OF SP fs, ts, []INT free.memory)`, speak to a server on the host instead of to the
 * terminal. The server is a PROC of the library `hostio.inc`; here a PROC is made that runs the two side by side and has the parameters
 * that every main process has.
 */
import type { Formal, Program, ProcDeclaration } from '../../grammar/ast.ts'
import { layout } from '../../grammar/layout.ts'
import { lex } from '../../grammar/lexer.ts'
import { parse } from '../../grammar/parser.ts'

const PROTOCOL = 'SP'
const SERVER = 'godwit.program.server'
/** Words of memory that a main process is given for each array it asks for. */
const MEMORY = 16_384

/**
 * @param wanted the name of the main process, when it is not the last PROC
 * @returns the program, with the PROC that is to be its main process instead at the end if the host server is to serve it
 */
export function withHostServer(program: Program, wanted: string | undefined): Program {
  const { file } = program.span
  const procs = program.items.filter((item) => item.kind === 'proc')
  const main = procs.findLast((proc) => (wanted === undefined ? proc.span.file === file : proc.name.text === wanted))
  if (main === undefined || /\.(module|inc)$/.test(file.path) || !procs.some((proc) => proc.name.text === SERVER)) return program
  const actuals = actualsOf(main)
  if (actuals === undefined) return program
  const memory = actuals.filter((name) => name.startsWith('memory')).map((name) => `  [${MEMORY}]INT ${name}:\n`)
  const text = `PROC ${main.name.text}.and.host (CHAN BYTE keyboard?, screen!, error!)
  CHAN ${PROTOCOL} fs, ts:
  CHAN BOOL done:
${memory.join('')}  PAR
    SEQ
      ${main.name.text} (${actuals.join(', ')})
      done ! FALSE
    ${SERVER} (ts?, fs!, done?, keyboard?, screen!, error!)
:
`
  const lexed = lex({ path: `${file.path} with its host`, text }).value
  const connected = parse(lexed.file, layout(lexed.tokens).value, []).value.items.find((item) => item.kind === 'proc')
  return connected === undefined ? program : { ...program, items: [...program.items, connected], connected }
}

/** @returns what a main process is given, unless it is none that the server serves */
function actualsOf({ formals }: ProcDeclaration): string[] | undefined {
  const channels = formals.filter(isServerChannel)
  const names = formals.map((formal, i) => {
    if (channels.includes(formal))
      return formal.name.text === 'ts' || (formal === channels[1] && channels[0]?.name.text !== 'ts') ? 'ts' : 'fs'
    return isMemory(formal) ? `memory.${i}` : undefined
  })
  const known = names.filter((name) => name !== undefined)
  return channels.length === 2 && known.length === formals.length ? known : undefined
}

function isServerChannel({ mode, type }: Formal): boolean {
  if (mode !== 'reference' || type.kind !== 'chan-type') return false
  const { protocol } = type
  const name =
    protocol.kind === 'named'
      ? protocol.name
      : protocol.kind === 'plain' && protocol.type.kind === 'named-type'
        ? protocol.type.name
        : undefined
  return name?.text === PROTOCOL
}

function isMemory({ mode, type }: Formal): boolean {
  if (mode !== 'reference' || type.kind !== 'array-type' || type.size !== undefined) return false
  return type.element.kind === 'primitive' && type.element.name === 'INT'
}
