/** What stands in a frame for an array that is not there yet, and in a mobile variable for one that it does not have. */
export const NO_BYTES = new Uint8Array(0)
export const NO_INT16S = new Int16Array(0)
export const NO_INTS = new Int32Array(0)
export const NO_INT64S = new BigInt64Array(0)
export const NO_REAL32S = new Float32Array(0)
export const NO_REAL64S = new Float64Array(0)
