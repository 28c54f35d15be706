/** Where a gateway listens, and for which name: `tcp://127.0.0.1:8080=orders`; or at which of the sockets that it was started with: `tcp://fd:3=orders`. */
import { LIMITS } from '../limits.ts'
import { NAME_FORM } from '../host/gateway-talk.ts'

const SCHEMES = ['tcp', 'http'] as const
export type Scheme = (typeof SCHEMES)[number]

/** A port to listen at for clients of a name. */
export interface ListenAddress {
  readonly scheme: Scheme
  readonly host: string
  /** 0: whichever is free. */
  readonly port: number
  readonly name: string
}

/** @returns undefined when the text is no address */
export function parseListenAddress(text: string): ListenAddress | undefined {
  const [, scheme, host = '', port = '', name = ''] = /^(\w+):\/\/(\[[0-9a-fA-F:]+\]|[^:[\]/\s=]+):(\d{1,5})=(.+)$/.exec(text) ?? []
  const known = SCHEMES.find((each) => each === scheme)
  if (known === undefined || Number(port) > 65535 || !NAME_FORM.test(name) || name.length > LIMITS['name.length'].most) return undefined
  return { scheme: known, host: host.replace(/^\[|\]$/g, ''), port: Number(port), name }
}

/** @returns the address as a user writes it */
export function spellListenAddress({ scheme, host, port, name }: ListenAddress): string {
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}=${name}`
}
