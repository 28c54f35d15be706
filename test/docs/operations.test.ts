/** What docs/operations.md shows is what servers, systemd, YAML readers and our own command take. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { commandLine } from '../../cli/command-line.ts'
import { hasNats } from '../engine/nats-servers.ts'

const page = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8')
const directory = mkdtempSync(join(tmpdir(), 'godwit-operations-'))
test.after(() => {
  rmSync(directory, { recursive: true, force: true })
})

/** @returns the fenced block of that language which has `word` in it */
function block(language: string, word: string): string {
  const blocks = [...page.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gms'))].map(([, text = '']) => text)
  const found = blocks.filter((text) => text.includes(word))
  assert.is(found.length, 1, `${language} with ${word}`)
  return found[0] ?? ''
}

/** Fails unless our own command takes the words that follow `godwit`, as far as options and their values go. */
function requireCommand(words: readonly string[]): void {
  const [name = '', ...rest] = words
  const command = commandLine([], false).commands.find((each) => each.name() === name)
  if (command === undefined) throw new Error(`there is no godwit ${name}`)
  const { unknown } = command.parseOptions([...rest])
  assert.equal(unknown, [], words.join(' '))
  for (const option of command.options)
    if (option.mandatory) assert.ok(rest.includes(option.long ?? ''), `${words.join(' ')}: ${option.long ?? ''}`)
}

/** Words as a shell without variables would take them. */
const wordsOf = (line: string): string[] => line.trim().split(/\s+/)

interface Container {
  readonly args: readonly string[]
  readonly env: readonly { readonly name: string }[]
  readonly readinessProbe: { readonly httpGet: { readonly path: string; readonly port: number } }
  readonly livenessProbe: { readonly httpGet: { readonly path: string; readonly port: number } }
  readonly lifecycle: { readonly preStop: { readonly exec: { readonly command: readonly string[] } } }
}
interface StatefulSet {
  readonly kind: string
  readonly spec: {
    readonly selector: { readonly matchLabels: object }
    readonly template: {
      readonly metadata: { readonly labels: object }
      readonly spec: { readonly containers: readonly Container[]; readonly terminationGracePeriodSeconds: number }
    }
  }
}
interface Compose {
  readonly services: Readonly<Record<string, { readonly image: string; readonly command: string; readonly depends_on?: readonly string[] }>>
  readonly volumes: object
}

test('the compose file has services whose commands are taken, under names of their own', () => {
  const { services, volumes } = parse(block('yaml', 'x-nats'), { merge: true }) as Compose
  const nodes = Object.entries(services).filter(([, { image }]) => image === 'godwit')
  assert.is(nodes.length, 3)
  const names = nodes.map(([, { command, depends_on: needs = [] }]) => {
    const words = wordsOf(command)
    requireCommand(words)
    for (const need of needs) assert.ok(need in services, need)
    return words[words.indexOf('--name') + 1]
  })
  assert.is(new Set(names).size, 3)
  assert.is(Object.keys(volumes).length, 3)
})

test('the stateful set of Kubernetes runs a node, looks at its health, and drains it before it stops', () => {
  const { kind, spec } = parse(block('yaml', 'StatefulSet')) as StatefulSet
  assert.is(kind, 'StatefulSet')
  assert.equal(spec.selector.matchLabels, spec.template.metadata.labels)
  const [container] = spec.template.spec.containers
  if (container === undefined) throw new Error('no container')
  const { args, env, readinessProbe, livenessProbe, lifecycle } = container
  requireCommand(args.map((word) => word.replace('$(POD)', 'godwit-0')))
  assert.ok(args.includes('$(POD)') && env.some(({ name }) => name === 'POD'))
  assert.equal([readinessProbe.httpGet.path, livenessProbe.httpGet.path], ['/ready', '/live'])
  assert.ok(args.includes(`0.0.0.0:${readinessProbe.httpGet.port}`) && livenessProbe.httpGet.port === readinessProbe.httpGet.port)
  const [shell, flag, line = ''] = lifecycle.preStop.exec.command
  assert.equal([shell, flag], ['sh', '-c'], 'nobody but a shell replaces a variable there')
  const shown = spawnSync('sh', ['-c', line.replace(/^godwit/, "printf '%s\\n'")], {
    env: { ...process.env, POD: 'godwit-0' },
    encoding: 'utf8',
  })
  const words = shown.stdout.trim().split('\n')
  requireCommand(words)
  assert.is(words[1], 'godwit-0')
  assert.ok(spec.template.spec.terminationGracePeriodSeconds >= 60)
})

const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0
if (hasSystemd) {
  test('systemd takes the unit', () => {
    const unit = block('ini', '[Unit]')
    const file = join(directory, 'godwit-node.service')
    writeFileSync(file, unit)
    const { stderr } = spawnSync('systemd-analyze', ['verify', file], { encoding: 'utf8' })
    const wrong = stderr.split('\n').filter((line) => line.includes('godwit-node') && !line.includes('/usr/bin/godwit is not executable'))
    assert.equal(wrong, [])
  })
}

test('the unit of systemd starts a node', () => {
  const [, line = ''] = /^ExecStart=\/usr\/bin\/godwit (.*)$/m.exec(block('ini', '[Unit]')) ?? []
  requireCommand(wordsOf(line.replace('%H', 'alpha')))
})

if (hasNats) {
  const tests = (...words: readonly string[]): string => {
    const { status, stderr } = spawnSync('nats-server', ['-t', ...words], {
      encoding: 'utf8',
      env: { ...process.env, GODWIT_PASSWORD: 'secret' },
    })
    return status === 0 ? '' : stderr
  }

  test('nats-server takes the configuration of a server, and a mistake in it would be found', () => {
    const config = block('', 'server_name: nats-1')
    const file = join(directory, 'server.conf')
    writeFileSync(file, config)
    assert.is(tests('-c', file), '')
    writeFileSync(file, config.replace('routes:', 'rutes:'))
    assert.match(tests('-c', file), 'rutes')
  })

  test('nats-server takes what the compose file tells the servers', () => {
    const empty = join(directory, 'empty.conf')
    writeFileSync(empty, '')
    const { services } = parse(block('yaml', 'x-nats'), { merge: true }) as Compose
    const servers = Object.values(services).filter(({ image }) => image.startsWith('nats:'))
    assert.is(servers.length, 3)
    for (const { command } of servers) assert.is(tests('-c', empty, ...wordsOf(command)), '')
  })
}

test.run()
