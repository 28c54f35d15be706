/** The predefined functions: what generated code calls, and what the compiler calls for a constant. */
export { textToReal32, textToReal64 } from './decimal.ts'
export * from './elementary.ts'
export * from './ieee.ts'
export { argumentReduce32, argumentReduce64 } from './reduce.ts'
export {
  absolute,
  copySign,
  divBy2_32,
  divBy2_64,
  fpInt,
  isNotANumber,
  logB,
  minusX,
  mulBy2_32,
  mulBy2_64,
  nextAfter32,
  nextAfter64,
  notFinite,
  ordered,
  ran32,
  ran64,
  scaleB32,
  scaleB64,
  unpack,
} from './reals.ts'
export { roundSingle, unpackSingle } from './single.ts'
export { sqrt32, sqrt64 } from './square-root.ts'
export * from './words.ts'
