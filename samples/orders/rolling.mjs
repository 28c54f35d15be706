// Rolling deploys of the order pipeline under load: a new node comes, the old one is drained and leaves, again and again, while customers order by HTTP and
// watchers read the feed. At the end each order is counted: none is lost, and none is doubled.
//
//   node samples/orders/rolling.mjs [--rounds 5] [--customers 20] [--watchers 2] [--pause 1000]
//
// GODWIT says how godwit is started, if not by that name: GODWIT='node dist/cli/main.js'.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import WebSocket from 'ws'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    customers: { type: 'string', default: '20' },
    watchers: { type: 'string', default: '2' },
    pause: { type: 'string', default: '1000' },
  },
})
const [rounds, customers, watchers, pause] = [values.rounds, values.customers, values.watchers, values.pause].map(Number)
const [command, ...first] = (process.env.GODWIT ?? 'godwit').split(' ')
const orders = fileURLToPath(new URL('orders.csp', import.meta.url))
const cluster = mkdtempSync(join(tmpdir(), 'orders-'))

/** Milliseconds that anything may take before the script gives up. */
const PATIENCE = 120_000

const godwit = (...words) => promisify(execFile)(command, [...first, ...words], { timeout: PATIENCE })

// ---------------------------------------------------------------------------------------------- nodes

const nodes = new Set()

/** Starts a node. @returns once it is in the cluster, with what it has said so far */
async function node(name, ...words) {
  const child = spawn(command, [...first, 'node', '--engine', `embedded:${cluster}`, '--name', name, ...words], {
    stdio: ['ignore', 'inherit', 'pipe'],
  })
  nodes.add(child)
  const ended = once(child, 'exit').then(() => nodes.delete(child))
  let said = ''
  child.stderr.setEncoding('utf8')
  await new Promise((resolve, reject) => {
    child.stderr.on('data', (text) => {
      said += text
      if (said.includes('is in')) resolve()
    })
    child.on('error', reject)
    void ended.then(() => reject(new Error(`node ${name} has ended:\n${said}`)))
  })
  return { child, ended, said: () => said }
}

// ---------------------------------------------------------------------------------------------- customers

const agent = new Agent({ keepAlive: true, maxSockets: Infinity })
let port = 0

/** One request. @returns the status and what was answered */
function ask(method, path, { key, body } = {}) {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', ...(key === undefined ? {} : { 'idempotency-key': key }) }
    const asking = request({ host: '127.0.0.1', port, method, path, headers, agent, timeout: PATIENCE }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (more) => (text += more))
      response.on('end', () => resolve({ status: response.statusCode, text }))
      response.on('error', reject)
    })
    asking.on('error', reject)
    asking.on('timeout', () => asking.destroy(new Error('no answer')))
    asking.end(body === undefined ? undefined : JSON.stringify(body))
  })
}

/** What was ordered: the number of the order, by the key of the request. */
const placed = new Map()
let failures = 0
let slowest = 0
let open = true

/** A customer who orders one thing after the other. What fails is tried again with its key. */
async function customer(name) {
  for (let n = 1; open; n++) {
    const key = `${name}-${n}`
    const begun = performance.now()
    for (let answered = false; !answered;) {
      try {
        const { status, text } = await ask('POST', '/orders', { key, body: { customer: name, item: `thing ${n}`, quantity: n } })
        answered = status === 201 || status === 200
        if (answered) placed.set(key, JSON.parse(text).order)
        else throw new Error(`${status} ${text}`)
      } catch (error) {
        failures++
        if (failures < 5) console.error(`${name}: ${error.message}`)
        await delay(100)
      }
    }
    slowest = Math.max(slowest, performance.now() - begun)
    await delay(20)
  }
}

