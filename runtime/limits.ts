/**
 * Named limits: how much of anything a peer or a program can make grow, why that much, and what happens beyond it.
 *
 * This is data that imports nothing, so that every part can look its limits up here. docs/limits.md has the same table, and a test compares them.
 */

export interface Limit {
  readonly most: number
  readonly unit: 'bytes' | 'processes' | 'files' | 'entries' | 'members' | 'waves' | 'milliseconds' | 'connections' | 'names'
  /** Why this much and not more. */
  readonly why: string
  /** The code of the error that tells of it; `waits` where nothing fails, but whoever makes it grow waits. */
  readonly beyond: string
}

/** Nodes that a command, or a run of an embedded program, starts on its machine, at most. */
export const MOST_NODES = 64

export const LIMITS = {
  unit: {
    most: 64 << 20,
    unit: 'bytes',
    why: 'A unit from elsewhere is read by a parser before it is loaded, which takes some twenty times its size in memory; the largest that was seen has a megabyte.',
    beyond: 'R0506',
  },
  packet: {
    most: 1 << 30,
    unit: 'bytes',
    why: 'A packet between two nodes is in memory as a whole. A length that is greater is garbage, and the connection is made anew. On NATS a quarter of that is the limit.',
    beyond: 'R0415',
  },
  blob: {
    most: 1 << 30,
    unit: 'bytes',
    why: 'What is large (states on their way, parts of cuts, checkpoints) is a blob, which is in memory as a whole where it is written and read.',
    beyond: 'R0415',
  },
  swap: {
    most: 64 << 20,
    unit: 'bytes',
    why: 'One change of the directory is one line of the journal, which all members read; on NATS it is one message, and the server says how long that may be (1 MB).',
    beyond: 'R0415',
  },
  'state.moving': {
    most: 512 << 20,
    unit: 'bytes',
    why: 'While processes move, their state is in memory two or three times, and whoever talks to them waits.',
    beyond: 'R0410',
  },
  'state.ahead': {
    most: 512 << 20,
    unit: 'bytes',
    why: 'Arrays that are sent ahead of their processes are in memory at the destination before it is known whether the processes come.',
    beyond: 'sends later',
  },
  snapshot: {
    most: 2_000_000_000,
    unit: 'bytes',
    why: 'Files are read, written and hashed in calls that take less than 2,147,483,648 bytes, and a checkpoint has the code too.',
    beyond: 'R0515',
  },
  members: {
    most: 0x10000,
    unit: 'members',
    why: 'Ids of channels and processes have the number of the member that has given them, in 16 bits; numbers are not given again.',
    beyond: 'R0415',
  },
  waves: {
    most: 200,
    unit: 'waves',
    why: 'A cut waits until nothing is on its way between nodes; where that never happens, it is tried again a moment later.',
    beyond: 'tries again',
  },
  'session.waiting': {
    most: 64 << 20,
    unit: 'bytes',
    why: 'Messages that a member has not acknowledged are in memory; the programs of a node stand still while one of its peers has so many to take, or is gone and not removed yet.',
    beyond: 'waits',
  },
  forwarders: {
    most: 1 << 17,
    unit: 'entries',
    why: 'What says where a process or channel has gone is of use for a moment; whoever still relies on it later asks all nodes. Without many moves it goes every two seconds.',
    beyond: 'drops',
  },
  'claims.early': {
    most: 1 << 10,
    unit: 'entries',
    why: 'A node that goes on with a program may ask before the home knows that it is the home; there is one such question for each node and program, and each is asked again.',
    beyond: 'R0406',
  },
  'cut.unrest': {
    most: 5_000,
    unit: 'milliseconds',
    why: 'What is on its way between nodes that answer arrives within milliseconds; after seconds it has been lost, and only the cut before has all of the program.',
    beyond: 'R0445',
  },
  'output.kept': {
    most: 1 << 20,
    unit: 'bytes',
    why: 'A viewer that comes later wants to see how it came to what it sees, not all of it; every home has such a log in memory.',
    beyond: 'drops',
  },
  'output.kept.durable': {
    most: 1 << 14,
    unit: 'bytes',
    why: 'Each cut of a durable program contains what is kept, and there may be hundreds of cuts in a second.',
    beyond: 'drops',
  },
  'output.window': {
    most: 1 << 20,
    unit: 'bytes',
    why: 'A viewer that is attached gets everything: what a slow one has not taken is kept in memory meanwhile.',
    beyond: 'waits',
  },
  'output.unreleased': {
    most: 4 << 20,
    unit: 'bytes',
    why: 'Output that waits for its cut is in memory and in the cut; a cut that large still takes less than a second to write.',
    beyond: 'waits',
  },
  'viewers.known': {
    most: 64,
    unit: 'entries',
    why: 'How much a viewer has typed is in the state of the home, so that one that comes back under another number types nothing twice.',
    beyond: 'drops',
  },
  'files.open': {
    most: 1000,
    unit: 'files',
    why: 'An OS process has some thousand descriptors, and the home shares them with sockets and other programs.',
    beyond: 'E.MFILE',
  },
  'calls.consumed': {
    most: 4096,
    unit: 'entries',
    why: 'A call that moved is remembered until nothing about it can be on its way any more; that is less than a second, in which fewer calls move.',
    beyond: 'drops',
  },
  'nodes.idle': {
    most: 10_000,
    unit: 'milliseconds',
    why: 'Nodes that a command has left behind go when nothing runs on them; a user who starts one program after the other shall find them again.',
    beyond: 'leaves',
  },
  'checkpoints.kept': {
    most: 5,
    unit: 'entries',
    why: 'Each checkpoint that the cluster keeps is a whole program; the last few are enough to go back. `godwit checkpoint --keep N` keeps others.',
    beyond: 'drops',
  },
  'checkpoint.unconfirmed': {
    most: 60_000,
    unit: 'milliseconds',
    why: 'A program that is saved and then ended stands still until its file is written; it shall not do so for ever when whoever writes it has gone.',
    beyond: 'goes on',
  },
  'blobs.unnamed': {
    most: 86_400_000,
    unit: 'milliseconds',
    why: 'What is stored is named within moments, unless its member dies in between; after a day nobody comes back to name it, not after any outage either.',
    beyond: 'drops',
  },
  'name.length': {
    most: 100,
    unit: 'bytes',
    why: 'A name is a key of the directory, which all members have in memory.',
    beyond: 'E.NAMETOOLONG',
  },
  'names.served': {
    most: 1000,
    unit: 'names',
    why: 'The directory lists the names of all programs to every gateway.',
    beyond: 'E.MFILE',
  },
  'connection.input': {
    most: 1 << 16,
    unit: 'bytes',
    why: 'What a client has sent and the program has not read is in memory at the home and in each cut; the client waits meanwhile.',
    beyond: 'waits',
  },
  'connection.output': {
    most: 1 << 17,
    unit: 'bytes',
    why: 'What the program has written and a client has not taken is in memory at the home and at the gateway; the program waits at `net.write` meanwhile.',
    beyond: 'waits',
  },
  'connections.waiting': {
    most: 1024,
    unit: 'connections',
    why: 'Clients that the program has not accepted yet are served late or not at all; those beyond that many are told at once, by being closed.',
    beyond: 'closes',
  },
  'calls.outgoing': {
    most: 256,
    unit: 'entries',
    why: 'Each call of a server elsewhere has a socket of the home, and its answer is in memory as a whole.',
    beyond: 'E.MFILE',
  },
  'call.time': {
    most: 300_000,
    unit: 'milliseconds',
    why: 'A server that has not answered after minutes is not going to; the home does not move while it waits for one.',
    beyond: 'E.TIMEDOUT',
  },
  'gateway.connections': {
    most: 20_000,
    unit: 'connections',
    why: 'Each connection of a gateway has a descriptor and its buffers; most systems give an OS process no more descriptors.',
    beyond: 'closes',
  },
  'gateway.wait': {
    most: 10_000,
    unit: 'milliseconds',
    why: 'A client that comes while nobody serves the name waits for a program that is being started or recovered, and no longer.',
    beyond: 'closes',
  },
  'gateway.linger': {
    most: 2000,
    unit: 'milliseconds',
    why: 'A client that does not take the last bytes of a closed connection, or does not close its side, shall not hold a descriptor for ever.',
    beyond: 'closes',
  },
  'http.head': {
    most: 1 << 14,
    unit: 'bytes',
    why: 'Browsers send less than half of that, cookies included; the head of a response that is longer is a fault of the program.',
    beyond: '431, 502',
  },
  'http.head.time': {
    most: 10_000,
    unit: 'milliseconds',
    why: 'A client that sends the head of its request byte by byte shall not hold a connection for long.',
    beyond: '408',
  },
  'http.request.time': {
    most: 300_000,
    unit: 'milliseconds',
    why: 'A slow client may take some minutes to send a large body; no program waits longer for the rest of one.',
    beyond: '408',
  },
  'http.idle': {
    most: 60_000,
    unit: 'milliseconds',
    why: 'A client may keep its connection between two requests; after a minute it is cheaper to make a new one.',
    beyond: 'closes',
  },
  'http.body': {
    most: 64 << 20,
    unit: 'bytes',
    why: 'Bodies are passed on as they come and never kept as a whole; larger ones are uploads that belong elsewhere.',
    beyond: '413',
  },
  'websocket.message': {
    most: 1 << 20,
    unit: 'bytes',
    why: 'A message of WebSocket is in memory as a whole at the gateway before it is passed on, one for each connection.',
    beyond: '1009',
  },
  'session.away': {
    most: 120_000,
    unit: 'milliseconds',
    why: 'A client that has lost its socket comes back within seconds, or when its machine has slept; what is on its way to it is in memory and in cuts meanwhile.',
    beyond: 'closes',
  },
  'sessions.away': {
    most: 2000,
    unit: 'connections',
    why: 'Each session whose client is away may have some 200 KB at the home; somebody who opens sessions and goes shall not fill the memory.',
    beyond: 'drops',
  },
  'session.silence': {
    most: 60_000,
    unit: 'milliseconds',
    why: 'The client library says something every 15 seconds; a socket that is silent for longer leads to nobody.',
    beyond: 'closes',
  },
  'dashboard.viewers': {
    most: 32,
    unit: 'connections',
    why: 'A page of the dashboard is told once a second what has changed; more viewers than that look at one screen.',
    beyond: '403',
  },
  'dashboard.waiting': {
    most: 16 << 20,
    unit: 'bytes',
    why: 'What a page that reads slowly has not taken is in memory; it is some hundred times what changes in a second of a large program.',
    beyond: '1013',
  },
  'traces.waiting': {
    most: 4_096,
    unit: 'entries',
    why: 'Spans wait for the collector to take them, some 500 bytes each; when it does not, the newest are dropped and counted, and the node goes on.',
    beyond: 'drops',
  },
  'ended.kept': {
    most: 600_000,
    unit: 'milliseconds',
    why: 'A user who has left a program comes back within minutes to see how it ended; a cluster runs many programs and keeps them all so long.',
    beyond: 'drops',
  },
} as const satisfies Readonly<Record<string, Limit>>

/** What `--limit` gives a program at most; what is absent is not limited but by the machine. */
export interface ProgramLimits {
  /** Bytes of its processes' memory on one node. */
  readonly memory?: number
  /** Its processes on one node. */
  readonly processes?: number
  /** Bytes that it writes on its screen and its error channel, all in all. */
  readonly output?: number
  /** Files that it has open. */
  readonly files?: number
  /** Clients that are connected to it. */
  readonly connections?: number
  /** Calls of servers elsewhere that are under way. */
  readonly calls?: number
}

export const LIMITED = [
  'memory',
  'processes',
  'output',
  'files',
  'connections',
  'calls',
] as const satisfies readonly (keyof ProgramLimits)[]

/** @returns the stricter of two limits, for everything that one of them limits */
export function stricter(a: ProgramLimits = {}, b: ProgramLimits = {}): ProgramLimits {
  return Object.fromEntries(
    LIMITED.flatMap((name) => {
      const most = Math.min(a[name] ?? Infinity, b[name] ?? Infinity)
      return most === Infinity ? [] : [[name, most]]
    }),
  )
}
