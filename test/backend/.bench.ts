import { compileFile } from './compile.ts'
import { writeFileSync, mkdirSync } from 'node:fs'
const { program } = await compileFile(process.argv[2]!)
mkdirSync('/tmp/be/units', { recursive: true })
const names = new Map(program!.units.map((u) => [u.hash, u.name]))
for (const u of program!.units) writeFileSync(`/tmp/be/units/${u.name}.mjs`, u.code.replaceAll('godwit:abi', '/tmp/be/abi.mjs').replace(/unit:([0-9a-f]{64})/g, (_, h) => `./${names.get(h)}.mjs`))