/** Watches the feed. @returns how often it has told each state of each order */
function watch() {
  const told = new Map()
  const socket = new WebSocket(`ws://127.0.0.1:${port}/feed`)
  const closed = { value: false }
  socket.on('message', (data) => {
    const { order, state } = JSON.parse(data.toString())
    const event = `${order} ${state}`
    told.set(event, (told.get(event) ?? 0) + 1)
  })
  socket.on('close', () => (closed.value = true))
  socket.on('error', () => (closed.value = true))
  return new Promise((resolve) => socket.once('open', () => resolve({ told, closed, end: () => socket.terminate() })))
}

/** Waits until something is so. */
async function until(what, holds) {
  for (const end = performance.now() + PATIENCE; performance.now() < end; await delay(50)) if (await holds()) return
  throw new Error(`it has taken too long: ${what}`)
}

// ---------------------------------------------------------------------------------------------- the deploys

const column = (text, width) => String(text).padStart(width)

async function main() {
  const gate = await node('gate', '--no-guests', '--listen', 'http://127.0.0.1:0=orders')
  await until('the port', () => /:(\d+)=orders/.test(gate.said()))
  port = Number(/:(\d+)=orders/.exec(gate.said())[1])
  let old = await node('v1')
  await godwit('run', '--cluster', cluster, '--detach', '--durable', orders)
  await until('the program', async () => (await ask('GET', '/health')).status === 200)

  const watching = await Promise.all(Array.from({ length: watchers }, watch))
  await delay(200)
  const ordering = Array.from({ length: customers }, (_, i) => customer(`customer ${i + 1}`))
  console.log(`${customers} customers order at http://127.0.0.1:${port}, and ${watchers} watch`)
  console.log('round   in  out  drained in    orders  slowest order  failures')
  for (let round = 1; round <= rounds; round++) {
    await delay(pause)
    slowest = 0
    const next = await node(`v${round + 1}`)
    const begun = performance.now()
    old.child.kill('SIGTERM') // it moves what it has to the other nodes, and leaves
    await old.ended
    const took = performance.now() - begun
    await delay(200)
    const cells = [column(`v${round + 1}`, 5), column(`v${round}`, 5), column(`${Math.round(took)} ms`, 12)]
    console.log(
      `${column(round, 5)}${cells.join('')}${column(placed.size, 10)}${column(`${Math.round(slowest)} ms`, 15)}${column(failures, 10)}`,
    )
    old = next
  }
  open = false
  await Promise.all(ordering)

  const health = async () => JSON.parse((await ask('GET', '/health')).text)
  await until('all payments', async () => (await health()).paid >= placed.size)
  const { orders: known, paid, charged } = await health()
  let missing = 0
  for (const [key, id] of placed) {
    const { status, text } = await ask('GET', `/orders/${id}`)
    if (status !== 200 || `${JSON.parse(text).customer}-${JSON.parse(text).quantity}` !== key) missing++
  }
  const distinct = new Set(placed.values()).size
  const events = [...placed.values()].flatMap((id) => [`${id} placed`, `${id} paid`])
  const count = (holds) => watching.reduce((sum, { told }) => sum + events.filter((event) => holds(told.get(event) ?? 0)).length, 0)
  await until('the feed', () => count((times) => times === 0) === 0).catch(() => undefined)
  const rows = [
    ['orders that were answered', placed.size],
    ['orders that are lost', missing],
    ['orders that are doubled', known - distinct + (placed.size - distinct)],
    ['payments that are missing', placed.size - paid],
    ['payments that are doubled', charged - paid],
    ['events of the feed that are lost', count((times) => times === 0)],
    ['events of the feed that are doubled', count((times) => times > 1)],
    ['connections that were closed', watching.filter(({ closed }) => closed.value).length],
    ['requests that failed', failures],
  ]
  console.log()
  for (const [what, n] of rows) console.log(`${what.padEnd(38)}${column(n, 8)}`)
  for (const { end } of watching) end()
  return rows.slice(1).every(([, n]) => n === 0) && placed.size > 0
}

let well = false
try {
  well = await main()
} catch (error) {
  console.error(error.message)
} finally {
  agent.destroy()
  for (const child of nodes) child.kill('SIGKILL')
  rmSync(cluster, { recursive: true, force: true })
}
process.exit(well ? 0 : 1)
