/** Messages of an editor before the library takes them: what lacks what the protocol demands is refused as such, and a notification of that kind is dropped. */
import { ErrorCodes, Message, ResponseError } from 'vscode-languageserver'
import type { Connection, MessageStrategy } from 'vscode-languageserver'

/** Requests that are refused are passed on under this name. */
const REFUSED = 'godwit/refused'

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isPosition = (value: unknown): boolean =>
  isRecord(value) && typeof value['line'] === 'number' && typeof value['character'] === 'number'
const isRange = (value: unknown): boolean => isRecord(value) && isPosition(value['start']) && isPosition(value['end'])

/** What besides the document each request about one needs, after `textDocument/`. */
const NEEDS: Readonly<Record<string, readonly string[]>> = {
  hover: ['position'],
  definition: ['position'],
  references: ['position', 'context'],
  documentHighlight: ['position'],
  prepareRename: ['position'],
  rename: ['position', 'newName'],
  completion: ['position'],
  signatureHelp: ['position'],
  selectionRange: ['positions'],
  'semanticTokens/range': ['range'],
  formatting: ['options'],
  rangeFormatting: ['range', 'options'],
  onTypeFormatting: ['position', 'ch', 'options'],
  codeAction: ['range', 'context'],
  didChange: ['contentChanges'],
}

const CHECKS: Readonly<Record<string, (value: unknown) => boolean>> = {
  position: isPosition,
  positions: (value) => Array.isArray(value) && value.every(isPosition),
  range: isRange,
  context: isRecord,
  options: isRecord,
  newName: (value) => typeof value === 'string',
  ch: (value) => typeof value === 'string',
  contentChanges: (value) =>
    Array.isArray(value) &&
    value.every((each) => isRecord(each) && typeof each['text'] === 'string' && (each['range'] === undefined || isRange(each['range']))),
}

const PREFIX = 'textDocument/'

/** @returns what is wrong; undefined when nothing is, or when it is no message about a document */
function whyRefused(method: string, params: unknown): string | undefined {
  if (!method.startsWith(PREFIX)) return undefined
  if (!isRecord(params)) return 'the parameters are no object'
  const document = params['textDocument']
  if (!isRecord(document) || typeof document['uri'] !== 'string') return '`textDocument` names no document by its `uri`'
  if (method === `${PREFIX}didOpen` && typeof document['text'] !== 'string') return '`textDocument` has no `text`'
  const lacking = (NEEDS[method.slice(PREFIX.length)] ?? []).find((name) => CHECKS[name]?.(params[name]) === false)
  return lacking === undefined ? undefined : `\`${lacking}\` is missing, or is not what the protocol says`
}

export const wellFormed: MessageStrategy = {
  handleMessage(message, next) {
    const isRequest = Message.isRequest(message)
    const why = isRequest || Message.isNotification(message) ? whyRefused(message.method, message.params) : undefined
    if (why === undefined) return next(message)
    return isRequest ? next({ ...message, method: REFUSED, params: { why } } as Message) : undefined // a message is more than its type says
  },
}

/** Answers what `wellFormed` refuses. */
export function answerRefused(connection: Connection): void {
  connection.onRequest(REFUSED, ({ why }: { readonly why: string }) => new ResponseError(ErrorCodes.InvalidParams, why))
}
