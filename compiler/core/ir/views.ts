/** Views: arrays whose elements are those of another array. */
import { typeOf } from './build.ts'
import type { Expr, Local } from './ir.ts'

/** @returns the array that writing to `view` writes to. */
export function rootOf(view: Expr): Local | undefined {
  switch (view.kind) {
    case 'local':
      return view.local
    case 'slice':
      return rootOf(view.array)
    case 'retype':
      return view.from.array ? rootOf(view.operand) : undefined
    case 'content':
      return rootOf(view.of)
    case 'referent':
      return rootOf(view.reference)
    case 'element':
      return typeOf(view).item === 'mobile' ? rootOf(view.array) : undefined
    case 'apply':
    case 'blank':
    case 'array-of':
    case 'bound':
    case 'clock':
    case 'clone':
    case 'convert':
    case 'intrinsic':
    case 'length':
    case 'literal':
    case 'new-channel':
    case 'new-channels':
    case 'operation':
    case 'present':
    case 'received':
    case 'table':
    case 'zeros':
      return undefined
  }
}
