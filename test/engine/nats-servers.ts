/** NATS servers on free ports of this machine, for tests: one, or a cluster of three, which can be killed, stopped and started again one by one. */
import { spawn, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

/** Whether a server is installed here. Continuous integration installs one. */
export const hasNats = spawnSync('nats-server', ['--version']).status === 0

export interface NatsServers {
  /** `host:port` of each. */
  readonly hosts: readonly string[]
  /** @returns the address of a cluster of godwit on all of them, with the prefix */
  address(prefix: string): string
  kill(i: number): Promise<void>
  start(i: number): Promise<void>
  signal(i: number, signal: NodeJS.Signals): void
  end(): Promise<void>
}

const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/**
 * @param count 1, or 3 for a cluster
 * @param extra lines of configuration for each
 */
export async function natsServers(count: 1 | 3, extra = ''): Promise<NatsServers> {
  const directory = mkdtempSync(join(tmpdir(), 'godwit-nats-'))
  const ports = await freePorts(2 * count)
  const routes = ports.slice(count).map((port) => `nats://127.0.0.1:${port}`)
  const hosts = ports.slice(0, count).map((port) => `127.0.0.1:${port}`)
  const children: (ChildProcess | undefined)[] = []
  const config = (i: number): string => {
    const file = join(directory, `server-${i}.conf`)
    const cluster =
      count === 1 ? '' : `cluster { name: test, listen: "127.0.0.1:${ports[count + i] ?? 0}", routes: ${JSON.stringify(routes)} }`
    writeFileSync(
      file,
      `server_name: s${i}\nlisten: "${hosts[i] ?? ''}"\njetstream { store_dir: ${JSON.stringify(join(directory, `store-${i}`))} }\n${cluster}\n${extra}\n`,
    )
    return file
  }
  const kill = async (i: number): Promise<void> => {
    const child = children[i]
    children[i] = undefined
    if (child === undefined) return
    const gone = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await gone
    running.delete(child)
  }
  const start = async (i: number): Promise<void> => {
    const child = spawn('nats-server', ['-c', config(i)], { stdio: 'ignore' })
    children[i] = child
    running.add(child)
    while (!(await listens(ports[i] ?? 0))) await delay(20)
  }
  await Promise.all(hosts.map((_, i) => start(i)))
  return {
    hosts,
    address: (prefix) => `nats://${hosts.join(',')}/${prefix}`,
    kill,
    start,
    signal: (i, signal) => {
      children[i]?.kill(signal)
    },
    end: async () => {
      await Promise.all(hosts.map((_, i) => kill(i)))
      rmSync(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
    },
  }
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<ReturnType<typeof createServer>>((resolve) => {
          const server = createServer()
          server.listen(0, '127.0.0.1', () => {
            resolve(server)
          })
        }),
    ),
  )
  const ports = servers.map((server) => {
    const address = server.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  })
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => {
      resolve(false)
    })
  })
}
