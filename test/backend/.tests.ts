import { allPrograms, compileFile } from './compile.ts'
import { loadUnits, runTest } from './run.ts'
import { renderAll } from '../../compiler/diagnostics/render.ts'
const only = process.argv.slice(2)
let good = 0
for (const path of only.length ? only : allPrograms()) {
  try {
    const { program, diagnostics } = await compileFile(path)
    if (program === undefined) { console.log('REJECTED', path, renderAll(diagnostics.filter(d=>d.severity==='error')).slice(0, 1500)); continue }
    if (program.manifest.tests.length === 0) continue
    const units = await loadUnits(program)
    program.manifest.tests.forEach((t, i) => {
      let end: string
      try { end = runTest(program, units, i) } catch (e) { end = 'CRASH ' + (e as Error).stack?.split('\n').slice(0, 5).join('\n') }
      const want = t.fails === undefined ? 'passed' : t.fails
      if (t.fails === undefined ? end !== 'passed' : !end.startsWith(t.fails)) console.log(`${path}:${t.line} "${t.title}" ${end} (wanted ${want})`)
      else good++
    })
  } catch (e) { console.log('CRASH', path, (e as Error).stack?.split('\n').slice(0,6).join('\n')) }
}
console.log(good, 'good')
