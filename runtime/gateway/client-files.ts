/** The client library for browsers, which each gateway gives under a path of its own: a page loads it from where it came from. */
import { readFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'

/** Programs do not see requests for what is below this path. */
export const CLIENT_PATH = '/.well-known/godwit/client/'

const FILES: ReadonlySet<string> = new Set(
  ['index', 'connect', 'connection', 'incoming', 'outgoing', 'platform', 'session-error', 'wire'].map((name) => `${name}.js`),
)

/** Where the files are: beside this one when it was built, and in the build when it was not. */
const DIRECTORIES = [new URL('../../client/', import.meta.url), new URL('../../dist/client/', import.meta.url)]

/** @returns undefined when there is no such file */
async function textOf(name: string): Promise<Buffer | undefined> {
  if (!FILES.has(name)) return undefined
  for (const directory of DIRECTORIES) {
    const found = await readFile(new URL(name, directory)).catch(() => undefined)
    if (found !== undefined) return found
  }
  return undefined
}

/** Answers a request for something below `CLIENT_PATH`. */
export async function giveClientFile({ method, url = '' }: IncomingMessage, response: ServerResponse): Promise<void> {
  const text = method === 'GET' || method === 'HEAD' ? await textOf(url.slice(CLIENT_PATH.length).split('?')[0] ?? '') : undefined
  if (text === undefined) response.writeHead(404, { 'content-type': 'text/plain' }).end('there is no such file of the client library\n')
  else
    response.writeHead(200, { 'content-type': 'text/javascript', 'content-length': text.length, 'cache-control': 'max-age=300' }).end(text)
}
