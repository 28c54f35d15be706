/** Automata as a script in CSPm, the language of FDR: a process for each state, put together over the channels that they share, which are hidden. */
import type { Action, Automaton, Edge } from '../../runtime/explore/automata.ts'
import { inComment, messageNumbers, processName } from './naming.ts'

/** @param name of the program, for a comment @returns the text of a script */
export function cspm(name: string, automata: readonly Automaton[]): string {
  const numbers = messageNumbers(automata)
  const values = new Map<number, Set<number>>()
  for (const { edges } of automata)
    for (const all of edges.values())
      for (const { action } of all)
        if (action.kind === 'send' || action.kind === 'receive') {
          const found = values.get(action.channel) ?? new Set<number>()
          values.set(action.channel, found.add(numbers(action.value)))
        }
  const declared = [...values]
    .sort(([a], [b]) => a - b)
    .map(([channel, all]) => `channel c${channel} : {${[...all].sort((a, b) => a - b).join(', ')}}`)
  const channelsOf = ({ edges }: Automaton): string[] => {
    const all = [...edges.values()].flat().flatMap(({ action }) => ('channel' in action ? [`c${action.channel}`] : []))
    return [...new Set(all)].sort()
  }
  const processes = automata.map((each, i) => ({ name: processName(each.path), each, i }))
  const alphabet = ({ each }: (typeof processes)[number]): string =>
    `{| ${[...channelsOf(each), 'screen', 'error', 'key', 'fault'].map((c, k, l) => (k < l.length - 4 ? c : `${c}.${processName(each.path)}_id`)).join(', ')} |}`
  return [
    `-- The processes of ${inComment(name)} and what they communicate.`,
    ...declared,
    `channel screen, error, key, fault : {0..${Math.max(automata.length - 1, 0)}}`,
    '',
    ...processes.map(({ name: process, i }) => `${process}_id = ${i}`),
    ...processes.map(({ each }) => states(each, numbers)),
    '',
    'PROCESSES = <',
    processes.map((process) => `  (${process.name}_${process.each.first}, ${alphabet(process)})`).join(',\n'),
    '>',
    'at (<x>^xs, n) = if n == 0 then x else at (xs, n - 1)',
    'process (i) = let (p, a) = at (PROCESSES, i) within p',
    'alphabet (i) = let (p, a) = at (PROCESSES, i) within a',
    `SYSTEM = || i : {0..${Math.max(automata.length - 1, 0)}} @ [alphabet (i)] process (i)`,
    `VISIBLE = SYSTEM \\ {| ${[...values.keys()].map((channel) => `c${channel}`).join(', ')} |}`,
    'assert SYSTEM :[deadlock free [F]]',
    'assert VISIBLE :[divergence free]',
    '',
  ].join('\n')
}

function states({ path, first, edges, ended }: Automaton, numbers: ReturnType<typeof messageNumbers>): string {
  const name = processName(path)
  const all = new Set([first, ...edges.keys(), ...ended])
  for (const each of edges.values()) for (const { to } of each) if (to !== undefined) all.add(to)
  return [
    '',
    ...[...all]
      .sort((a, b) => a - b)
      .map((state) => `${name}_${state} = ${ended.has(state) ? 'SKIP' : ways(name, edges.get(state) ?? [], numbers)}`),
  ].join('\n')
}

/** What a process chooses by itself is an internal choice; it may also come before the others have had the time for theirs. */
function ways(name: string, edges: readonly Edge[], numbers: ReturnType<typeof messageNumbers>): string {
  const external = edges
    .filter(({ action }) => action.kind !== 'choose')
    .map(({ action, to }) => `${event(name, action, numbers)} -> ${next(name, to)}`)
  const internal = edges.filter(({ action }) => action.kind === 'choose').map(({ to }) => next(name, to))
  if (internal.length === 0) return external.length === 0 ? 'STOP' : external.join(' [] ')
  const chosen = internal.length === 1 ? (internal[0] ?? 'STOP') : `(${internal.join(' |~| ')})`
  return external.length === 0 ? chosen : `(${external.join(' [] ')}) [> ${chosen}`
}

const next = (name: string, to: number | undefined): string => (to === undefined ? `(fault.${name}_id -> STOP)` : `${name}_${to}`)

function event(
  name: string,
  action: Exclude<Action, { readonly kind: 'choose' }> | Action,
  numbers: ReturnType<typeof messageNumbers>,
): string {
  switch (action.kind) {
    case 'send':
    case 'receive':
      return `c${action.channel}.${numbers(action.value)}`
    case 'show':
      return `${action.end}.${name}_id`
    case 'key':
      return `key.${name}_id`
    case 'choose':
      return 'STOP'
  }
}
