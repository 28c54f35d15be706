/** PostgreSQL as a peer: one insert a step, each synced before it is acknowledged. A server of its own, on a socket of its own, in a folder that goes with it. */
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const FOLDER = '/usr/lib/postgresql'
const SECONDS = 3

/** @returns the folder of its programs; undefined when it is not here and cannot be installed */
function programs(): string | undefined {
  const find = (): string | undefined => {
    const [version] = existsSync(FOLDER) ? readdirSync(FOLDER).sort((a, b) => Number(b) - Number(a)) : []
    return version === undefined ? undefined : join(FOLDER, version, 'bin')
  }
  const found = find()
  if (found !== undefined) return found
  spawnSync('apt-get', ['install', '-y', '--no-install-recommends', 'postgresql'], { stdio: 'ignore' })
  return find()
}

export class Postgres {
  private constructor(
    private readonly bin: string,
    private readonly folder: string,
    private readonly user: { readonly uid?: number; readonly gid?: number },
  ) {}

  /** Starts a server with its standard settings. @returns undefined when there is none, and says so */
  static start(): Postgres | undefined {
    const bin = programs()
    if (bin === undefined) {
      process.stdout.write('PostgreSQL is not here and cannot be installed: it is left out\n')
      return undefined
    }
    const folder = mkdtempSync(join(tmpdir(), 'godwit-bench-'))
    const postgres = new Postgres(bin, folder, userOf())
    try {
      chmodSync(folder, 0o777) // the server's user is another one
      postgres.run('initdb', ['-D', join(folder, 'data'), '-A', 'trust', '-U', 'bench'])
      postgres.run('pg_ctl', [
        '-D',
        join(folder, 'data'),
        '-w',
        '-o',
        `-c listen_addresses= -k ${folder}`,
        '-l',
        join(folder, 'log'),
        'start',
      ])
      postgres.run('psql', ['-h', folder, '-U', 'bench', 'postgres', '-c', 'create table steps (id bigserial primary key, what text)'])
      writeFileSync(join(folder, 'step.sql'), "insert into steps (what) values ('one step');\n", { mode: 0o644 })
      return postgres
    } catch (error) {
      process.stdout.write(`PostgreSQL does not start here (${(error as Error).message.trim()}): it is left out\n`)
      postgres.stop()
      return undefined
    }
  }

  /** @returns microseconds of one insert after the other, on average */
  latency(): number {
    return this.bench(1).latency
  }

  /** @returns inserts a second of so many clients */
  rate(clients: number): number {
    return this.bench(clients).rate
  }

  stop(): void {
    try {
      this.run('pg_ctl', ['-D', join(this.folder, 'data'), '-m', 'immediate', 'stop'])
    } catch {
      // it has not started
    }
    rmSync(this.folder, { recursive: true, force: true })
  }

  private bench(clients: number): { readonly latency: number; readonly rate: number } {
    const text = this.run('pgbench', [
      '-h',
      this.folder,
      '-U',
      'bench',
      '-n',
      '-c',
      `${clients}`,
      '-T',
      `${SECONDS}`,
      '-f',
      join(this.folder, 'step.sql'),
      'postgres',
    ])
    const number = (pattern: RegExp): number => Number(pattern.exec(text)?.[1])
    return { latency: number(/latency average = ([\d.]+) ms/) * 1000, rate: number(/tps = ([\d.]+)/) }
  }

  /** @throws Error when it fails */
  private run(command: string, args: readonly string[]): string {
    const { status, stdout, stderr, error } = spawnSync(join(this.bin, command), args, {
      ...this.user,
      cwd: this.folder,
      encoding: 'utf8',
      timeout: 60_000,
    })
    if (status !== 0) throw new Error(`${command}: ${error?.message ?? stderr}`)
    return stdout
  }
}

/** A server does not run as root: then it runs as the user that Debian has made for it. */
function userOf(): { readonly uid?: number; readonly gid?: number } {
  if (process.getuid?.() !== 0) return {}
  const id = (what: '-u' | '-g'): number => Number(spawnSync('id', [what, 'postgres'], { encoding: 'utf8' }).stdout)
  return { uid: id('-u'), gid: id('-g') }
}
