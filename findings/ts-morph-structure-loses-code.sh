#!/usr/bin/env bash
# ts-morph: the structure of a file, written as a new file, is another program.
#
# Guess: `createSourceFile (name, other.getStructure ())` gives the program again, apart from its comments and its layout.
# Seen with ts-morph 28.0.0, without an error: the value of an import attribute is quoted twice; `override` of an accessor, an index signature of a class,
#   an optional method and the `defer` of an import are gone; a static block comes after a static property that it stood before, so that it runs later.
# What to do: copy the text of what has to stay as it is (`getFullText`), and use structures only for what was built as a structure.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm pkg set type=module >/dev/null
npm install --silent --no-audit --no-fund ts-morph@28.0.0 >/dev/null
cat >look.mjs <<'JS'
import { Project } from 'ts-morph'
const project = new Project({ useInMemoryFileSystem: true })
const pieces = [
  `import data from './data.json' with { type: 'json' }`,
  `import defer * as later from './later.js'`,
  `class A extends B { override get size(): number { return 1 } }`,
  `class A { [key: string]: unknown }`,
  `class A { close?(): void }`,
  `class A { static { start() } static count = next() }`,
]
pieces.forEach((text, i) => {
  const before = project.createSourceFile(`before${i}.ts`, text)
  const after = project.createSourceFile(`after${i}.ts`, before.getStructure())
  console.log(`${text}\n  ${after.getFullText().replace(/\s+/g, ' ').trim()}`)
})
JS
seen=$(node look.mjs)
printf '%s\n' "$seen"
expected=$(cat <<'END'
import data from './data.json' with { type: 'json' }
  import data from "./data.json" with { type: "'json'" };
import defer * as later from './later.js'
  import * as later from "./later.js";
class A extends B { override get size(): number { return 1 } }
  class A extends B { get size(): number { return 1 } }
class A { [key: string]: unknown }
  class A { }
class A { close?(): void }
  class A { }
class A { static { start() } static count = next() }
  class A { static count = next(); static { start() } }
END
)
[ "$seen" = "$expected" ] || { echo 'this has changed' >&2; exit 1; }
