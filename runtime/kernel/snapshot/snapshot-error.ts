/** What can be wrong with a snapshot, or with the wish to make one. */
export type SnapshotErrorCode =
  /** Not a snapshot at all. */
  | 'magic'
  /** Made by another version of the ABI. */
  | 'abi'
  /** Ends too early. */
  | 'truncated'
  /** Altered. */
  | 'checksum'
  /** A unit that is not loaded here; the message names its hash, `detail` is it. */
  | 'unit'
  /** Well-formed bytes that say something impossible. */
  | 'malformed'
  /** More bytes than the snapshot has. */
  | 'trailing'
  /** Larger than a snapshot can be, or than there is memory for. */
  | 'size'
  /** What shall be captured cannot be: it belongs to the host, has ended, or is running now. */
  | 'pinned'

/** A byte string that is no snapshot this kernel can restore, or a process that cannot be captured. */
export class SnapshotError extends Error {
  override readonly name = 'SnapshotError'
  constructor(
    readonly code: SnapshotErrorCode,
    message: string,
    /** Of `unit`: the hash. */
    readonly detail = '',
  ) {
    super(message)
  }
}
