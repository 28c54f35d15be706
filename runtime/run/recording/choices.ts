/**
 * The choices of processes on several nodes, as nodes tell them to the home of the program: what each process chose or was given, in its order.
 *
 * A process is deterministic but for these, so who repeats them repeats the run, on however many nodes. A process is known by its path, which no two processes
 * have at a time. What is told has a logical time, so that of two choices the one that the other depends on comes first, wherever they were made.
 *
 * What a node tells is one sequence of entries, in as many pieces as it likes: a byte that says which, the number of the path (with the path itself
 * when it is new), how much logical time has passed, and what it is about.
 */
import { ByteReader, readValue, writeValue } from '../../kernel/snapshot/codec.ts'
import type { Value } from '../../kernel/scheduler/value.ts'
import { GatheredBytes } from './gathered-bytes.ts'

export type Choice =
  /** An ALT took the guard of that number. */
  | { readonly kind: 'guard'; readonly guard: number }
  /** A claim was granted. Of those of all processes the order matters. */
  | { readonly kind: 'claim' }
  /** A timer was read. */
  | { readonly kind: 'time'; readonly reading: number }
  /** The host has answered. */
  | { readonly kind: 'answer'; readonly value: Value }
  /** A process was forked, which has that path. */
  | { readonly kind: 'fork'; readonly child: string }

const KINDS = ['guard', 'claim', 'time', 'answer', 'fork', 'place'] as const satisfies readonly (Choice['kind'] | 'place')[]

/** A choice of a process. */
export interface Told {
  readonly path: string
  /** Logical time. */
  readonly at: number
  readonly choice: Choice
}

/** Writes what a node tells. */
export class ChoiceWriter extends GatheredBytes {
  private readonly paths = new Map<string, number>()
  private time = 0

  write(path: string, at: number, choice: Choice): void {
    const { bytes } = this
    this.begin(choice.kind, path)
    bytes.uint(at - this.time)
    this.time = at
    switch (choice.kind) {
      case 'guard':
        bytes.uint(choice.guard)
        return
      case 'claim':
        return
      case 'time':
        bytes.int(choice.reading)
        return
      case 'answer':
        writeValue(bytes, choice.value)
        return
      case 'fork':
        bytes.string(choice.child)
        return
    }
  }

  /** A process that is called `name` while it is apart from its FORKING has this path. */
  place(name: string, path: string): void {
    this.begin('place', path)
    this.bytes.string(name)
  }

  private begin(kind: (typeof KINDS)[number], path: string): void {
    const { bytes, paths } = this
    bytes.byte(KINDS.indexOf(kind))
    const known = paths.get(path)
    bytes.uint(known ?? paths.size)
    if (known !== undefined) return
    bytes.string(path)
    paths.set(path, paths.size)
  }
}

/** Reads what a node has told. */
export class ChoiceReader {
  private readonly paths: string[] = []
  private time = 0

  /** @param places gets the paths of processes that were called otherwise @throws SnapshotError when the bytes are no piece of what a node tells */
  read(piece: Uint8Array, told: Told[], places: Map<string, string>): void {
    const r = new ByteReader(piece)
    while (r.left > 0) {
      const kind = KINDS[r.below(KINDS.length, 'kind of choice')] ?? 'claim'
      const number = r.below(this.paths.length + 1, 'path')
      if (number === this.paths.length) this.paths.push(r.string())
      const path = this.paths[number] ?? ''
      if (kind === 'place') places.set(r.string(), path)
      else {
        this.time += r.uint()
        told.push({ path, at: this.time, choice: readChoice(kind, r) })
      }
    }
  }
}

function readChoice(kind: Choice['kind'], r: ByteReader): Choice {
  switch (kind) {
    case 'guard':
      return { kind, guard: r.uint() }
    case 'claim':
      return { kind }
    case 'time':
      return { kind, reading: r.int() }
    case 'answer':
      return { kind, value: readValue(r) }
    case 'fork':
      return { kind, child: r.string() }
  }
}
