/** A cluster that a suite of commands has for itself, on the engine that it is run with, and a directory with its programs. Both end with the suite. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { NodeStatus } from '../../runtime/node/commands/client.ts'
import { endClusters, newCluster } from '../harness/clusters.ts'
import { godwit, temporaryDirectory, type Result } from './godwit.ts'

export interface OwnCluster {
  readonly cluster: string
  /** Where all its commands are given. */
  readonly directory: string
  /** Runs `godwit ARGS --cluster` with this cluster. */
  readonly here: (...args: readonly string[]) => Promise<Result>
  /** As `here`, and requires that it goes well. @returns what it prints */
  readonly well: (...args: readonly string[]) => Promise<string>
  /** Shows a program from its beginning on, for as long as it runs. */
  readonly show: (program: string) => Shown
}

/**
 * Called once by a suite, outside of its tests.
 * @param texts of the files in its directory, by their names
 */
export function ownCluster(texts: Readonly<Record<string, string>>): OwnCluster {
  const directory = temporaryDirectory()
  for (const [name, text] of Object.entries(texts)) writeFileSync(join(directory, name), text)
  const cluster = newCluster()
  test.after(async () => {
    await killNodes(cluster)
    await endClusters()
  })
  const here = (...args: readonly string[]): Promise<Result> => godwit([...args, '--cluster', cluster], { cwd: directory })
  const well = async (...args: readonly string[]): Promise<string> => {
    const { status, stdout, stderr } = await here(...args)
    assert.is(status, 0, `${args.join(' ')}: ${stderr}`)
    return stdout
  }
  return { cluster, directory, here, well, show: (program) => new Shown(program, cluster, well) }
}

/** Kills all nodes of a cluster; there may be none any more. */
export async function killNodes(cluster: string): Promise<void> {
  const { stdout } = await godwit(['nodes', '--json', '--cluster', cluster])
  for (const { pid } of JSON.parse(stdout === '' ? '[]' : stdout) as NodeStatus[]) process.kill(pid, 'SIGKILL')
}

/** The output of a running program that prints a number on each line. */
export class Shown {
  private text = ''
  private readonly ended: Promise<Result>

  constructor(
    private readonly program: string,
    cluster: string,
    private readonly well: OwnCluster['well'],
  ) {
    this.ended = godwit(['attach', program, '--no-input', '--cluster', cluster], {
      deadline: 200_000,
      started: (child) => {
        child.stdout?.on('data', (text: Buffer | string) => (this.text += String(text)))
      },
    })
  }

  get numbers(): number[] {
    return this.text.split('\n').slice(0, -1).map(Number)
  }

  /** Waits until it has shown so many numbers more. @returns all of them */
  async more(count: number): Promise<number[]> {
    const wanted = this.numbers.length + count
    while (this.numbers.length < wanted) await delay(50)
    return this.numbers
  }

  async stop(): Promise<void> {
    await this.well('stop', this.program)
    await this.ended
  }
}
