/** What shells complete, and the pages for `man`: both are read off the command, so every command is in them. */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { commandLine } from '../../cli/command-line.ts'
import { manPages } from '../../cli/man-pages.ts'
import { deadlineTest } from '../harness/deadline.ts'
import { godwit, temporaryDirectory } from './godwit.ts'

const directory = temporaryDirectory()
const names = commandLine().commands.map((command) => command.name())

async function script(shell: string): Promise<string> {
  const { status, stdout, stderr } = await godwit(['completion', shell])
  assert.is(status, 0, stderr)
  const file = join(directory, `completion.${shell}`)
  writeFileSync(file, stdout)
  return file
}

/** @returns what bash proposes for the last of the words */
function proposals(file: string, ...words: readonly string[]): readonly string[] {
  const body = `source ${file}; COMP_WORDS=(godwit ${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length}; _godwit; printf '%s\\n' "\${COMPREPLY[@]}"`
  const { stdout, stderr } = spawnSync('bash', ['--norc', '-c', body], { cwd: directory, encoding: 'utf8' })
  assert.is(stderr, '')
  return stdout.split('\n').filter((word) => word !== '')
}

deadlineTest('bash completes commands, options, their values and files', 60_000, async () => {
  const file = await script('bash')
  writeFileSync(join(directory, 'ring.csp'), '')
  for (const name of names) assert.ok(proposals(file, '').includes(name), name)
  assert.equal(proposals(file, 'cor'), ['cordon'])
  assert.ok(proposals(file, 'run', '--').includes('--durable'))
  assert.not.ok(proposals(file, 'run', '--').some((word) => word.startsWith('--durable=')))
  assert.equal(proposals(file, 'run', '--balance', ''), ['on', 'off'])
  assert.equal(proposals(file, 'run', 'ri'), ['ring.csp'])
  assert.equal(proposals(file, 'completion', 'z'), ['zsh'])
  assert.ok(proposals(file, 'explain', 'R040').includes('R0402'))
  assert.equal(proposals(file, 'help', 'cord'), ['cordon'])
})

deadlineTest('the scripts for zsh and fish are read by these shells, where they are installed', 60_000, async () => {
  for (const [shell, flag] of [
    ['zsh', '-n'],
    ['fish', '--no-execute'],
  ] as const) {
    const file = await script(shell)
    const { error, status, stderr } = spawnSync(shell, [flag, file], { encoding: 'utf8' })
    if (error === undefined) assert.is(status, 0, stderr)
  }
})

deadlineTest('a shell that nobody knows is a mistake', 60_000, async () => {
  const { status, stderr } = await godwit(['completion', 'csh'])
  assert.is(status, 64)
  assert.match(stderr, 'it is for bash, zsh and fish')
})

test('there is a page for each command, with all that its help says', () => {
  const pages = manPages()
  assert.is(pages.size, names.length + 1)
  for (const command of commandLine().commands) {
    const page = pages.get(`godwit-${command.name()}.1`) ?? ''
    assert.match(page, `.TH GODWIT-${command.name().toUpperCase()} 1`)
    for (const { flags, hidden } of command.options)
      if (!hidden) assert.ok(page.includes(flags.replace(/-/g, '\\-')), `${command.name()} ${flags}`)
    for (const line of page.split('\n')) assert.ok(!/^['.]/.test(line) || /^\.(TH|SH|TP|B|BR|I|nf|fi)\b/.test(line), line)
  }
})

test.run()
