/** What a page may ask: read from its JSON, checked, and answered by the cluster. */
import { NodeError } from '../node/node-error.ts'
import type { ClusterClient } from '../node/commands/client.ts'
import { isFlag, isOneOf, isRecord, isText } from '../node/wire/shapes.ts'
import type { Shape } from '../node/wire/shapes.ts'
import type { AnswerToPage, FromPage, Question, SourceExcerpt } from './talk.ts'

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

/** @param excerpt gives the text around a line, where there is one */
export async function answer(
  client: ClusterClient,
  question: Question,
  excerpt: (file: string, line: number) => SourceExcerpt | undefined,
): Promise<AnswerToPage> {
  try {
    switch (question.ask) {
      case 'inspect': {
        const detail = await client.inspect(question.program, question.path)
        const [innermost] = detail?.stack ?? []
        return { kind: 'process', detail, source: innermost === undefined ? undefined : excerpt(innermost.file, innermost.line) }
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
