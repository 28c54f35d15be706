import { compileFile } from '/work/main/test/backend/compile.ts'
const { program } = await compileFile(process.argv[2]!)
for (const u of program!.units) if (!process.argv[3] || u.name === process.argv[3]) console.log(u.typescript)
