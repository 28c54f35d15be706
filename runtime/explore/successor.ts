/** The state that a move leads to, while it is made: the state before with what the move has changed. */
export class Successor {
  /** The state; overwritten by the next move. */
  words = new Int32Array(64)
  /** The components that the move has changed, some perhaps more than once. */
  changed = new Int32Array(64)
  /** How many there are in `changed`. */
  changes = 0
  /** What each of `changed` was before. */
  private before = new Int32Array(64)

  /** Begins with a state that nothing has changed. @param state absent: one in which there is nothing */
  load(state?: Int32Array): void {
    this.changes = 0
    this.words.fill(0)
    if (state !== undefined) this.words.set(state)
  }

  /** Goes back to the state that was loaded. */
  undo(): void {
    const { changed, before } = this
    for (let i = this.changes - 1; i >= 0; i--) this.words[changed[i] ?? 0] = before[i] ?? 0
    this.changes = 0
  }

  put(component: number, word: number): void {
    if (this.changes === this.changed.length) this.makeRoomForChanges()
    this.changed[this.changes] = component
    this.before[this.changes++] = this.words[component] ?? 0
    this.words[component] = word
  }

  /** @param components so many there are now */
  makeRoom(components: number): void {
    if (components <= this.words.length) return
    const larger = new Int32Array(2 * components)
    larger.set(this.words)
    this.words = larger
  }

  private makeRoomForChanges(): void {
    const { changed, before } = this
    this.changed = new Int32Array(2 * changed.length)
    this.changed.set(changed)
    this.before = new Int32Array(2 * before.length)
    this.before.set(before)
  }
}
