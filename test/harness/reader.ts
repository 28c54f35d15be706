/** What a command of ours does when nobody reads its output any more: `npm run fuzz -- programs | head`. */

/** A reader that goes away has seen what it wanted: the OS process ends then, without a trace. */
export function endWithReader(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    process.exit()
  })
}
