/** A network of processes in the language of Graphviz. */
import type { Network, NetworkProcess } from '../../compiler/index.ts'

const quoted = (text: string): string => `"${text.replace(/[\\"]/g, '\\$&').replaceAll('\n', ' ')}"`

/** @returns the network as a directed graph: a cluster for each process that starts others */
export function networkDot(title: string, { processes, channels }: Network): string {
  const inner = new Map<number | undefined, NetworkProcess[]>()
  for (const process of processes) {
    const list = inner.get(process.parent)
    if (list === undefined) inner.set(process.parent, [process])
    else list.push(process)
  }
  const speaking = new Set(channels.flatMap(({ writers, readers }) => [...writers, ...readers]))
  const lines: string[] = []
  const label = ({ name, copies, within, unfollowed }: NetworkProcess): string => {
    const count = copies === undefined ? '' : copies === 'FORK' ? ' forked' : ` ×${copies}`
    return `${name}${count}${within !== undefined ? ` (${within} within)` : unfollowed === undefined ? '' : ' …'}`
  }
  const open: { readonly process?: NetworkProcess; readonly indent: string }[] = (inner.get(undefined) ?? [])
    .map((process) => ({ process, indent: '  ' }))
    .reverse()
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { process, indent } = next
    if (process === undefined) {
      lines.push(`${indent}}`)
      continue
    }
    const below = inner.get(process.id) ?? []
    const style = process.outside === true ? ', style=dashed' : ''
    if (below.length === 0) {
      lines.push(`${indent}p${process.id} [label=${quoted(label(process))}${style}]`)
      continue
    }
    lines.push(`${indent}subgraph cluster_${process.id} {`, `${indent}  label=${quoted(label(process))}`)
    if (speaking.has(process.id)) lines.push(`${indent}  p${process.id} [label="itself", style=dashed]`)
    open.push({ indent })
    for (const each of [...below].reverse()) open.push({ process: each, indent: `${indent}  ` })
  }
  for (const { name, protocol, writers, readers } of channels)
    for (const writer of writers)
      for (const reader of readers) lines.push(`  p${writer} -> p${reader} [label=${quoted(`${name} ${protocol}`.trim())}]`)
  return `digraph ${quoted(title)} {\n  rankdir=LR\n  node [shape=box]\n${lines.join('\n')}\n}\n`
}
