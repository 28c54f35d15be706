/** Operators by kind: which ones shift, compare, wrap around, are checked. */

export const SHIFTS = new Set(['<<', '>>'])
export const BITWISE = new Set(['/\\', '\\/', '><', 'BITAND', 'BITOR'])
/** Those of one operand that are defined for integers only; all others are the program's own. */
export const BITWISE_MONADIC = new Set(['MINUS', '~', 'BITNOT'])
export const WRAPPING = new Set(['PLUS', 'MINUS', 'TIMES'])
export const CHECKED = new Set(['+', '-', '*', '/', '\\', 'REM'])
export const ORDER = new Set(['<', '>', '<=', '>='])
export const EQUALITY = new Set(['=', '<>'])
export const ARITHMETIC = new Set([...SHIFTS, ...BITWISE, ...WRAPPING, ...CHECKED])
