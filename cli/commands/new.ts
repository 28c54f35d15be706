/** `godwit new` */
import { readdirSync, statSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { makeDirectory } from '../../runtime/code/files.ts'
import { UsageError } from '../errors.ts'
import { writeOutput } from '../output-file.ts'
import { print } from '../terminal.ts'

/**
 * Makes a directory with a program, a test of it, a README and a .gitignore.
 * @throws UsageError when `directory` is a file or holds something already, and the error of the system when it cannot be written
 */
export function newProject(directory: string): void {
  const stats = statSync(directory, { throwIfNoEntry: false })
  if (stats?.isDirectory() === false)
    throw new UsageError(`\`${directory}\` is a file`, 'name a directory that is not there yet, or an empty one')
  if (stats !== undefined) {
    const [first] = readdirSync(directory)
    if (first !== undefined)
      throw new UsageError(
        `\`${directory}\` is not empty: it holds \`${first}\``,
        'name a directory that is not there yet, or an empty one',
      )
  }
  const name = basename(resolve(directory))
  makeDirectory(directory)
  for (const [file, text] of Object.entries(files(name))) writeOutput(join(directory, file), text, 'wx')
  const enter = directory === '.' ? [] : [`  cd ${/^[\w./-]+$/.test(directory) ? directory : `'${directory}'`}`]
  print([`made ${directory} with ${Object.keys(files(name)).join(', ')}`, ...enter, '  godwit run main.csp', '  godwit test'].join('\n'))
}

/** @returns the text of each file */
function files(name: string): Readonly<Record<string, string>> {
  return { 'main.csp': PROGRAM, 'squares.module': MODULE, 'squares.csp': TESTS, 'README.md': readme(name), '.gitignore': '.godwit/\n' }
}

const PROGRAM = `-- Prints the first ten squares. Two processes run side by side and meet at the channel between them.
#USE "course"
#USE "squares"

PROC main (CHAN BYTE screen!)
  CHAN INT to.printer:
  PAR
    squares.upto (10, to.printer!)
    SEQ i = 0 FOR 10
      INT n:
      SEQ
        to.printer ? n
        out.int (n, 4, screen!)
        screen ! '*n'
:
`

const MODULE = `-- A process that main.csp and its test use.

-- Sends the squares of 1 to \`n\`.
PROC squares.upto (VAL INT n, CHAN INT out!)
  SEQ i = 1 FOR n
    out ! i * i
:
`

const TESTS = `-- Tests of squares.module: \`godwit test\` runs them.
#USE "squares"

TEST "squares come in order"
  CHAN INT c:
  PAR
    squares.upto (3, c!)
    INT a, b, d:
    SEQ
      c ? a
      c ? b
      c ? d
      ASSERT (a = 1)
      ASSERT (b = 4)
      ASSERT (d = 9)
:
`

function readme(name: string): string {
  return `# ${name}

    godwit run main.csp                  compile and run the program
    godwit run --nodes 3 main.csp        run it on three nodes of this machine
    godwit test                          run the tests in squares.csp
    godwit test --chaos                  run them with every process moved all the time
    godwit fmt                           format the texts

\`godwit --help\` lists the other commands.
`
}
