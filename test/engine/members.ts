/** Members of an embedded cluster: in this OS process, and in others that can be stopped and killed. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Worker } from 'node:worker_threads'
import { embeddedEngine } from '../../runtime/engine/embedded.ts'
import type { Engine, MemberKind } from '../../runtime/engine/engine.ts'
import { settle } from '../../runtime/threads/neighbours.ts'
import type { Neighbourhood, Place } from '../../runtime/threads/neighbours.ts'
import { newThread } from '../../runtime/node/commands/child-node.ts'
import type { Cluster } from './contract.ts'
import { loader } from '../harness/loader.ts'

export async function until(done: () => boolean): Promise<void> {
  while (!done()) await delay(2)
}

/** An OS process that runs a script of this folder and prints lines. */
export interface Script {
  readonly child: ChildProcess
  readonly lines: string[]
  /** @returns when it has ended, with its status or signal */
  readonly ended: Promise<number | string>
}

/** @returns the first line that a script prints. @throws (as a rejection) when it ends before */
export async function firstLine({ lines, ended }: Script): Promise<string> {
  let how: number | string | undefined
  void ended.then((status) => (how = status))
  await until(() => lines.length > 0 || how !== undefined)
  const [line] = lines
  if (line === undefined) throw new Error(`it ended (${String(how)}) and printed nothing`)
  return line
}

const scripts = new Set<ChildProcess>()

/** Starts `FILE ARGUMENTS` of this folder. */
export function script(file: string, ...parameters: readonly string[]): Script {
  const path = fileURLToPath(new URL(file, import.meta.url))
  const child = spawn(process.execPath, [...loader, path, ...parameters], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  scripts.add(child)
  const lines: string[] = []
  createInterface(child.stdout).on('line', (line) => lines.push(line))
  const ended = new Promise<number | string>((resolve) => {
    child.once('close', (code, signal) => {
      scripts.delete(child)
      resolve(code ?? signal ?? 'unknown')
    })
  })
  return { child, lines, ended }
}

export function placeIn(neighbourhood: Neighbourhood): Place {
  const place = neighbourhood.place()
  if (place === undefined) throw new Error('there is no place any more')
  return place
}

/** Starts a file of this folder as a thread. @param data is what it finds in `workerData` beside its place */
export function threadOf(neighbourhood: Neighbourhood, file: string, parameters: readonly string[], data: object = {}): Worker {
  const place = placeIn(neighbourhood)
  const worker = newThread(fileURLToPath(new URL(file, import.meta.url)), {
    argv: [...parameters],
    workerData: { place, ...data },
    transferList: [place.port],
    resourceLimits: { maxOldGenerationSizeMb: 64 },
    stdout: true,
  })
  worker.once('exit', () => {
    neighbourhood.ended(place.slot)
  })
  return worker
}

async function doomedThread(directory: string, name: string, neighbourhood: Neighbourhood): ReturnType<Cluster['joinDoomed']> {
  const worker = threadOf(neighbourhood, 'member.ts', [directory, name])
  const [line] = (await once(createInterface(worker.stdout), 'line')) as [string] // so it prints
  return { index: Number(line), crash: () => void worker.terminate() }
}

/**
 * An embedded cluster in a directory of its own.
 * @param neighbourhood its members are threads: those that join are all in this one, and those that are doomed in one each
 */
export function embeddedCluster(neighbourhood?: Neighbourhood): Promise<Cluster & { readonly directory: string }> {
  const directory = mkdtempSync(join(tmpdir(), 'godwit-test-'))
  const engines = new Set<Engine>()
  const join_ = async (kind: MemberKind, name?: string): Promise<Engine> => {
    const engine = await embeddedEngine(directory, {
      kind,
      create: true,
      ...(neighbourhood === undefined ? {} : { neighbours: settle(placeIn(neighbourhood)) }),
      ...(name === undefined ? {} : { name }),
      trouble: (error) => {
        throw error
      },
    })
    engines.add(engine)
    return engine
  }
  return Promise.resolve({
    directory,
    join: join_,
    joinDoomed: async (name) => {
      if (neighbourhood !== undefined) return doomedThread(directory, name, neighbourhood)
      const member = script('member.ts', directory, name)
      return { index: Number(await firstLine(member)), crash: () => member.child.kill('SIGKILL') }
    },
    until,
    settle: <T>(start: (done: (value: T) => void) => void) =>
      new Promise<T>((resolve) => {
        start(resolve)
      }),
    end: async () => {
      for (const child of scripts) child.kill('SIGKILL')
      await Promise.all(
        [...engines].map(
          (engine) =>
            new Promise<void>((resolve) => {
              engine.close(resolve)
            }),
        ),
      )
      rmSync(directory, { recursive: true, force: true })
    },
  })
}
