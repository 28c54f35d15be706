/** Makes networks small enough to be looked at: processes that are alike become one, and what is deep in the tree becomes part of what is above it. */
import type { Network, NetworkChannel, NetworkProcess } from '../../compiler/index.ts'

export interface Folding {
  /** Branches of one process that differ in a subscript or a number only: if there are more, one stands for all. */
  readonly alike: number
  /** Processes that are shown at most. */
  readonly most: number
}

/** @returns the network with no more processes than `folding` allows, as far as folding can do that */
export function foldNetwork(network: Network, { alike, most }: Folding): Network {
  return foldDeep(foldAlike(network, alike), most)
}

/** @returns a name without its subscript and number: `cell` of `cell[3]` and `cell#2` */
const stemOf = (name: string): string => name.replace(/(?:\[-?\d+\]|#\d+)+$/, '')

function foldAlike(network: Network, alike: number): Network {
  const sizes = new Map<string, number>()
  const group = ({ parent = -1, name }: NetworkProcess): string => `${parent} ${stemOf(name)}`
  for (const process of network.processes) sizes.set(group(process), (sizes.get(group(process)) ?? 0) + 1)
  const ids = new Map<number, number>()
  const made = new Map<string, number>()
  const nodes = new Map<number, Set<string>>()
  const processes: NetworkProcess[] = []
  for (const process of network.processes) {
    const { parent, ...about } = process
    const size = sizes.get(group(process)) ?? 1
    const folds = size > alike && process.outside !== true
    const name = folds ? stemOf(process.name) : process.name
    const above = parent === undefined ? undefined : ids.get(parent)
    const key = `${above ?? -1} ${name}${folds ? ' *' : ''}`
    let id = made.get(key)
    if (id === undefined || process.outside === true) {
      id = processes.length
      made.set(key, id)
      const copies = folds ? { copies: String(size) } : {}
      processes.push({ ...about, id, name, ...(above === undefined ? {} : { parent: above }), ...copies })
    }
    ids.set(process.id, id)
    if (process.on !== undefined) nodes.set(id, (nodes.get(id) ?? new Set()).add(process.on))
  }
  const placed = processes.map((process) => {
    const on = nodes.get(process.id)
    return on === undefined ? process : { ...process, on: [...on].sort().join(', ') }
  })
  return { processes: placed, channels: renamed(network.channels, ids) }
}

function foldDeep(network: Network, most: number): Network {
  if (network.processes.length <= most) return network
  const depths = new Map<number, number>()
  const counts: number[] = []
  for (const { id, parent } of network.processes) {
    const depth = parent === undefined ? 0 : (depths.get(parent) ?? 0) + 1
    depths.set(id, depth)
    counts[depth] = (counts[depth] ?? 0) + 1
  }
  let shown = counts[0] ?? 0
  let deepest = 0
  while (deepest + 1 < counts.length && (deepest === 0 || shown + (counts[deepest + 1] ?? 0) <= most)) shown += counts[++deepest] ?? 0
  const ids = new Map<number, number>()
  const within = new Map<number, number>()
  for (const { id, parent } of network.processes) {
    if ((depths.get(id) ?? 0) <= deepest) ids.set(id, id)
    else {
      const above = ids.get(parent ?? -1) ?? 0
      ids.set(id, above)
      within.set(above, (within.get(above) ?? 0) + 1)
    }
  }
  const processes = network.processes
    .filter(({ id }) => ids.get(id) === id)
    .map((process) => {
      const hidden = within.get(process.id)
      return hidden === undefined ? process : { ...process, within: hidden }
    })
  return { processes, channels: renamed(network.channels, ids) }
}

function renamed(channels: readonly NetworkChannel[], ids: ReadonlyMap<number, number>): NetworkChannel[] {
  const found = new Map<string, NetworkChannel>()
  const all = (list: readonly number[]): number[] => [...new Set(list.map((id) => ids.get(id) ?? 0))]
  for (const channel of channels) {
    const [writers, readers] = [all(channel.writers), all(channel.readers)]
    const name = channel.name.replace(/\[-?\d+\]$/, '[]')
    const key = `${name} ${channel.protocol} ${writers.join()} ${readers.join()}`
    const known = found.get(key)
    // several of them are an array of which this is said once
    found.set(key, { ...channel, name: known === undefined ? channel.name : name, writers, readers })
  }
  return [...found.values()]
}
