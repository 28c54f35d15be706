/** Values of slots that the old version has nothing for, from the texts in which a declaration or a map gives them. */
import { kindOfElement, viewOf } from '../snapshot/codec.ts'
import { elementOf, formOf } from '../snapshot/schema.ts'
import { Channel } from '../scheduler/state.ts'
import type { ElementType, SlotType, TypedArray } from '../scheduler/value.ts'

const BOUNDS: Readonly<Partial<Record<ElementType, readonly [least: bigint, most: bigint]>>> = {
  byte: [0n, 255n],
  int16: [-(1n << 15n), (1n << 15n) - 1n],
  int: [-(1n << 31n), (1n << 31n) - 1n],
  int32: [-(1n << 31n), (1n << 31n) - 1n],
  int64: [-(1n << 63n), (1n << 63n) - 1n],
}

/** @returns what makes the value that a text stands for, in a slot of that type; undefined when it stands for none */
export function makerOf(type: SlotType, text: string): (() => unknown) | undefined {
  const form = formOf(type)
  switch (form) {
    case 'bool':
    case 'byte':
    case 'int':
    case 'int16':
    case 'int32':
    case 'int64':
    case 'real32':
    case 'real64': {
      const value = scalarOf(form, text)
      return value === undefined ? undefined : () => value
    }
    case 'view':
      return arrayMaker(elementOf(type) ?? 'byte', text)
    case 'channel':
      return text === 'CHAN' ? () => new Channel() : undefined
    case 'channels':
    case 'monitor':
    case 'monitors':
    case 'mobile':
    case 'mobiles':
      return undefined
  }
}

function scalarOf(type: ElementType, text: string): number | bigint | boolean | undefined {
  if (type === 'bool') return text === 'TRUE' ? true : text === 'FALSE' ? false : undefined
  if (type === 'real32' || type === 'real64') {
    if (!/^-?(\d+(\.\d+)?([eE][-+]?\d+)?|Infinity)$|^NaN$/.test(text)) return undefined
    return type === 'real32' ? Math.fround(Number(text)) : Number(text)
  }
  const bounds = BOUNDS[type]
  if (bounds === undefined || !/^-?\d+$/.test(text)) return undefined
  const value = BigInt(text)
  if (value < bounds[0] || value > bounds[1]) return undefined
  return type === 'int64' ? value : Number(value)
}

/** @param text `[1, 2, 3]` */
function arrayMaker(element: ElementType, text: string): (() => TypedArray) | undefined {
  const inner = /^\[(.*)\]$/s.exec(text)?.[1]
  if (inner === undefined) return undefined
  const texts = inner.trim() === '' ? [] : inner.split(',').map((each) => each.trim())
  const values = texts.map((each) => scalarOf(element, element === 'bool' ? ({ '1': 'TRUE', '0': 'FALSE' }[each] ?? each) : each))
  if (values.includes(undefined)) return undefined
  const kind = kindOfElement(element)
  return () => {
    const bytes = new ArrayBuffer(values.length * viewOf(kind, new ArrayBuffer(0), 0, 0).BYTES_PER_ELEMENT)
    const made = viewOf(kind, bytes, 0, values.length)
    values.forEach((value, i) => {
      made[i] = typeof value === 'bigint' ? value : Number(value)
    })
    return made
  }
}
