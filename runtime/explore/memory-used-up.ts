/** Thrown when there is no room for what the explorer would keep next. What it has seen so far stands. */
export class MemoryUsedUp extends Error {
  override readonly name = 'MemoryUsedUp'
}
