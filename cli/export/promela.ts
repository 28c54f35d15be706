/** Automata as a model in Promela, the language of SPIN: a proctype for each process, a rendezvous channel for each channel. */
import type { Action, Automaton, Edge } from '../../runtime/explore/automata.ts'
import { inComment, messageNumbers, processName } from './naming.ts'

/** @param name of the program, for a comment @returns the text of a model */
export function promela(name: string, automata: readonly Automaton[]): string {
  const numbers = messageNumbers(automata)
  const channels = new Set<number>()
  for (const { edges } of automata)
    for (const all of edges.values()) for (const { action } of all) if ('channel' in action) channels.add(action.channel)
  const head = [`/* The processes of ${inComment(name)} and what they communicate. */`]
  const declared = [...channels].sort((a, b) => a - b).map((channel) => `chan c${channel} = [0] of { int };`)
  return `${[...head, ...declared, ...automata.map((each) => proctype(each, numbers))].join('\n')}\n`
}

function proctype({ path, first, edges, ended }: Automaton, numbers: ReturnType<typeof messageNumbers>): string {
  const states = new Set([first, ...edges.keys(), ...ended])
  for (const all of edges.values()) for (const { to } of all) if (to !== undefined) states.add(to)
  const label = (state: number): string => (ended.has(state) ? `end${state}` : `state${state}`)
  const lines = [...states]
    .sort((a, b) => (a === first ? -1 : b === first ? 1 : a - b))
    .map((state) => `${label(state)}:\n${ways(edges.get(state) ?? [], label, numbers)}`)
  return `\nactive proctype ${processName(path)} () {\n${lines.join('\n')}\n}`
}

function ways(edges: readonly Edge[], label: (state: number) => string, numbers: ReturnType<typeof messageNumbers>): string {
  if (edges.length === 0) return '  false'
  const all = edges.map(
    ({ action, to }) => `  :: ${spelled(action, numbers)} -> ${to === undefined ? 'assert(false); false' : `goto ${label(to)}`}`,
  )
  return ['  if', ...all, '  fi'].join('\n')
}

function spelled(action: Action, numbers: ReturnType<typeof messageNumbers>): string {
  switch (action.kind) {
    case 'send':
      return `c${action.channel} ! ${numbers(action.value)}`
    case 'receive':
      return `c${action.channel} ? ${numbers(action.value)}`
    case 'show':
      return `true /* ${action.end} */`
    case 'key':
      return `true /* key ${action.key} */`
    case 'choose':
      return 'true'
  }
}
