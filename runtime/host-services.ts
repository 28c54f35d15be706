/**
 * The table of host services: what a program may call below `#PRAGMA EXTERNAL "name"`.
 *
 * This is a contract, as `abi.ts` is, and it is data that imports nothing: the compiler makes the headings of the services from it, and the
 * type checker requires of the runtime that each service has exactly one implementation.
 */

/** A parameter. `val` goes to the service; the `result` parameters together are its answer. */
export interface HostFormal {
  readonly name: string
  readonly mode: 'val' | 'result'
  readonly type: 'BOOL' | 'INT' | '[]BYTE'
  /** A log of effects tells the whole text, or where the URL leads that it is. Absent: it tells how long it is. */
  readonly told?: 'whole' | 'origin'
}

export interface HostServiceRow {
  /** Who answers: the node that the calling process is on, or the home of the program. */
  readonly at: 'node' | 'home'
  /** What it belongs to, for those who are denied that. */
  readonly of?: 'arguments' | 'clock' | 'cluster' | 'environment' | 'files' | 'net'
  /** What it gives to those who are denied that, where that is a number. Absent: -1, which says that it is not permitted. */
  readonly refused?: number
  /** At most one result is an array; the INT after it is how many of its elements the service has set. */
  readonly formals: readonly HostFormal[]
}

const val = (name: string, type: HostFormal['type'] = 'INT'): HostFormal => ({ name, mode: 'val', type })
/** A text that is what a call is about. */
const named = (name: string): HostFormal => ({ name, mode: 'val', type: '[]BYTE', told: 'whole' })
const result = (name: string, type: HostFormal['type'] = 'INT'): HostFormal => ({ name, mode: 'result', type })
const bytes = (name: string): HostFormal[] => [result(name, '[]BYTE'), result('length')]

export const HOST_SERVICES = {
  'node.name': { at: 'node', of: 'cluster', formals: [result('name', '[]BYTE'), result('len')] },
  'node.count': { at: 'node', of: 'cluster', refused: 0, formals: [result('n')] },
  'migrate.to': { at: 'node', of: 'cluster', formals: [named('node'), result('ok', 'BOOL')] },
  'host.open': { at: 'home', of: 'files', formals: [named('name'), val('flags'), result('fd')] },
  'host.open3': { at: 'home', of: 'files', formals: [named('name'), val('flags'), val('permissions'), result('fd')] },
  'host.close': { at: 'home', of: 'files', formals: [val('fd'), result('result')] },
  'host.read': { at: 'home', of: 'files', formals: [val('fd'), val('most'), ...bytes('buffer')] },
  'host.status': { at: 'home', of: 'files', formals: [val('fd'), result('result')] },
  'host.write': { at: 'home', of: 'files', formals: [val('fd'), val('buffer', '[]BYTE'), result('result')] },
  'host.seek': { at: 'home', of: 'files', formals: [val('fd'), val('offset'), val('whence'), result('result')] },
  'host.size': { at: 'home', of: 'files', formals: [val('fd'), result('result')] },
  'host.size.of': { at: 'home', of: 'files', formals: [named('name'), result('result')] },
  'host.truncate': { at: 'home', of: 'files', formals: [val('fd'), val('size'), result('result')] },
  'host.access': { at: 'home', of: 'files', formals: [named('name'), val('mode'), result('result')] },
  'host.unlink': { at: 'home', of: 'files', formals: [named('name'), result('result')] },
  'host.make.directory': { at: 'home', of: 'files', formals: [named('name'), val('permissions'), result('result')] },
  'host.remove.directory': { at: 'home', of: 'files', formals: [named('name'), result('result')] },
  'host.rename': { at: 'home', of: 'files', formals: [named('from'), named('to'), result('result')] },
  'host.error': { at: 'home', of: 'files', refused: 1, formals: [result('code')] },
  'host.arguments': { at: 'home', of: 'arguments', refused: 0, formals: [result('n')] },
  'host.argument.size': { at: 'home', of: 'arguments', formals: [val('n'), result('size')] },
  'host.argument': { at: 'home', of: 'arguments', formals: [val('n'), val('most'), ...bytes('text')] },
  'host.variable.size': { at: 'home', of: 'environment', formals: [named('name'), result('size')] },
  'host.clock': { at: 'home', of: 'clock', formals: bytes('reading') },
  'host.exit': { at: 'home', formals: [val('status')] },
  'host.variable': { at: 'home', of: 'environment', formals: [named('name'), val('most'), ...bytes('text')] },
  'net.serve': { at: 'home', of: 'net', formals: [named('name'), result('listener')] },
  'net.claim': { at: 'home', of: 'net', formals: [named('name'), result('listener')] },
  'net.accept': { at: 'home', of: 'net', formals: [val('listener'), result('connection')] },
  'net.read': { at: 'home', of: 'net', formals: [val('connection'), val('most'), ...bytes('buffer')] },
  'net.status': { at: 'home', of: 'net', formals: [val('connection'), result('result')] },
  'net.write': { at: 'home', of: 'net', formals: [val('connection'), val('data', '[]BYTE'), result('result')] },
  'net.shut': { at: 'home', of: 'net', formals: [val('connection'), result('result')] },
  'net.finish': { at: 'home', of: 'net', formals: [val('connection'), val('data', '[]BYTE'), result('result')] },
  'net.take': { at: 'home', of: 'net', formals: [val('listener'), val('most'), ...bytes('taken')] },
  'net.finish.take': {
    at: 'home',
    of: 'net',
    formals: [val('connection'), val('data', '[]BYTE'), val('listener'), val('most'), ...bytes('taken')],
  },
  'net.close': { at: 'home', of: 'net', formals: [val('number'), result('result')] },
  'net.connect': { at: 'home', of: 'net', formals: [named('host'), val('port'), val('milliseconds'), result('connection')] },
  'net.kind': { at: 'home', of: 'net', formals: [val('connection'), result('kind')] },
  'http.call': {
    at: 'home',
    of: 'net',
    formals: [
      named('method'),
      { name: 'url', mode: 'val', type: '[]BYTE', told: 'origin' },
      val('headers', '[]BYTE'),
      val('body', '[]BYTE'),
      val('milliseconds'),
      val('most'),
      ...bytes('answer'),
    ],
  },
  'net.peer': { at: 'home', of: 'net', formals: [val('connection'), val('most'), ...bytes('text')] },
} as const satisfies Readonly<Record<string, HostServiceRow>>

export type HostServiceName = keyof typeof HOST_SERVICES
type AnsweredAt<Where extends HostServiceRow['at']> = {
  [Name in HostServiceName]: (typeof HOST_SERVICES)[Name]['at'] extends Where ? Name : never
}[HostServiceName]
/** Services that the node answers on which the calling process is. */
export type NodeServiceName = AnsweredAt<'node'>
/** Services that the home of the program answers. */
export type HomeServiceName = AnsweredAt<'home'>

/** @returns the row of a service; undefined when there is no service of that name */
export function hostService(name: string): HostServiceRow | undefined {
  return Object.hasOwn(HOST_SERVICES, name) ? HOST_SERVICES[name as HostServiceName] : undefined // it is one of its keys
}

/** @returns whether it is a service that the node answers */
export function isNodeService(name: string): name is NodeServiceName {
  return hostService(name)?.at === 'node'
}

/** @returns whether it is a service of the home */
export function isHomeService(name: string): name is HomeServiceName {
  return hostService(name)?.at === 'home'
}
