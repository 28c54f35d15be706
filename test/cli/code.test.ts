/** The code of a cluster: `godwit code` lists it, `godwit code push` sends it ahead of need. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { ClusterUnit } from '../../runtime/node/commands/client.ts'
import { deadlineTest } from '../harness/deadline.ts'
import { godwit } from './godwit.ts'
import { ownCluster } from './own-cluster.ts'

/** Four workers that wait for a key, so that everything stays where it is. @param factor what one version does differently */
const farm = (factor: number): string => `PROC worker (CHAN INT in?, out!)
  INT x:
  SEQ
    in ? x
    out ! x * ${factor}
:
PROC farm (CHAN BYTE keyboard?, screen!)
  [4]CHAN INT work, done:
  PAR
    PAR i = 0 FOR 4
      worker (work[i]?, done[i]!)
    BYTE key:
    SEQ
      keyboard ? key
      SEQ i = 0 FOR 4
        INT y:
        SEQ
          work[i] ! 1
          done[i] ? y
      screen ! key
:
`
const { cluster, directory, here, well } = ownCluster({ 'farm.csp': farm(2), 'later.csp': farm(3) })

const units = async (): Promise<readonly ClusterUnit[]> => JSON.parse(await well('code', '--json')) as readonly ClusterUnit[]

function unitCalled(name: string, all: readonly ClusterUnit[]): ClusterUnit {
  const found = all.find((unit) => unit.name === name)
  if (found === undefined) throw new Error(`there is no ${name}`)
  return found
}

deadlineTest('code tells which nodes have a unit, how many processes need it, and of several versions', 120_000, async () => {
  const started = await godwit(['run', '--detach', '--nodes', '3', '--balance', 'off', '--cluster-dir', cluster, 'farm.csp'], {
    cwd: directory,
  })
  assert.is(started.status, 0, started.stderr)
  await well('migrate', '**/worker*', 'n2')
  const worker = unitCalled('worker', await units())
  assert.equal(worker.needs, [{ program: 'farm.csp#1', processes: 4 }])
  assert.ok(worker.nodes.includes('n2') && !worker.nodes.includes('n3'), worker.nodes.join())
  assert.equal(worker.procs, ['worker'])

  await well('code', 'push', 'later.csp', 'n3')
  const versions = (await units()).filter(({ name }) => name === 'worker')
  assert.is(versions.length, 2)
  const later = unitCalled(
    'worker',
    versions.filter(({ hash }) => hash !== worker.hash),
  )
  assert.equal(later.nodes, ['n3'])
  assert.equal(later.needs, [])

  const listed = await well('code')
  assert.match(listed, /^UNIT +VERSION +PROCS +SIZE +NODES/)
  assert.match(listed, /farm\.csp#1: 4 processes/)
})

deadlineTest('a unit that a node has is pushed to another one with what it imports, by its name or its version', 120_000, async () => {
  const several = await here('code', 'push', 'worker', 'n3')
  assert.is(several.status, 1)
  assert.match(several.stderr, /R0403.*several versions of worker/)
  const first = unitCalled(
    'farm',
    (await units()).filter(({ needs }) => needs.length > 0),
  )
  await well('code', 'push', first.hash.slice(0, 8), 'n3')
  const all = await units()
  for (const hash of [first.hash, ...first.imports]) assert.ok(all.find((unit) => unit.hash === hash)?.nodes.includes('n3'), hash)
})

deadlineTest('what cannot be pushed is told', 60_000, async () => {
  for (const [words, status, told] of [
    [['code', 'push', 'nothing', 'n3'], 1, /R0403.*no code unit is called nothing/],
    [['code', 'push', 'farm.csp', 'n9'], 1, /R0402/],
    [['code', 'push', 'none.csp', 'n3'], 64, /there is no file/],
    [['code', 'push', 'farm.csp'], 64, /a unit or a file, and a node/],
    [['code', 'pull', 'farm', 'n3'], 64, /knows no `pull`/],
  ] as const) {
    const refused = await here(...words)
    assert.is(refused.status, status, `${words.join(' ')}: ${refused.stderr}`)
    assert.match(refused.stderr, told)
  }
})

test.run()
