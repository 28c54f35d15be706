import { readFileSync } from 'node:fs'
import { compile } from '../../compiler/index.ts'
import { projectHost } from '../backend/compile.ts'
import { format } from '../../editor/prettier-plugin/format.ts'
import { substance } from '../fmt/texts.ts'
const t = readFileSync(process.argv[2]!, 'utf8')
const { diagnostics } = await compile('x.csp', projectHost({ 'x.csp': t }))
for (const d of diagnostics)
  console.log(
    d.code,
    d.title,
    d.primary.span.start,
    d.primary.span.end,
    d.primary.span.file?.text.length,
    d.secondary.map((s) => [s.span.start, s.span.end]),
  )
try {
  format(t, { path: 'x.csp' })
} catch (e) {
  console.log(String(e))
}
