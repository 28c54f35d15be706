#!/usr/bin/env bash
# acorn-walk: `full` does not visit every node, and an `Identifier` visitor of `simple` does not see names that are declared or assigned.
#
# Guess: `full` calls its callback for each node of the tree, and `simple (tree, { Identifier })` for each Identifier node, since both are what one
#   would write a check of a whole file with.
# Seen with acorn 8.19.0 and acorn-walk 8.3.5: `full` never comes to a Property, a RestElement, a PrivateIdentifier, to the names within import
#   specifiers, to labels and to keys of patterns. `simple` calls the Identifier visitor for names that are read, and not for those that a
#   declaration, a parameter, a pattern or the left side of an assignment has: these are walked under the type VariablePattern.
# What to do: whoever checks untrusted text by an allow list walks all properties of all nodes, and refuses types of nodes that are not on the list.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm pkg set type=module >/dev/null
npm install --silent --no-audit --no-fund acorn@8.19.0 acorn-walk@8.3.5 >/dev/null
cat >look.mjs <<'JS'
import { parse, version } from 'acorn'
import { full, simple } from 'acorn-walk'
const text = `import d, { a as b } from 'm'
let { y: z, ...rest } = source
function f (p) { outer: for (const i of list) { continue outer } return p }
class C { #h = 1; get () { return this.#h } }
left = right`
const tree = parse(text, { ecmaVersion: 2022, sourceType: 'module' })
const every = []
const gather = (node) => {
  if (Array.isArray(node)) node.forEach(gather)
  else if (typeof node?.type === 'string') {
    every.push(node)
    Object.values(node).forEach(gather)
  }
}
gather(tree)
const names = (nodes) => nodes.filter((n) => n.type === 'Identifier').map((n) => n.name).join(' ')
const [visited, read] = [new Set(), []]
full(tree, (node) => visited.add(node))
simple(tree, { Identifier: (node) => read.push(node) })
console.log('acorn', version)
console.log('types that full never comes to:', [...new Set(every.map((n) => n.type))].filter((t) => ![...visited].some((n) => n.type === t)).join(' '))
console.log('names in the tree:', names(every))
console.log('names full comes to:', names([...visited]))
console.log('names simple comes to:', names(read))
JS
seen=$(node look.mjs)
printf '%s\n' "$seen"
expected='acorn 8.19.0
types that full never comes to: Property RestElement PrivateIdentifier
names in the tree: d a b y z rest source f p i list outer outer p C get left right
names full comes to: z rest source f p i list p C left right
names simple comes to: source list p right'
[ "$seen" = "$expected" ] || { echo 'this has changed'; exit 1; }
