/** What the build makes of the variables of a bundle. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { withConstants } from '../../cli/bundle-constants.ts'

test('variables that nothing is assigned to become constants, and nothing else does', () => {
  const cases = [
    ['var a = 1;\nf(a);\n', 'const a = 1;\nf(a);\n'],
    ['var { a, b: [c] } = x, d = 2;\n', 'const { a, b: [c] } = x, d = 2;\n'],
    ['var C = class {\n};\nvar c = new C();\n', 'const C = class {\n};\nconst c = new C();\n'],
    ['var a;\na = 1;\n', 'var a;\na = 1;\n'],
    ['var a = 1;\nfunction f() {\n  a++;\n}\n', 'var a = 1;\nfunction f() {\n  a++;\n}\n'],
    ['var a = 1;\n[a] = [2];\n', 'var a = 1;\n[a] = [2];\n'],
    ['var a = 1;\n({ x: { ...a } } = y);\n', 'var a = 1;\n({ x: { ...a } } = y);\n'],
    ['var a = 1;\nfor (a of b) f(a);\n', 'var a = 1;\nfor (a of b) f(a);\n'],
    ['var a = 1;\nvar a = 2;\n', 'var a = 1;\nvar a = 2;\n'],
    ['function f() {\n  var a = 1;\n}\n', 'function f() {\n  var a = 1;\n}\n'],
  ] as const
  for (const [code, expected] of cases) assert.is(withConstants(code), expected)
})

test.run()
