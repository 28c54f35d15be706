/** Random programs of which it is known by construction which of their processes are stuck once nothing goes on but what sleeps. */

/** A process of such a program, and the processes that it depends on, by their numbers. */
type Member =
  /** Sleeps for long, and then does its part. */
  | { readonly kind: 'sleeper' }
  | { readonly kind: 'ended' }
  /** Two of its branches pass an end to and fro for ever, and the third waits at the other end of that. */
  | { readonly kind: 'busy' }
  | { readonly kind: 'input' | 'output'; readonly on: number }
  | { readonly kind: 'alt'; readonly on: readonly number[] }
  /** Has branches, each of which waits for one. */
  | { readonly kind: 'par'; readonly on: readonly number[] }
  /** Has branches, of which some wait at a barrier, and the others for somebody before they come there. */
  | { readonly kind: 'barrier'; readonly on: readonly number[]; readonly waiting: number }
  /** Has branches, of which the first has a claim, others wait for the claim, and the last reads. */
  | { readonly kind: 'claim'; readonly on: readonly [owner: number, reader: number]; readonly waiting: number }

export interface StuckProgram {
  readonly text: string
  /** Paths of the processes that are stuck. */
  readonly stuck: readonly string[]
  /** Of all that are left. */
  readonly all: readonly string[]
}

const KINDS = ['sleeper', 'ended', 'input', 'output', 'alt', 'par', 'barrier', 'claim', 'input', 'output', 'alt'] as const

/** What `busy` processes pass to and fro. */
export const PRELUDE = `CHAN TYPE E
  MOBILE RECORD
    CHAN INT req?:
:
`

/**
 * @param random a number from 0 up to below `n`
 * @param isBusy whether one of its processes never rests; then `PRELUDE` has to come before it
 */
export function stuckProgram(random: (n: number) => number, name: string, isBusy = false): StuckProgram {
  const size = 2 + random(7)
  const other = (i: number): number => (i + 1 + random(size - 1)) % size
  const several = (i: number): number[] => Array.from({ length: 1 + random(3) }, () => other(i))
  const members = Array.from({ length: size }, (_, i): Member => {
    const kind = isBusy && i === 0 ? 'busy' : (KINDS[random(KINDS.length)] ?? 'sleeper')
    switch (kind) {
      case 'busy':
      case 'sleeper':
      case 'ended':
        return { kind }
      case 'input':
      case 'output':
        return { kind, on: other(i) }
      case 'alt':
      case 'par':
        return { kind, on: several(i) }
      case 'barrier':
        return { kind, on: several(i), waiting: 1 + random(3) }
      case 'claim':
        return { kind, on: [other(i), other(i)], waiting: 1 + random(3) }
    }
  })
  return { text: textOf(members, name, random), ...judge(members) }
}

// ------------------------------------------------------------------------------------------------- what is stuck in it

/** What each process needs before it can run: all of its lists, of each of them one. */
type Needs = readonly (readonly string[])[]

function judge(members: readonly Member[]): { readonly stuck: string[]; readonly all: string[] } {
  const needs = new Map<string, Needs>()
  const path = (i: number): string => `main/par.${i + 1}`
  const isThere = (i: number): boolean => members[i]?.kind !== 'ended'
  const oneOf = (on: readonly number[]): string[] => on.filter(isThere).map(path)
  members.forEach((member, i) => {
    const branches: Needs[] = []
    switch (member.kind) {
      case 'sleeper':
        needs.set(path(i), [])
        break
      case 'busy':
        for (let k = 0; k < 3; k++) branches.push([])
        break
      case 'ended':
        break
      case 'input':
      case 'output':
        needs.set(path(i), [oneOf([member.on])])
        break
      case 'alt':
        needs.set(path(i), [oneOf(member.on)])
        break
      case 'par':
        for (const on of member.on) branches.push([oneOf([on])])
        break
      case 'barrier': {
        const late = member.on.map((_, k) => [`${path(i)}/par.${member.waiting + k + 1}`])
        for (let k = 0; k < member.waiting; k++) branches.push(late)
        for (const on of member.on) branches.push([oneOf([on])])
        break
      }
      case 'claim':
        branches.push([oneOf([member.on[0]])])
        for (let k = 0; k < member.waiting; k++) branches.push([[`${path(i)}/par.1`]])
        branches.push([oneOf([member.on[1]])])
        break
    }
    branches.forEach((of, k) => needs.set(`${path(i)}/par.${k + 1}`, of))
    if (branches.length > 0)
      needs.set(
        path(i),
        branches.map((_, k) => [`${path(i)}/par.${k + 1}`]),
      )
  })
  const left = members.flatMap((_, i) => (isThere(i) ? [[path(i)]] : []))
  if (left.length > 0) needs.set('main', left)
  const running = new Set<string>()
  for (let before = -1; before < running.size;) {
    before = running.size
    for (const [who, of] of needs) if (of.every((one) => one.some((each) => running.has(each)))) running.add(who)
  }
  const all = [...needs.keys()]
  return { all: all.sort(), stuck: all.filter((who) => !running.has(who)).sort() }
}

