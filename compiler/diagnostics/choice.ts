/** E07: ALT and replication. */
export const CHOICE = {
  E0701: (p: { count: bigint }) => ({
    title: `a replicator cannot count to ${p.count}`,
    help: 'the count is the number of copies: 0 or more',
  }),
  E0702: () => ({
    title: 'a replicator cannot have STEP 0',
    help: 'leave out STEP for steps of 1',
  }),
  E0703: (p: { delay: string }) => ({
    title: `a wait of \`${p.delay}\` is too long: a wait takes at most 2147483647 microseconds, 35 minutes and 47 seconds`,
    help: 'wait with `sleep (microseconds)` of the library `time`, or several times in a row, each time for a part',
  }),
  W0702: (p: { operator: string; meant: string }) => ({
    title: `\`${p.operator}\` on a time stops the program when the clock goes round`,
    help: `write \`${p.meant}\`, which goes round with it: \`tim ? AFTER t ${p.meant} delay\``,
  }),
  E0704: () => ({
    title: '`tim ? t` is always ready and cannot be a guard',
    help: 'wait with `tim ? AFTER t`, or write `TRUE & SKIP` and read the timer in the process below',
  }),
  W0701: (p: { what: string }) => ({
    title: `${p.what} is always FALSE, so it is never chosen`,
  }),
}
