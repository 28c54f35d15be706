/** Listens on the sockets it is given and ends as if it were killed: they stay. */
import { createServer } from 'node:net'

const listening = process.argv.slice(2).map((path) => new Promise<void>((resolve) => createServer().listen(path, resolve)))
await Promise.all(listening)
process.kill(process.pid, 'SIGKILL')
