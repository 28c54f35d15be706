/** What is in a directory beside texts does no command any harm: links that lead nowhere or round in circles, pipes, directories that are called like texts. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { refusalIn } from '../../cli/errors.ts'
import { godwit, temporaryDirectory } from './godwit.ts'

const TEXT = 'PROC main ()\n  SKIP\n:\n\nTEST "nothing"\n  SKIP\n:\n'

function directory(): string {
  const made = temporaryDirectory()
  writeFileSync(join(made, 'a.csp'), TEXT)
  mkdirSync(join(made, 'like-a-text.csp'))
  writeFileSync(join(made, 'like-a-text.csp', 'b.csp'), TEXT)
  symlinkSync('nobody@nowhere.1:2', join(made, '.#a.csp')) // an editor makes such links
  symlinkSync('nothing.csp', join(made, 'nowhere.csp'))
  symlinkSync('round.csp', join(made, 'round.csp'))
  symlinkSync('..', join(made, 'like-a-text.csp', 'up'))
  if (process.platform !== 'win32') execFileSync('mkfifo', [join(made, 'pipe.csp')])
  return made
}

for (const words of [['compile', '.'], ['compile', '.', '-o', 'out'], ['test', '.'], ['test'], ['fmt', '--check', '.']])
  test(`godwit ${words.join(' ')} finds the texts of a directory, whatever else is in it`, async () => {
    const { status, stdout, stderr } = await godwit(words, { cwd: directory() })
    assert.equal({ status, stderr }, { status: 0, stderr: '' })
    if (words[0] !== 'fmt') assert.match(stdout, /^a\.csp[^]*^like-a-text\.csp\/b\.csp/m)
  })

test('a place for temporary files that is no directory is named, with the variable', () => {
  const file = join(directory(), 'a.csp')
  try {
    mkdtempSync(join(file, 'godwit-'))
    assert.unreachable()
  } catch (error) {
    assert.equal(refusalIn(error), {
      message: `no directory can be made in \`${file}\`, where temporary files go: not a directory (ENOTDIR)`,
      nextStep: 'set TMPDIR to a directory that can be written to',
    })
  }
})

test.run()
