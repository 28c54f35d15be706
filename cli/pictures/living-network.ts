/** The network of a program that runs: its processes as the nodes of a cluster know them, and the channels between these. */
import type { Network, NetworkChannel, NetworkProcess } from '../../compiler/index.ts'
import type { ProcessGroup, Wiring } from '../../runtime/node/commands/client.ts'
import { decodeBase64 } from '../../runtime/node/wire/base64.ts'
import { unpackNumbers } from '../../runtime/node/wire/packed-numbers.ts'

/** Processes and where they are. */
interface Known {
  readonly nodes: Set<string>
  count: number
}

/** What stands for any subscript where nodes have told channels of many processes together. */
const ANY = /\[-?\d+\]/g

/**
 * @param groups all processes of one program, by the node that they are on
 * @param wirings what each node knows of its channels
 */
export function livingNetwork(groups: ReadonlyMap<string, readonly ProcessGroup[]>, wirings: readonly Wiring[]): Network {
  const together = wirings.some(
    ({ channels, ends }) => channels.some(([writer]) => writer.includes('[*]')) || ends.some(([, path]) => path.includes('[*]')),
  )
  const shown = (path: string): string => (together ? path.replace(ANY, '[*]') : path)
  const known = new Map<string, Known>()
  for (const [node, list] of groups)
    for (const { path, indices } of list) {
      const paths = indices === undefined ? [path] : unpackNumbers(decodeBase64(indices)).map((i) => `${path}[${i}]`)
      for (const each of paths) {
        const entry = known.get(shown(each))
        if (entry === undefined) known.set(shown(each), { nodes: new Set([node]), count: 1 })
        else {
          entry.nodes.add(node)
          entry.count++
        }
      }
    }
  const byNumber = new Intl.Collator('en', { numeric: true })
  const paths = [...known.keys()].sort((a, b) => depthOf(a) - depthOf(b) || byNumber.compare(a, b))
  const ids = new Map(paths.map((path, id) => [path, id]))
  const processes = paths.map((path, id): NetworkProcess => {
    const above = parentOf(path, ids)
    const { nodes, count } = known.get(path) ?? { nodes: new Set<string>(), count: 1 }
    return {
      id,
      name: (above === undefined ? path : path.slice(above.length + 1)).replace('[*]', ''),
      file: '',
      line: 0,
      on: [...nodes].sort().join(', '),
      ...(above === undefined ? {} : { parent: ids.get(above) ?? 0 }),
      ...(count > 1 || path.endsWith('[*]') ? { copies: String(count) } : {}),
    }
  })
  return { processes, channels: channelsOf(wirings, (path) => ids.get(shown(path))) }
}

const depthOf = (path: string): number => path.split('/').length

/** @returns the path of what started a process, if it is known */
function parentOf(path: string, ids: ReadonlyMap<string, number>): string | undefined {
  for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) if (ids.has(path.slice(0, at))) return path.slice(0, at)
  return undefined
}

function channelsOf(wirings: readonly Wiring[], idOf: (path: string) => number | undefined): NetworkChannel[] {
  const found: NetworkChannel[] = []
  const open = new Map<number, { name: string; readonly writers: Set<number>; readonly readers: Set<number> }>()
  for (const { channels, ends } of wirings) {
    for (const [writer, reader, name] of channels) {
      const [from, to] = [idOf(writer), idOf(reader)]
      if (from !== undefined && to !== undefined) found.push({ name, protocol: '', writers: [from], readers: [to] })
    }
    for (const [channel, path, name, writes] of ends) {
      let known = open.get(channel)
      if (known === undefined) open.set(channel, (known = { name, writers: new Set(), readers: new Set() }))
      if (writes && name !== '') known.name = name
      const id = idOf(path)
      if (id !== undefined) (writes ? known.writers : known.readers).add(id)
    }
  }
  for (const { name, writers, readers } of open.values()) found.push({ name, protocol: '', writers: [...writers], readers: [...readers] })
  return found
}
