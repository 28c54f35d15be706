/** Where lines end and blocks begin. */
import { test } from 'uvu'
import { layout } from '../../grammar/layout.ts'
import { lex } from '../../grammar/lexer.ts'
import { printTokens } from '../../grammar/print-tree.ts'
import { cases } from './cases.ts'

cases('layout.cases', (source) => printTokens(layout(lex({ path: 'x', text: source }).value.tokens).value))

test.run()
