// Type-aware linting: promises never float, switches over unions are exhaustive, `any` does not exist.
import tseslint from 'typescript-eslint'

const everywhere = [
  { selector: 'ExportDefaultDeclaration', message: 'No default exports.' },
  { selector: 'TSEnumDeclaration', message: 'Use a union of literals.' },
]
const longCalls = {
  selector: 'CallExpression[callee.property.name=/^(push|unshift|splice|max|min|fromCharCode|fromCodePoint)$/] > SpreadElement',
  message: 'A call takes some 100,000 arguments at most: loop over a list that may be longer.',
}
const endlessMkdir = {
  selector: 'CallExpression[callee.name=/^mkdir(Sync)?$/] Property[key.name="recursive"]',
  message: 'Node goes on for ever under /proc: use makeDirectory of runtime/code/files.ts.',
}

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'coverage/', '.godwit/', '**/*.golden*', 'test/**/golden/**'] },
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: false, allowDefaultCaseForExhaustiveSwitch: false, requireDefaultForNonUnion: false },
      ],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports', disallowTypeAnnotations: false }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      // A narrowing cast carries its reason in a comment beside it; the reviewer checks that, not the linter.
      '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: 'always' }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true }],
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      'no-restricted-syntax': ['error', ...everywhere],
    },
  },
  {
    files: ['{grammar,numbers,compiler,runtime,cli,client,editor}/**/*.ts'],
    rules: { 'no-restricted-syntax': ['error', ...everywhere, longCalls, endlessMkdir] },
  },
)
