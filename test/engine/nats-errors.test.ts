/** What is told of NATS servers that cannot be used, and of addresses; and that credentials are passed through. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { EngineError } from '../../runtime/engine/engine-error.ts'
import { natsEngine } from '../../runtime/engine/nats.ts'
import { parseNatsAddress, spellNatsAddress } from '../../runtime/engine/nats-address.ts'
import { deadlineTest } from '../harness/deadline.ts'
import { hasNats, natsServers } from './nats-servers.ts'
import type { NatsServers } from './nats-servers.ts'

/** @returns what is wrong with an address, `kind: message`; `joined` when nothing is */
async function tried(address: string, create = true): Promise<string> {
  try {
    const engine = await natsEngine(address, { kind: 'node', create })
    await new Promise<void>((resolve) => {
      engine.close(resolve)
    })
    return 'joined'
  } catch (error) {
    if (error instanceof EngineError) return `${error.kind}: ${error.message}; ${error.help}`
    throw error
  }
}

/** A server with these lines of configuration. */
async function withServer(extra: string, work: (servers: NatsServers, host: string) => Promise<void>): Promise<void> {
  const servers = await natsServers(1, extra)
  try {
    await work(servers, servers.hosts[0] ?? '')
  } finally {
    await servers.end()
  }
}

test('an address is read as it is meant', () => {
  assert.equal(parseNatsAddress('nats://h'), { servers: ['h:4222'], prefix: 'godwit', tls: false })
  assert.equal(parseNatsAddress('nats://a,b:1/p?replicas=1'), { servers: ['a:4222', 'b:1'], prefix: 'p', tls: false, replicas: 1 })
  assert.equal(parseNatsAddress('tls://u:p%40@[::1]:1/p/'), { servers: ['[::1]:1'], prefix: 'p', tls: true, user: 'u', password: 'p@' })
  assert.is(parseNatsAddress('nats://secret@h').token, 'secret')
  assert.is(spellNatsAddress(parseNatsAddress('nats://u:secret@h/p')), 'nats://h:4222/p')
})

test('what is no address is said to be none, without its secrets', () => {
  for (const text of [
    'nats://',
    'nats://h:99999',
    'nats://h/a.b',
    'nats://h/p?x=1',
    'nats://h?replicas=9',
    'nats://h?creds=/no/such',
    'nats://h?context=/no/such',
    'nats://u:secret@h:x',
  ]) {
    try {
      parseNatsAddress(text)
      assert.unreachable(text)
    } catch (error) {
      assert.ok(error instanceof EngineError && error.kind === 'unusable' && !error.message.includes('secret'), text)
    }
  }
})

/** @returns lines of configuration for a server with an operator, an account and a user, and the user's creds file */
async function operated(): Promise<{ readonly configuration: string; readonly creds: string }> {
  const { nkeys } = await import('@nats-io/transport-node')
  const [operator, system, account, user] = [
    nkeys.createPair(nkeys.Prefix.Operator),
    nkeys.createAccount(),
    nkeys.createAccount(),
    nkeys.createUser(),
  ]
  const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const signed = (signer: typeof operator, subject: typeof operator, name: string, nats: object): string => {
    const claims = { jti: name, iat: Math.floor(Date.now() / 1000), iss: signer.getPublicKey(), sub: subject.getPublicKey(), name, nats }
    const text = `${encoded({ typ: 'JWT', alg: 'ed25519-nkey' })}.${encoded(claims)}`
    return `${text}.${Buffer.from(signer.sign(Buffer.from(text))).toString('base64url')}`
  }
  const unlimited = { subs: -1, data: -1, payload: -1, imports: -1, exports: -1, wildcards: true, conn: -1, leaf: -1 }
  const jetStream = { mem_storage: -1, disk_storage: -1, streams: -1, consumer: -1 }
  const accounts = [
    [system, signed(operator, system, 'SYS', { type: 'account', version: 2, limits: unlimited })],
    [account, signed(operator, account, 'A', { type: 'account', version: 2, limits: { ...unlimited, ...jetStream } })],
  ] as const
  const preload = accounts.map(([pair, jwt]) => `${pair.getPublicKey()}: ${jwt}`).join('\n')
  const operatorJwt = signed(operator, operator, 'O', { type: 'operator', version: 2, system_account: system.getPublicKey() })
  const userJwt = signed(account, user, 'u', { type: 'user', version: 2, subs: -1, data: -1, payload: -1 })
  const framed = (what: string, text: string): string => `-----BEGIN ${what}-----\n${text}\n------END ${what}------\n`
  return {
    configuration: `operator: ${operatorJwt}\nsystem_account: ${system.getPublicKey()}\nresolver: MEMORY\nresolver_preload: {\n${preload}\n}`,
    creds: `${framed('NATS USER JWT', userJwt)}\n${framed('USER NKEY SEED', Buffer.from(user.getSeed()).toString())}`,
  }
}