// -------------------------------------------------------------------------------------------------------- its text

function textOf(members: readonly Member[], name: string, random: (n: number) => number): string {
  let channels = 0
  /** What each process does in the end, for those who depend on it. */
  const duties = members.map((): string[] => [])
  /** A communication of one process, whose other end is with `on`. */
  const communicate = (on: number, outputs: boolean): string => {
    const c = `c${channels++}`
    duties[on]?.push(outputs ? `${c} ? y` : `${c} ! 1`)
    return outputs ? `${c} ! 2` : `${c} ? y`
  }
  const branch = (...lines: readonly string[]): string[] => ['  INT y:', '  SEQ', ...lines.map((line) => `    ${line}`)]
  const bodies = members.map((member): string[] => {
    switch (member.kind) {
      case 'sleeper':
        return ['TIMER tim:', 'INT t:', 'SEQ', '  tim ? t', '  tim ? AFTER t PLUS 1000000000']
      case 'busy': {
        const loop = (...lines: string[]): string[] => ['    WHILE TRUE', '      SEQ', ...lines.map((line) => `        ${line}`)]
        return [
          'E! e:',
          'E? s:',
          'CHAN E! to, fro:',
          'SEQ',
          '  e, s := MOBILE E',
          '  PAR',
          ...loop('to ! e', 'fro ? e'),
          '    E! f:',
          ...loop('to ? f', 'fro ! f'),
          '    s[req] ? y',
        ]
      }
      case 'ended':
        return ['SKIP']
      case 'input':
      case 'output':
        return [communicate(member.on, member.kind === 'output')]
      case 'alt':
        return ['ALT', ...member.on.flatMap((on) => [`  ${communicate(on, false)}`, '    SKIP'])]
      case 'par':
        return ['PAR', ...member.on.flatMap((on) => branch(communicate(on, random(2) === 0)))]
      case 'barrier': {
        const waiting = Array.from({ length: member.waiting }, () => branch('SYNC b', 'y := 0')).flat()
        return ['BARRIER b:', 'PAR ENROLL b', ...waiting, ...member.on.flatMap((on) => branch(communicate(on, false), 'SYNC b'))]
      }
      case 'claim': {
        const [owner, reader] = member.on
        const claims = Array.from({ length: member.waiting }, () => branch('CLAIM s!', '  s ! 3', 'y := 0')).flat()
        return [
          'SHARED CHAN INT s:',
          'PAR',
          ...branch('CLAIM s!', '  SEQ', `    ${communicate(owner, false)}`, '    s ! 1'),
          ...claims,
          ...branch(communicate(reader, false), 'CLAIM s?', '  s ? y'),
        ]
      }
    }
  })
  const lines = [`TEST "${name}"`]
  if (channels > 0) lines.push(`  CHAN INT ${Array.from({ length: channels }, (_, i) => `c${i}`).join(', ')}:`)
  lines.push('  PAR')
  bodies.forEach((body, i) => {
    const own = members[i]?.kind === 'ended' ? [] : (duties[i] ?? [])
    lines.push('    INT y:', '    SEQ')
    const declared = body.filter((line) => /^\S.*:$/.test(line))
    const done = body.slice(declared.length)
    lines.push(...declared.map((line) => `      ${line}`), ...done.map((line) => `      ${line}`), ...own.map((line) => `      ${line}`))
  })
  return `${lines.join('\n')}\n:\n`
}
