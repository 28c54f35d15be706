/** Grows with every change that old units or snapshots could notice. */
export const ABI_VERSION = 1