if (hasNats) {
  deadlineTest('no server, no cluster, no JetStream and a foreign stream are told apart', 60_000, async () => {
    assert.match(await tried('nats://127.0.0.1:1/x'), /^unreachable: no NATS server answers at nats:\/\/127.0.0.1:1\/x /)
    await withServer('', async (servers, host) => {
      assert.match(await tried(servers.address('x'), false), /^unusable: there is no cluster at /)
      assert.match(await tried(`${servers.address('x')}?replicas=3`), /^unfit: .* cannot keep 3 copies/)
      const { connect } = await import('@nats-io/transport-node')
      const nats = await connect({ servers: host })
      await nats.request('$JS.API.STREAM.CREATE.x-log', JSON.stringify({ name: 'x-log', subjects: ['x.>'], storage: 'memory' }))
      await nats.close()
      assert.match(await tried(servers.address('x')), /^unfit: the stream x-log .* is not one of godwit's: /)
      assert.is(await tried(servers.address('y')), 'joined')
      assert.is(await tried(servers.address('y'), false), 'joined')
    })
    await withServer('accounts { A { users: [{ user: a, password: b }] } }', async (_, host) => {
      assert.match(await tried(`nats://a:b@${host}/x`), /^(unfit|refused): /) // the account has no JetStream
    })
  })

  deadlineTest('users, tokens, nkeys and contexts are passed through, and wrong ones are told', 60_000, async () => {
    const directory = mkdtempSync(join(tmpdir(), 'godwit-test-'))
    try {
      await withServer('authorization { user: u, password: secret }', async (_, host) => {
        const refused = /^refused: the NATS server at nats:\/\/[^ ]+ does not accept these credentials/
        assert.match(await tried(`nats://${host}/x`), refused)
        const wrong = await tried(`nats://u:wrong@${host}/x`)
        assert.match(wrong, refused)
        assert.not.match(wrong, 'u:wrong')
        assert.is(await tried(`nats://u:secret@${host}/x`), 'joined')
        const context = join(directory, 'context.json')
        writeFileSync(context, JSON.stringify({ url: `nats://${host}`, user: 'u', password: 'secret', token: '' }))
        assert.is(await tried(`nats:///x?context=${context}`), 'joined')
      })
      await withServer('authorization { token: secret }', async (_, host) => {
        assert.is(await tried(`nats://secret@${host}/x`), 'joined')
      })
      const { nkeys } = await import('@nats-io/transport-node')
      const pair = nkeys.createUser()
      const nkey = join(directory, 'user.nk')
      writeFileSync(nkey, `# a user\n${Buffer.from(pair.getSeed()).toString()}\n`)
      await withServer(`authorization { users: [{ nkey: ${pair.getPublicKey()} }] }`, async (_, host) => {
        assert.is(await tried(`nats://${host}/x?nkey=${nkey}`), 'joined')
        writeFileSync(nkey, 'nothing')
        assert.match(await tried(`nats://${host}/x?nkey=${nkey}`), /^refused: the credentials for NATS cannot be read/)
      })
      const user = `{ user: u, password: p, permissions: { publish: ["$JS.API.>", "x.>", "_INBOX.>"], subscribe: ["x.>", "_INBOX.>"] } }`
      await withServer(`authorization { users: [${user}] }`, async (_, host) => {
        assert.is(await tried(`nats://u:p@${host}/x`), 'joined')
        assert.match(
          await tried(`nats://u:p@${host}/y`),
          /^refused: the log of the cluster at .* does not answer; .*May this user publish to y\./,
        )
      })
    } finally {
      rmSync(directory, { recursive: true, force: true })
    }
  })

  deadlineTest('a server that takes only small messages is refused, with what to set', 60_000, async () => {
    await withServer('max_payload: 2048', async (_, host) => {
      assert.match(
        await tried(`nats://${host}/x`),
        /^unfit: the NATS server at .* takes messages of 2048 bytes at most, and a cluster needs 65536; raise max_payload/,
      )
    })
    await withServer('max_payload: 65536', async (_, host) => {
      assert.is(await tried(`nats://${host}/x`), 'joined')
    })
  })

  deadlineTest('servers that have no room left say so, and when they have room again their log goes on', 120_000, async () => {
    const account = 'accounts { A { jetstream { max_store: 20000 }, users [{ user: u, password: p }] } }'
    await withServer(account, async (_, host) => {
      const { connect } = await import('@nats-io/transport-node')
      const nats = await connect({ servers: host, user: 'u', pass: 'p' })
      const asked = (subject: string, content: object): Promise<unknown> => nats.request(subject, JSON.stringify(content))
      try {
        assert.is(await tried(`nats://u:p@${host}/x`), 'joined')
        await asked('$JS.API.STREAM.CREATE.filler', {
          name: 'filler',
          subjects: ['filler'],
          storage: 'file',
          retention: 'limits',
          num_replicas: 1,
        })
        for (const size of [10_000, 1000, 100, 1]) for (let i = 0; i < 20; i++) await nats.request('filler', 'x'.repeat(size))
        assert.match(
          await tried(`nats://u:p@${host}/x`),
          /^unfit: JetStream at .* takes nothing into the stream x-log \(.*(?:exceeded|insufficient|resource).*\); has this account room left/i,
        )
        await asked('$JS.API.STREAM.DELETE.filler', {})
        for (let i = 0; i < 3; i++) assert.is(await tried(`nats://u:p@${host}/x`), 'joined')
      } finally {
        await nats.close()
      }
    })
  })

  deadlineTest('a creds file is passed through to servers with operators, and another one is refused', 60_000, async () => {
    const directory = mkdtempSync(join(tmpdir(), 'godwit-test-'))
    try {
      const { configuration, creds } = await operated()
      const [file, other, broken] = [join(directory, 'user.creds'), join(directory, 'other.creds'), join(directory, 'broken.creds')]
      writeFileSync(file, creds)
      writeFileSync(other, (await operated()).creds)
      writeFileSync(broken, 'nothing')
      await withServer(configuration, async (_, host) => {
        assert.is(await tried(`nats://${host}/x?creds=${file}`), 'joined')
        assert.match(await tried(`nats://${host}/x`), /^refused: .* does not accept these credentials/)
        assert.match(await tried(`nats://${host}/x?creds=${other}`), /^refused: .* does not accept these credentials/)
        assert.match(await tried(`nats://${host}/x?creds=${broken}`), /^refused: the credentials for NATS cannot be read .*has no JWT/)
        assert.match(await tried(`nats://${host}/x?creds=${join(directory, 'absent')}`), /^unusable: the file .* is not there/)
      })
    } finally {
      rmSync(directory, { recursive: true, force: true })
    }
  })

  deadlineTest('TLS is used where it is asked for, with the authority that is given', 60_000, async () => {
    const directory = mkdtempSync(join(tmpdir(), 'godwit-test-'))
    const [cert, key] = [join(directory, 'cert.pem'), join(directory, 'key.pem')]
    try {
      const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
      execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert, '-days', '2', ...subject], {
        stdio: 'ignore',
      })
      await withServer(`tls { cert_file: "${cert}", key_file: "${key}" }`, async (_, host) => {
        assert.is(await tried(`tls://${host}/x?ca=${cert}`), 'joined')
        assert.match(await tried(`tls://${host}/x`), /^refused: no TLS connection with the NATS server /)
      })
    } finally {
      rmSync(directory, { recursive: true, force: true })
    }
  })
}

test.run()
