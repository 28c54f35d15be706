import { readFileSync } from 'node:fs'
import { format } from '../../editor/prettier-plugin/format.ts'
const t = readFileSync(process.argv[2]!, 'utf8')
console.log(format(t, { path: 'x.csp' }))
