/** What a page may ask: read from its JSON, checked, and answered by the cluster. */
import { NodeError } from '../node/node-error.ts'
import type { Survey } from '../kernel/upgrade/obstacles.ts'
import type { ClusterClient } from '../node/commands/client.ts'
import type { Programs, ProgramStatus } from '../node/commands/programs.ts'
import type { Desk } from './desk.ts'
import { isFlag, isOneOf, isOptional, isRecord, isText } from '../node/wire/shapes.ts'
import type { Shape } from '../node/wire/shapes.ts'
import type { AnswerToPage, FromPage, Question } from './talk.ts'

type Asking<A extends Question['ask']> = Extract<Question, { readonly ask: A }>
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0
const shapes: { readonly [A in Question['ask']]: Shape<Asking<A>> } = {
  step: isRecord<Asking<'step'>>({ ask: isOneOf('step'), to: isCount }),
  inspect: isRecord<Asking<'inspect'>>({ ask: isOneOf('inspect'), program: isText, path: isText }),
  migrate: isRecord<Asking<'migrate'>>({ ask: isOneOf('migrate'), program: isText, path: isText, to: isText, only: isFlag }),
  cordon: isRecord<Asking<'cordon'>>({ ask: isOneOf('cordon'), node: isText, on: isFlag }),
  drain: isRecord<Asking<'drain'>>({ ask: isOneOf('drain'), node: isText }),
  kill: isRecord<Asking<'kill'>>({ ask: isOneOf('kill'), node: isText }),
  stop: isRecord<Asking<'stop'>>({ ask: isOneOf('stop'), program: isText }),
  fork: isRecord<Asking<'fork'>>({ ask: isOneOf('fork'), program: isText }),
  upgrade: isRecord<Asking<'upgrade'>>({
    ask: isOneOf('upgrade'),
    program: isText,
    file: isText,
    map: isText,
    version: isOptional(isText),
  }),
  rollback: isRecord<Asking<'rollback'>>({ ask: isOneOf('rollback'), program: isText, dry: isFlag }),
  checkpoints: isRecord<Asking<'checkpoints'>>({ ask: isOneOf('checkpoints'), program: isText }),
  rewind: isRecord<Asking<'rewind'>>({ ask: isOneOf('rewind'), program: isText, number: isCount }),
}
const isQuestion: Shape<Question> = (value): value is Question => Object.values(shapes).some((shape) => shape(value))
const isQuestionMessage = isRecord<Extract<FromPage, { kind: 'question' }>>({
  kind: isOneOf('question'),
  id: (value): value is number => Number.isSafeInteger(value),
  question: isQuestion,
})
const isTokenMessage = isRecord<Extract<FromPage, { kind: 'token' }>>({ kind: isOneOf('token'), token: isText })

/** @returns what a page has said; undefined for nonsense */
export function readFromPage(text: string): FromPage | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isTokenMessage(value) || isQuestionMessage(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** @param desk what the server does itself for that */
export async function answer(client: ClusterClient, question: Question, desk: Desk): Promise<AnswerToPage> {
  try {
    switch (question.ask) {
      case 'inspect': {
        const detail = await client.inspect(question.program, question.path)
        const [innermost] = detail?.stack ?? []
        return { kind: 'process', detail, source: innermost === undefined ? undefined : desk.excerpt(innermost.file, innermost.line) }
      }
      case 'migrate': {
        const { path, to, only, program } = question
        return { kind: 'moved', results: await client.migrate(path, to, { only, program }) }
      }
      case 'step':
        return { kind: 'error', text: 'a cluster lives, and has no steps', help: '' }
      case 'cordon':
        await client.cordon(question.node, question.on)
        return { kind: 'done' }
      case 'drain':
        return { kind: 'moved', results: await client.drain(question.node) }
      case 'kill':
        await client.kill(question.node)
        return { kind: 'done', words: `${question.node} ends` }
      case 'stop':
        await client.programs.end(await client.programs.find(question.program))
        return { kind: 'done' }
      case 'fork': {
        const program = await client.programs.find(question.program)
        const second = await client.programs.fork(program, { directory: process.cwd(), variables: {} })
        return { kind: 'done', words: `${second.name} has begun from where ${program.name} is` }
      }
      case 'upgrade':
        return await upgrade(client.programs, question, desk)
      case 'rollback': {
        const { dry } = question
        const program = await client.programs.find(question.program)
        const found = await client.programs.upgrade(program, { map: '', dry })
        return whatCame(program, { found, dry, version: '', warnings: '' })
      }
      case 'checkpoints': {
        const { programs } = client
        const kept = await programs.checkpoints(await programs.find(question.program))
        const shown = kept.map((each) => ({
          number: each.number,
          ageMicros: programs.age(each),
          bytes: each.bytes,
          programMicros: each.time,
        }))
        return { kind: 'checkpoints', checkpoints: shown }
      }
      case 'rewind': {
        const program = await client.programs.find(question.program)
        const { number } = await client.programs.rewind(program, question.number)
        return { kind: 'done', words: `${program.name} goes on from checkpoint ${number}` }
      }
    }
  } catch (error) {
    if (error instanceof NodeError) return { kind: 'error', text: error.message, help: error.help }
    return { kind: 'error', text: error instanceof Error ? error.message : String(error), help: '' }
  }
}

/** The text is compiled anew when what was looked at is to be done: then it has to be the same. */
async function upgrade(programs: Programs, { program: name, file, map, version }: Asking<'upgrade'>, desk: Desk): Promise<AnswerToPage> {
  const program = await programs.find(name)
  const made = await desk.newVersion(file, map)
  if (made.kind !== 'version') return made
  const { digest, warnings } = made
  if (version !== undefined && version !== digest)
    return { kind: 'error', text: `${file} is not what was looked at`, help: 'it has changed meanwhile: look again' }
  const dry = version === undefined
  const found = await programs.upgrade(program, { version: made.program, map, dry })
  return whatCame(program, { found, dry, version: digest, warnings })
}

interface Upgraded {
  readonly found: Survey
  readonly dry: boolean
  readonly version: string
  readonly warnings: string
}

function whatCame({ name }: ProgramStatus, { found, dry, version, warnings }: Upgraded): AnswerToPage {
  if (dry || found.obstacles.length > 0) return { kind: 'survey', survey: found, version, warnings }
  const { changed, processes } = found
  return {
    kind: 'done',
    words: `${name} is upgraded: ${changed} ${changed === 1 ? 'process' : 'processes'} of ${processes} went on as the new version`,
  }
}
