/** What a program prints while it is debugged: steps that are made again print nothing again. */
export class DebuggedOutput {
  private bytes: number[] = []
  /** Steps before this one have been made, and may be made again. */
  private known = 0

  /**
   * @param position gives the number of the step that is made
   * @param send gets text; it may end within a line
   */
  constructor(
    private readonly position: () => number,
    private readonly send: (text: string) => void,
  ) {}

  /** A byte was printed. */
  readonly show = (byte: number): void => {
    if (this.position() >= this.known) this.bytes.push(byte)
  }

  /** Steps begin at some position, perhaps an earlier one. */
  begin(): void {
    this.known = Math.max(this.known, this.position())
  }

  /** Sends what was printed since. */
  flush(): void {
    const text = Buffer.from(this.bytes).toString()
    this.bytes = []
    if (text !== '') this.send(text)
  }
}
