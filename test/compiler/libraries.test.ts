/** The names that hints know of the libraries are those that the libraries declare. */
import { test } from 'uvu'
import { equal } from 'uvu/assert'
import { COURSE, LIBRARIES } from '../../compiler/check/libraries.ts'
import { parseProgram } from '../../grammar/parse.ts'
import { projectReader } from './front-end.ts'

test('the names of the library are known', () => {
  const parsed = parseProgram('runtime/library/course.module', projectReader(), { libraryDirectory: 'runtime/library' })
  const routines = parsed?.program.items.flatMap((item) => (item.kind === 'proc' || item.kind === 'function' ? [item.name.text] : [])) ?? []
  // those that begin with its own name are for itself
  const offered = routines.filter((name) => !name.startsWith('course.'))
  equal([...COURSE].sort(), [...new Set(offered)].sort())
})

test('the names of the other libraries are known', () => {
  for (const library of new Set(LIBRARIES.values())) {
    const parsed = parseProgram(`runtime/library/${library}.module`, projectReader(), { libraryDirectory: 'runtime/library' })
    const externals = parsed?.program.pragmas.map(({ rest }) => rest.slice(1, -1)) ?? []
    const items = parsed?.program.items.flatMap((item) => (item.kind === 'proc' || item.kind === 'function' ? [item.name.text] : [])) ?? []
    const declared = new Set([...items, ...externals])
    equal(
      [...LIBRARIES].filter(([name, of]) => of === library && !declared.has(name)).map(([name]) => name),
      [],
    )
  }
})

test.run()
