/** What a process at rest waits for, as numbers. */

/** What a guard waits for. */
export type LocalGuard = {
  readonly guard: number
  /** Whether no guard before it has the right of way; see `OrderedGuard`. */
  readonly first: boolean
} & (
  | { readonly kind: 'input'; readonly channel: number }
  /** Microseconds from now; not positive: it has come. */
  | { readonly kind: 'time'; readonly due: number }
  | { readonly kind: 'skip' }
  | { readonly kind: 'sync'; readonly monitor: number }
)

/** What a process waits for. */
export type Wait =
  | { readonly kind: 'output'; readonly channel: number; readonly value: number }
  | { readonly kind: 'input'; readonly channel: number }
  | { readonly kind: 'alt'; readonly guards: readonly LocalGuard[] }
  | { readonly kind: 'time'; readonly due: number }
  /** With `forking` there may be more, which were forked. */
  | { readonly kind: 'join'; readonly branches: number; readonly forking: boolean }
  | { readonly kind: 'claim'; readonly monitor: number }
  | { readonly kind: 'sync'; readonly monitor: number }
  | { readonly kind: 'ended' }

/** @returns the same some time later. @param d microseconds @param later of a message, given by its number */
export function laterWait(wait: Wait, d: number, later: (value: number) => number): Wait {
  switch (wait.kind) {
    case 'time':
      return { kind: 'time', due: wait.due - d }
    case 'alt':
      if (!wait.guards.some(({ kind }) => kind === 'time')) return wait
      return { ...wait, guards: wait.guards.map((guard) => (guard.kind === 'time' ? { ...guard, due: guard.due - d } : guard)) }
    case 'output': {
      const value = later(wait.value)
      return value === wait.value ? wait : { ...wait, value }
    }
    case 'input':
    case 'join':
    case 'claim':
    case 'sync':
    case 'ended':
      return wait
  }
}
