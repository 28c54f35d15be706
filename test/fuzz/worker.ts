/** A campaign in an OS process of its own, so that someone else can see when it stands still. */
import { closeSync, openSync, writeSync } from 'node:fs'
import { campaign, type Order } from './campaign.ts'

process.once('message', ({ order, progress }: { order: Order; progress: string }) => {
  const file = openSync(progress, 'w')
  const tell = (number: number): void => void writeSync(file, String(number).padEnd(12), 0)
  campaign(order, tell)
    .then((summary) => process.send?.({ summary }))
    .catch((error: unknown) => process.send?.({ crash: error instanceof Error ? error.stack : String(error) }))
    .finally(() => {
      closeSync(file)
      process.disconnect()
    })
})
