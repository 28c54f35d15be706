/** Opens the journal of the directory it is given, commits one thing, and prints what came of that. */
import { Journal } from '../../runtime/engine/embedded-journal.ts'

const [directory = ''] = process.argv.slice(2)
const journal = new Journal(directory, false, ({ message }) => {
  process.stdout.write(`${message}\n`)
})
journal.swap([{ key: 'x', expect: undefined, value: '1' }], (outcome) => {
  process.stdout.write(`${outcome}\n`)
  journal.close()
})
