/** Lines about a program stand between its lines, not within them. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Aside } from '../../cli/line-guard.ts'

/** A terminal that a program and an Aside share. */
class Terminal {
  shown = ''
  readonly aside = new Aside(
    () => this.shown !== '' && !this.shown.endsWith('\n'),
    (text) => (this.shown += text),
  )
}

test('a line waits until the line of the program has ended', () => {
  const terminal = new Terminal()
  terminal.shown += 'step '
  terminal.aside.say('~ main n1 -> n2')
  terminal.aside.look()
  terminal.shown += '12\n'
  terminal.aside.look()
  assert.is(terminal.shown, 'step 12\n~ main n1 -> n2\n')
})

test('it does not wait for ever, and never begins within a line', () => {
  const terminal = new Terminal()
  terminal.shown += '...'
  terminal.aside.say('~ main n1 -> n2')
  terminal.aside.say('~ main n2 -> n3')
  for (let i = 0; i < 50; i++) terminal.aside.look()
  assert.is(terminal.shown, '...\n~ main n1 -> n2\n~ main n2 -> n3\n')
})

test('what still waits at the end is written', () => {
  const terminal = new Terminal()
  terminal.shown += '.'
  terminal.aside.say('~ main n1 -> n2')
  terminal.aside.look(true)
  assert.is(terminal.shown, '.\n~ main n1 -> n2\n')
})

test.run()
