/** A process of format-pool.ts: is given units and gives back their files. */
import { formatUnits } from '../compiler/emit/format.ts'
import type { ReadableUnit } from '../compiler/host.ts'

process.on('message', (units: readonly ReadableUnit[]) => {
  void formatUnits(units).then((files) => process.send?.(files))
})
