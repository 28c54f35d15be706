/** NATS servers on free ports of this machine, for tests: one, or a cluster of three, which can be killed, stopped and started again one by one. */
import { spawn, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import type { Server, Socket } from 'node:net'
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

/** What the servers of a cluster talk over: each connection goes through a port of this OS process, which may break it. */
export class RouteNetwork {
  private readonly proxies: Server[] = []
  private readonly sockets = new Map<Socket, readonly [from: number, to: number]>()
  /** Servers that are in one part can talk. */
  private parts: readonly (readonly number[])[] = [[0, 1, 2]]

  /** @param port where server `to` listens. @returns where server `from` finds it */
  connect(from: number, to: number, port: number): Promise<number> {
    const proxy = createServer((near) => {
      const far = connect(port, '127.0.0.1')
      for (const socket of [near, far]) {
        this.sockets.set(socket, [from, to])
        socket.on('error', () => undefined)
        socket.once('close', () => {
          this.sockets.delete(socket)
          near.destroy()
          far.destroy()
        })
      }
      if (!this.canTalk(from, to)) near.destroy()
      near.pipe(far)
      far.pipe(near)
    })
    this.proxies.push(proxy)
    return new Promise((resolve) => {
      proxy.listen(0, '127.0.0.1', () => {
        const address = proxy.address()
        resolve(typeof address === 'object' && address !== null ? address.port : 0)
      })
    })
  }

  private canTalk(a: number, b: number): boolean {
    return this.parts.some((part) => part.includes(a) && part.includes(b))
  }

  /** From now on only servers in one part can talk to each other. */
  part(...parts: readonly (readonly number[])[]): void {
    this.parts = parts
    for (const [socket, [from, to]] of [...this.sockets]) if (!this.canTalk(from, to)) socket.destroy()
  }

  close(): void {
    for (const proxy of this.proxies) proxy.close()
    for (const socket of this.sockets.keys()) socket.destroy()
  }
}

/**
 * @param count 1, or 3 for a cluster
 * @param extra lines of configuration for each
 * @param network what the servers of a cluster talk over, so that they can be cut off from each other; absent: they talk directly
 */
export async function natsServers(count: 1 | 3, extra = '', network?: RouteNetwork): Promise<NatsServers> {
  const directory = mkdtempSync(join(tmpdir(), 'godwit-nats-'))
  const ports = await freePorts(2 * count)
  const routesOf = await Promise.all(
    hostIndices(count).map((i) =>
      Promise.all(
        hostIndices(count).map(
          async (j) => `nats://127.0.0.1:${(await network?.connect(i, j, ports[count + j] ?? 0)) ?? ports[count + j] ?? 0}`,
        ),
      ),
    ),
  )
  const hosts = ports.slice(0, count).map((port) => `127.0.0.1:${port}`)
  const children: (ChildProcess | undefined)[] = []
  const config = (i: number): string => {
    const file = join(directory, `server-${i}.conf`)
    const cluster =
      count === 1
        ? ''
        : `cluster { name: test, listen: "127.0.0.1:${ports[count + i] ?? 0}", ${network === undefined ? '' : 'no_advertise: true, '}routes: ${JSON.stringify(routesOf[i]?.filter((_, j) => network === undefined || i !== j))} }`
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
      network?.close()
      rmSync(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
    },
  }
}

const hostIndices = (count: number): number[] => Array.from({ length: count }, (_, i) => i)

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
