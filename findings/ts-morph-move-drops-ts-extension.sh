#!/usr/bin/env bash
# ts-morph: moving a file drops the extensions of the imports that it rewrites, which NodeNext demands.
#
# Guess: in a project whose imports end in `.ts` (module NodeNext with rewriteRelativeImportExtensions, as Node's own type stripping wants them),
#   SourceFile.move() rewrites './a.ts' to './inner/a.ts'. The compiler demands an extension in such a project, and the imports had one.
# Seen with ts-morph 28.0.0 and its TypeScript 6.0: the import becomes './inner/a', and tsc, which found no error before the move, finds TS2835
#   ("Relative import paths need explicit file extensions") in every import that was rewritten: those of the importers, with '.ts' or '.js' alike, and
#   those of the moved file itself, although './b.ts' was still right there.
# What to do: after a move, add the extension to relative imports that name a `.ts` file.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm pkg set type=module >/dev/null
npm install --silent --no-audit --no-fund ts-morph@28.0.0 typescript@6.0.3 >/dev/null
cat >tsconfig.json <<'JSON'
{ "compilerOptions": { "module": "NodeNext", "moduleResolution": "NodeNext", "target": "ES2022", "strict": true,
  "rewriteRelativeImportExtensions": true, "types": [] }, "include": ["src"] }
JSON
mkdir src
echo "export const a = 1" >src/a.ts
echo "export const b = 2" >src/b.ts
printf "import { b } from './b.ts'\nexport const c = b\n" >src/c.ts
printf "import { a } from './a.ts'\nimport { b } from './b.js'\nimport { c } from './c.ts'\nexport const sum = a + b + c\n" >src/main.ts
cat >move.mjs <<'JS'
import { createRequire } from 'node:module'
import { Project } from 'ts-morph'
const project = new Project({ tsConfigFilePath: 'tsconfig.json' })
const imports = (file) => project.getSourceFileOrThrow(file).getImportDeclarations().map((i) => i.getModuleSpecifierValue()).join(' ')
console.log('ts-morph', createRequire(import.meta.url)('ts-morph/package.json').version)
for (const name of ['a', 'b', 'c']) project.getSourceFileOrThrow(`src/${name}.ts`).move(`${process.cwd()}/src/inner/${name}.ts`)
console.log('imports of main.ts:', imports('src/main.ts'))
console.log('imports of inner/c.ts:', imports('src/inner/c.ts'))
project.saveSync()
JS
errors() { npx tsc --noEmit -p . | grep -o 'TS[0-9]*' | sort | uniq -c | tr -s ' ' || true; }
seen="errors before:$(errors)
$(node move.mjs)
errors after:$(errors)"
printf '%s\n' "$seen"
expected='errors before:
ts-morph 28.0.0
imports of main.ts: ./inner/a ./inner/b ./inner/c
imports of inner/c.ts: ./b
errors after: 4 TS2835'
[ "$seen" = "$expected" ] || { echo 'this has changed'; exit 1; }
