/** What can be seen of a process from outside: its communications, its end, and its faults. Events have numbers that two processes share. */
import type { Value } from '../../kernel/scheduler/value.ts'
import type { OutsideChannel } from '../outside.ts'

export type VisibleEvent =
  | { readonly kind: 'communication'; readonly channel: string; readonly value: Value }
  /** The process ends. */
  | { readonly kind: 'end' }
  /** The process fails; nothing happens after that. */
  | { readonly kind: 'fault'; readonly code: string }

/** The number of moves that nobody outside sees. */
export const INTERNAL = 0
/** The number of the end. */
export const END = 1

export class Events {
  private readonly all: (VisibleEvent | undefined)[] = [undefined, { kind: 'end' }]
  private readonly numbers = new Map<string, number>()

  fault(code: string): number {
    return this.number(code, { kind: 'fault', code })
  }

  /** @param key a text that no other value has */
  communication(channel: string, key: string, value: () => Value): number {
    const whole = `${channel} ${key}`
    return this.numbers.get(whole) ?? this.number(whole, { kind: 'communication', channel, value: value() })
  }

  at(number: number): VisibleEvent {
    const event = this.all[number]
    if (event === undefined) throw new Error(`there is no event ${number}`)
    return event
  }

  private number(key: string, event: VisibleEvent): number {
    let number = this.numbers.get(key)
    if (number === undefined) {
      this.numbers.set(key, (number = this.all.length))
      this.all.push(event)
    }
    return number
  }
}

/** Spells the events of one trace, which says where in its messages each channel is. */
export class Spelling {
  private readonly channels: ReadonlyMap<string, OutsideChannel>
  private readonly positions = new Map<string, number>()

  constructor(
    private readonly events: Events,
    channels: readonly OutsideChannel[],
  ) {
    this.channels = new Map(channels.map((channel) => [channel.name, channel]))
  }

  /** @returns an event that could be the next of the trace: `in ? 0`, `out ! 0`, `the end`, `a fault (R0102)` */
  spell(number: number): string {
    const event = this.events.at(number)
    switch (event.kind) {
      case 'end':
        return 'the end'
      case 'fault':
        return `a fault (${event.code})`
      case 'communication': {
        const channel = this.channels.get(event.channel)
        const text = channel?.positions[this.positions.get(event.channel) ?? 0]?.spell(event.value)
        return `${event.channel} ${channel?.direction ?? '!'} ${text ?? '...'}`
      }
    }
  }

  /** The trace goes on. @returns the event, spelled */
  next(number: number): string {
    const text = this.spell(number)
    const event = this.events.at(number)
    if (event.kind !== 'communication') return text
    const position = this.channels.get(event.channel)?.positions[this.positions.get(event.channel) ?? 0]
    this.positions.set(event.channel, position?.after(event.value) ?? 0)
    return text
  }
}
