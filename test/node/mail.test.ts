/** How soon a site that computes lets its mail out and in. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Mail } from '../../runtime/node/program/mail.ts'

test('a slice ends at once when a message waits to leave', () => {
  const mail = new Mail()
  assert.is(mail.isAwaited(1_000), false)
  mail.sent()
  assert.is(mail.isAwaited(0), true)
  mail.sliced()
  assert.is(mail.isAwaited(0), false)
})

test('slices are short while messages come, and for a while after the last', () => {
  const mail = new Mail()
  mail.received()
  let short = 0
  for (; mail.isAwaited(999) && short < 1_000; short++) {
    assert.is(mail.isAwaited(0), false)
    mail.sliced()
  }
  assert.ok(short > 1 && short < 100, `${short} slices`)
})

test.run()
