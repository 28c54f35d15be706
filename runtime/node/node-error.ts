/** What can go wrong between nodes, in the words that people read. */

/** Every error of nodes, engines and migrations. `godwit explain` has a page for each. */
export const nodeErrorTitles = {
  R0401: 'not a cluster',
  R0402: 'unknown node',
  R0403: 'the path matches no process',
  R0404: 'a node vanished',
  R0405: 'code does not have the hash it is asked by',
  R0406: 'the destination refused the migration',
  R0407: 'the migration took too long',
  R0408: 'processes were lost',
  R0409: 'the node name is taken',
  R0410: 'the process cannot leave its node',
  R0411: 'the process has no such channel',
  R0412: 'the other side speaks another version',
  R0413: 'the cluster has no node to run on',
  R0414: 'a node did not start',
  R0415: 'the cluster store failed',
  R0417: 'this node was declared dead by the others',
  R0418: 'a process did not leave its node in time',
  R0441: 'a limit of the program is exceeded',
  R0442: 'the cluster store is not safe enough',
  R0443: 'a program cannot go on from its last cut',
  R0444: 'the program cannot be upgraded',
  R0445: 'processes are missing at a cut',
  R0431: 'the NATS servers cannot be reached',
  R0432: 'the NATS servers do not permit it',
  R0433: 'the NATS servers cannot hold a cluster',
  R0434: 'the health port cannot be opened',
  R0435: 'the page cannot be served',
  R0451: 'the gateway cannot listen',
  R0452: 'the name cannot be served',
  R0453: 'the log of effects cannot be written',
} as const

export type NodeErrorCode = keyof typeof nodeErrorTitles

export class NodeError extends Error {
  override readonly name = 'NodeError'
  /**
   * @param code stable, `R0402`
   * @param message what is wrong, with the names involved; begins in lower case and has no full stop
   * @param help what to do about it; empty when there is nothing better than the message
   */
  constructor(
    readonly code: NodeErrorCode,
    message: string,
    readonly help = '',
  ) {
    super(message)
  }

  /** @returns plain data, for a message or `--json` */
  toJSON(): NodeErrorData {
    return { code: this.code, message: this.message, help: this.help }
  }

  /** @returns the error of which `data` is the plain form, as another node sent it */
  static from(data: NodeErrorData): NodeError {
    return new NodeError(data.code, data.message, data.help)
  }
}

export interface NodeErrorData {
  readonly code: NodeErrorCode
  readonly message: string
  readonly help: string
}
