/**
 * A program of 10,000 lines in an editor: after each edit it has the messages of a compilation, and names are completed. How long that took is
 * printed; `GODWIT_EDITS=200 node --import tsx test/editor/large.test.ts` makes more edits.
 */
import { test } from 'uvu'
import { equal, ok } from 'uvu/assert'
import { CompletionRequest } from 'vscode-languageserver/node'
import { everything } from '../../bench/compilation.ts'
import { checkProgram, projectReader, ROOT } from '../compiler/front-end.ts'
import { EditorClient } from './client.ts'

const EDITS = Number(process.env['GODWIT_EDITS'] ?? 8)

const median = (times: readonly number[]): number => [...times].sort((a, b) => a - b)[times.length >> 1] ?? 0

test('10,000 lines', async () => {
  const text = everything(ROOT)
  // It includes files of the language tests, so it stands among them, for the editor alone.
  const folder = `${ROOT}test/language`
  const path = `${folder}/everything.csp`
  const client = new EditorClient(folder)
  try {
    await client.start()
    const uri = await client.open(path, text)
    const codes = (found: readonly { readonly code?: string | number }[]): string => found.map(({ code }) => code).join(' ')
    const cold = codes(checkProgram(path, projectReader({ [path]: text })).diagnostics)
    equal(codes((await client.diagnostics(uri)).diagnostics), cold)
    const lines = text.split('\n')
    const places = lines.flatMap((line, i) => (/^ {4}[a-z.]+ := [^"-]*$/.test(line) ? [i] : []))
    ok(places.length > 100)
    const checked: number[] = []
    const completed: number[] = []
    for (let i = 0; i < EDITS; i++) {
      // A word is typed after an assignment, which is wrong, and taken away again.
      const line = places[Math.floor(((i + 0.5) / EDITS) * places.length)] ?? 0
      const end = { line, character: (lines[line] ?? '').length }
      for (const [range, newText] of [
        [{ start: end, end }, ' + siz'],
        [{ start: end, end: { line, character: end.character + 6 } }, ''],
      ] as const) {
        const began = performance.now()
        await client.edit(uri, [{ range, newText }])
        if (newText !== '') {
          const position = { line, character: end.character + 6 }
          const items = await client.connection.sendRequest(CompletionRequest.type, { textDocument: { uri }, position })
          completed.push(performance.now() - began)
          ok(Array.isArray(items) && items.some(({ label }) => label === 'SIZE'))
        }
        const { diagnostics } = await client.diagnostics(uri)
        checked.push(performance.now() - began)
        if (newText === '') equal(codes(diagnostics), cold)
        else ok(codes(diagnostics) !== cold)
      }
    }
    const figures = `messages ${median(checked).toFixed(0)} ms after an edit, completion ${median(completed).toFixed(0)} ms (medians of ${EDITS} edits)`
    console.log(`${lines.length} lines: ${figures}`)
    await client.stop()
  } finally {
    client.end()
  }
})

test.run()
