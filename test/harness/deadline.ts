/** Tests that cannot hang: uvu itself waits for ever for a promise that never settles, and does not say for which. */
import { test } from 'uvu'

/**
 * Registers a test that fails when it is not done in time. The suite's file calls `test.run ()` as ever.
 * @param name what is true when it passes
 * @param milliseconds how long it may take
 * @param body the test
 * @param describe asked when time is up: what it is waiting for
 */
export function deadlineTest(name: string, milliseconds: number, body: () => Promise<void> | void, describe?: () => string): void {
  test(name, () => withDeadline(milliseconds, body, describe))
}

/**
 * Runs `body` against the clock.
 * @throws Error when `milliseconds` have passed and it has not settled; what it does afterwards is ignored
 */
export async function withDeadline<T>(milliseconds: number, body: () => Promise<T> | T, describe?: () => string): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const waiting = describe?.() ?? ''
      reject(new Error(`not done after ${milliseconds} ms${waiting === '' ? '' : `\n${waiting}`}`))
    }, milliseconds)
  })
  try {
    return await Promise.race([Promise.resolve().then(body), late])
  } finally {
    clearTimeout(timer)
  }
}
