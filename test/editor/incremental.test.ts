/**
 * A program that is edited gets the messages that a compilation of its text would give, after every edit, and nobody fails on the way.
 *
 * `GODWIT_EDITS=10000 node --import tsx test/editor/incremental.test.ts` makes that many edits; `GODWIT_SEED=5` others.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'uvu'
import { equal, ok } from 'uvu/assert'
import { analyse, type Analysis } from '../../compiler/analysis.ts'
import type { CompilerHost } from '../../compiler/host.ts'
import { IncrementalAnalysis } from '../../compiler/incremental.ts'
import { NameIndex } from '../../compiler/name-index.ts'
import { projectReader, ROOT } from '../compiler/front-end.ts'
import { edited, random, wordsOf } from './edits.ts'

const EDITS = Number(process.env['GODWIT_EDITS'] ?? 60)
const SEED = Number(process.env['GODWIT_SEED'] ?? 1)

/** Everything that is said about a program, as text. */
function told({ diagnostics }: Analysis): string[] {
  const at = ({ span, text }: Analysis['diagnostics'][number]['primary']): string => `${span.file.path}:${span.start}-${span.end} ${text}`
  return diagnostics.map(({ code, title, help, primary, secondary }) =>
    [code, title, ...help, at(primary), ...secondary.map(at)].join(' | '),
  )
}

/** Every name of a program with what it stands for, as text. */
function named(analysis: Analysis): string[] {
  const names = new NameIndex(analysis)
  return analysis.files.flatMap(({ path }) => names.inFile(path).map(({ name, key }) => `${path}:${name.span.start} ${name.text} ${key}`))
}

const files = [
  ...readdirSync(`${ROOT}samples`).map((name) => `samples/${name}`),
  ...['protocol', 'operator', 'extends', 'pragmas', 'mobile-forms', 'channel-table', 'recursion'].map(
    (name) => `test/language/${name}.csp`,
  ),
].filter((path) => path.endsWith('.csp'))

test('after each edit a program has the messages and names of a compilation from the start', () => {
  const next = random(SEED)
  for (let done = 0; done < EDITS;) {
    const path = files[next(files.length)] ?? ''
    const original = readFileSync(ROOT + path, 'utf8')
    const words = wordsOf(original)
    let text = original
    const reader = projectReader()
    const host: CompilerHost = {
      read: (each) => (each === path ? text : reader.read(each)),
      sha256: () => '',
      libraryDirectory: 'runtime/library',
    }
    const program = new IncrementalAnalysis(path, host, { sights: true })
    for (let i = 0; i < 40 && done < EDITS; i++, done++) {
      const found = program.run()
      const cold = analyse(path, host, { sights: true })
      ok(found !== undefined && cold !== undefined)
      const where = `seed ${SEED}, edit ${done} (${path})\n${text}`
      equal(told(found), told(cold), where)
      if (i % 8 === 0) equal(named(found), named(cold), where)
      // Most texts are wrong after a few edits: begin again before nothing is left.
      text = i % 6 === 5 ? original : edited(text, words, next)
      if (i % 4 !== 3) continue
      // A look that another edit ends has changed nothing.
      for (let part = next(3); part >= 0 && program.step() === 'more';) part--
      equal(named(found), named(cold), where)
      text = edited(text, words, next)
      program.textsChanged()
    }
  }
})

test('what does not depend on a change is not looked at again', () => {
  let text =
    'PROC a ()\n  SKIP\n:\nPROC b ()\n  a ()\n:\nPROC c ()\n  SKIP\n:\nPROC main (CHAN BYTE screen!)\n  SEQ\n    b ()\n    c ()\n:\n'
  const host: CompilerHost = { read: (path) => (path === 'x.csp' ? text : undefined), sha256: () => '', libraryDirectory: '' }
  const program = new IncrementalAnalysis('x.csp', host)
  const nodes = (): readonly object[] => program.run()?.program.items ?? []
  const before = nodes()
  text = text.replace('PROC c ()\n  SKIP', 'PROC c ()\n  SEQ\n    SKIP')
  const after = nodes()
  equal(
    after.map((node, i) => node === before[i]),
    [true, true, false, true],
  )
  const memory = program.run()?.resolved.memory
  equal(
    (program.run()?.program.items ?? []).map((item) => memory?.isKept(item)),
    [true, true, false, false],
    'the main process calls what was changed',
  )
})

test.run()
