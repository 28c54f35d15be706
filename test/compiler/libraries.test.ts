/** The names that a hint knows of the library `course` are those that the library declares. */
import { test } from 'uvu'
import { equal } from 'uvu/assert'
import { COURSE } from '../../compiler/check/libraries.ts'
import { parseProgram } from '../../grammar/parse.ts'
import { projectReader } from './front-end.ts'

test('the names of the library are known', () => {
  const parsed = parseProgram('runtime/library/course.module', projectReader(), { libraryDirectory: 'runtime/library' })
  const routines = parsed?.program.items.flatMap((item) => (item.kind === 'proc' || item.kind === 'function' ? [item.name.text] : [])) ?? []
  // those that begin with its own name are for itself
  const offered = routines.filter((name) => !name.startsWith('course.'))
  equal([...COURSE].sort(), [...new Set(offered)].sort())
})

test.run()
