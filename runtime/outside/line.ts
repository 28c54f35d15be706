/** Those who wait, first come first, any of whom may leave: each step takes the same time however many there are. */

/** Someone in a line. */
export interface Queued {
  /** It has left. */
  gone: boolean
}

/** Places at the front that may be empty before the line moves up. */
const EMPTY_PLACES = 1024

export class Line<T extends Queued> {
  private items: T[] = []
  private head = 0
  private count = 0

  /** How many wait. */
  get length(): number {
    return this.count
  }

  /** @returns who is first; undefined when nobody waits */
  get first(): T | undefined {
    for (let item = this.items[this.head]; item !== undefined; item = this.items[++this.head]) {
      if (item.gone) continue
      if (this.head > EMPTY_PLACES && 2 * this.head > this.items.length) {
        this.items = this.items.slice(this.head)
        this.head = 0
      }
      return item
    }
    this.items = []
    this.head = 0
    return undefined
  }

  push(item: T): void {
    this.items.push(item)
    this.count++
  }

  /** @returns whether it was there */
  remove(item: T): boolean {
    if (item.gone) return false
    item.gone = true
    this.count--
    return true
  }
}
