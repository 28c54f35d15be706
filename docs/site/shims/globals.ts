/** What Node.js has as globals. It is put before everything else. */
import { Buffer } from 'buffer'

const process = {
  env: {},
  argv: [],
  pid: 0,
  platform: 'browser',
  cwd: () => '/',
  memoryUsage: () => ({ rss: 0, heapTotal: 0, heapUsed: 0, external: 0, arrayBuffers: 0 }),
  once: () => process,
  on: () => process,
  off: () => process,
}
const setImmediate = (work: () => void): unknown => setTimeout(work, 0)

export { Buffer, process, setImmediate }
