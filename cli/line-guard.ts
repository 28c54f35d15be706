/** Lines about a program that runs, on the terminal that shows what the program prints: they wait until its line has ended. */

/** Lines wait this many looks at most: a program may never end its line. */
const PATIENCE = 20

export class Aside {
  private waiting: string[] = []
  private looks = 0

  /**
   * @param midLine whether the program has begun a line on the same terminal and not ended it
   * @param write writes whole lines
   */
  constructor(
    private readonly midLine: () => boolean,
    private readonly write: (text: string) => void,
  ) {}

  /** Says `line` as soon as it can stand on a line of its own. */
  say(line: string): void {
    this.waiting.push(line)
  }

  /** Writes what waits, if it can; call it again and again, and with `last` at the end. */
  look(last = false): void {
    if (this.waiting.length === 0) return
    const within = this.midLine()
    if (within && !last && this.looks++ < PATIENCE) return
    this.write((within ? '\n' : '') + this.waiting.map((line) => `${line}\n`).join(''))
    this.waiting = []
    this.looks = 0
  }
}
