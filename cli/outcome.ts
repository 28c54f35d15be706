/** From the way a run has ended to what is printed and the exit status. */
import { renderReport, type Outcome, type Report } from '../runtime/index.ts'
import { Exit, signalled, STATUS } from './errors.ts'
import { complain, err, size } from './terminal.ts'

/**
 * Tells how a program ended.
 * @param json whether a report is one line of JSON, for other tools
 * @throws Exit unless it ended well; NodeError when the program wanted what it cannot have
 */
export function conclude(outcome: Outcome, json = false): void {
  switch (outcome.kind) {
    case 'ended':
      return
    case 'exited':
      if (outcome.status !== 0) throw new Exit(outcome.status)
      return
    case 'fault':
      tellReport(outcome.report, json)
      throw new Exit(STATUS.failure)
    case 'deadlock':
      tellReport(outcome.report, json)
      throw new Exit(STATUS.deadlock)
    case 'interrupted':
      throw new Exit(signalled(outcome.signal))
    case 'checkpointed':
      complain(`${outcome.file} holds the program as it was (${size(outcome.bytes)}); \`godwit restore ${outcome.file}\` carries on`)
      return
    case 'refused':
      throw outcome.error
  }
}

/** Shows a report on standard error. @param json whether it is one line of JSON */
export function tellReport(report: Report, json: boolean): void {
  process.stderr.write(json ? `${JSON.stringify(report)}\n` : renderReport(report, { colours: err }))
}
