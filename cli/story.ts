/** How a counterexample is told: a numbered line for each thing that happens. */
import type { Actor, Happening } from '../runtime/explore/execution.ts'
import { spellValue } from '../runtime/report/value.ts'
import { duration } from './terminal.ts'

/** @returns the lines of a story */
export function storyLines(story: readonly Happening[]): string[] {
  const digits = String(story.length).length
  return story.map((happening, i) => `  ${String(i + 1).padStart(digits)}. ${happened(happening)}`)
}

function happened(happening: Happening): string {
  switch (happening.kind) {
    case 'communicate': {
      const { writer, reader, channel, value } = happening
      return `${at(writer)} sends ${spellValue(value)} on ${channel} to ${at(reader)}`
    }
    case 'show':
      return `${at(happening.process)} writes ${spellValue(happening.value)} to ${happening.end === 'error' ? 'the error channel' : 'the screen'}`
    case 'give':
      return `${at(happening.process)} takes ${spellValue(happening.value)} from outside on ${happening.channel}`
    case 'get':
      return `${at(happening.process)} sends ${spellValue(happening.value)} outside on ${happening.channel}`
    case 'type':
      return `${at(happening.process)} reads the key ${spellKey(happening.key)}`
    case 'choose':
      return `${at(happening.process)} chooses guard ${happening.guard + 1} of its ALT, ${happening.isTime ? 'whose time has come' : 'a SKIP'}`
    case 'wake':
      return `${at(happening.process)} goes on: its time has come`
    case 'tick':
      return `${duration(happening.microseconds)} pass`
    case 'claim':
      return `${at(happening.process)} gets the end that it claims`
    case 'meet':
      return `all have come to a barrier: ${happening.processes.map(at).join(', ')}`
  }
}

function at({ path, place }: Actor): string {
  return place === undefined ? path : `${path} (line ${place.line})`
}

/** @returns a key as the language spells it, where it can be seen */
export function spellKey(key: number): string {
  if (key === 255) return '255, the end of the keyboard'
  return key >= 32 && key < 127 ? `'${String.fromCharCode(key)}'` : String(key)
}
