/** The colours of reports. */

type Paint = (text: string) => string

/** Wraps text in what a terminal shows as a colour; as picocolors has them. */
export interface ReportColours {
  readonly red: Paint
  readonly yellow: Paint
  readonly blue: Paint
  readonly bold: Paint
  readonly dim: Paint
}
