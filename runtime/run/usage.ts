/** What this OS process uses of its machine. */
import { getHeapStatistics } from 'node:v8'

/** @returns seconds of processor time and of life, bytes in memory and in the heap */
export function usageOfProcess() {
  const { user, system } = process.cpuUsage()
  return {
    cpuSeconds: (user + system) / 1e6,
    uptimeSeconds: process.uptime(),
    residentBytes: process.memoryUsage.rss(),
    heapBytes: getHeapStatistics().used_heap_size,
  }
}
