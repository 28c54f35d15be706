import { checkProgram, projectReader } from '../compiler/front-end.ts'
import { allPrograms } from '../backend/compile.ts'
import { interpretTest, interpretMain } from './interpret/program.ts'
let ok = 0,
  bad = 0,
  skipped = 0
const reasons = new Map<string, number>()
for (const path of allPrograms()) {
  const { checked } = checkProgram(path, projectReader())
  if (checked === undefined) {
    console.log(path, 'refused')
    continue
  }
  checked.tests.forEach((t, i) => {
    const expected = t.fails ?? 'ended'
    try {
      const { how } = interpretTest(checked, i)
      if (how.some((h) => h.startsWith(expected)) || (expected === 'R0106' && how[0] === 'deadlock')) ok++
      else {
        bad++
        console.log(path, t.title, how.join(), expected)
      }
    } catch (e) {
      skipped++
      const m = String((e as Error).stack)
        .split('\n')
        .slice(0, 2)
        .join(' ')
        .slice(0, 150)
      reasons.set(m, (reasons.get(m) ?? 0) + 1)
    }
  })
}
console.log(ok, bad, skipped, reasons)
