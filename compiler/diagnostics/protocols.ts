/** E05: what may be said on a channel, in which direction. */
const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`
const verb = (direction: '?' | '!'): string => (direction === '?' ? 'input from' : 'output to')
const end = (direction: '?' | '!'): string => (direction === '?' ? 'the reading end' : 'the writing end')

/** Why a value has no copies, by what is in it. */
const SOLE = {
  end: 'one process at a time has an end that is not SHARED',
  process: 'one variable at a time has a mobile process',
  barrier: 'it has a barrier in it, and nobody would be enrolled for the copy',
} as const

export const PROTOCOLS = {
  E0501: (p: { name: string; is: string; operator: '?' | '!' }) => ({
    title: `\`${p.operator}\` needs a channel, and \`${p.name}\` is ${p.is}`,
    help: p.operator === '!' ? 'to give a variable a value use `:=`' : 'a channel is declared as `CHAN INT c:`',
  }),
  E0502: (p: { wanted: number; got: number; protocol: string; form: string }) => ({
    title: `a message of \`${p.protocol}\` has ${count(p.wanted, 'component')}, but there ${p.got === 1 ? 'is' : 'are'} ${p.got} here`,
    help: `a message has the form \`${p.form}\``,
  }),
  E0503: (p: { name: string; has: '?' | '!' }) => ({
    title: `\`${p.name}\` is ${end(p.has)} of a channel and cannot be used to ${p.has === '?' ? 'output' : 'input'}`,
    help: `\`${p.name}${p.has}\` can only be ${verb(p.has)}`,
  }),
  E0504: (p: { name: string; wanted: string; got: string; hint?: string | undefined }) => ({
    title: `\`${p.name}\` carries \`${p.wanted}\` here, but this is \`${p.got}\``,
    ...(p.hint === undefined ? {} : { help: p.hint }),
  }),
  E0505: (p: { tag: string; protocol: string; suggestion: string | undefined; tags: readonly string[] }) => ({
    title: `protocol \`${p.protocol}\` has no tag \`${p.tag}\``,
    help: p.suggestion !== undefined ? `did you mean \`${p.suggestion}\`?` : `its tags are ${p.tags.map((tag) => `\`${tag}\``).join(', ')}`,
  }),
  E0506: (p: { protocol: string; tags: readonly string[] }) => ({
    title: `a message of \`${p.protocol}\` begins with a tag`,
    help: `its tags are ${p.tags.map((tag) => `\`${tag}\``).join(', ')}`,
  }),
  E0507: (p: { name: string; protocol: string }) => ({
    title: `\`? CASE\` needs a protocol with tags, and \`${p.name}\` carries \`${p.protocol}\``,
    help: 'leave out `CASE`, or declare a protocol with `CASE` and a line for each tag',
  }),
  E0508: (p: { tag: string }) => ({
    title: `the variant \`${p.tag}\` stands twice in one \`? CASE\``,
    help: 'each tag can lead to one process only',
  }),
  E0509: (p: { name: string; formal: boolean }) => ({
    title: `the channel \`${p.name}\` is used both for input and for output by one process`,
    help: p.formal
      ? 'a parameter is one end of a channel: take two parameters, or declare the channel inside'
      : 'whoever outputs waits until another process inputs: put the two into different branches of a PAR',
  }),
  E0510: (p: { wanted: string; example: string }) => ({
    title: `\`${p.wanted}\` is a counted array: the count and the array are written together`,
    help: `write \`${p.example}\``,
  }),
  E0511: (p: { wanted: string }) => ({
    title: `this is written as a counted array, but \`${p.wanted}\` is wanted`,
    help: '`n::a` is for protocols such as `INT::[]BYTE`',
  }),
  E0512: (p: { name: string; use: string; hint: string }) => ({
    title: `the timer \`${p.name}\` cannot be ${p.use}`,
    help: p.hint,
  }),
  E0513: (p: { name: string }) => ({
    title: `\`? AFTER\` needs a TIMER, and \`${p.name}\` is a channel`,
    help: 'declare `TIMER tim:` and wait with `tim ? AFTER t`',
  }),
  E0514: (p: { name: string; wanted: '?' | '!'; formal: string; has: '?' | '!' }) => ({
    title: `parameter \`${p.formal}\` is ${end(p.wanted)}, but \`${p.name}\` is ${end(p.has)}`,
    help: /^\w[\w.]*[?!]$/.test(p.name)
      ? `write \`${p.name.slice(0, -1)}${p.wanted}\` if this is to be ${verb(p.wanted)}`
      : `pass ${end(p.wanted)} of a channel`,
  }),
  E0515: (p: { name: string; wanted: string; got: string }) => ({
    title: `\`${p.name}\` carries \`${p.got}\`, but a channel of \`${p.wanted}\` is wanted`,
  }),
  E0517: (p: { type: string }) => ({
    title: `an array in a protocol needs a size, and \`${p.type}\` has none`,
    help: 'to send arrays of different lengths use a counted array: `INT::[]BYTE`',
  }),
  E0518: (p: { name: string; protocol: string; tags: readonly string[] }) => ({
    title: `\`${p.name}\` carries the variants of \`${p.protocol}\`, so an input has to look at the tag`,
    help: `write \`${p.name} ? CASE\` with a line for each of ${p.tags.map((tag) => `\`${tag}\``).join(', ')} below it`,
  }),
  W0502: (p: { name: string; tags: readonly string[] }) => ({
    title: `this \`? CASE\` has no variant for ${p.tags.map((tag) => `\`${tag}\``).join(', ')}`,
    help: 'a message with such a tag stops the program; write a variant for it, with SKIP under it where nothing is to be done',
  }),
  E0520: (p: { name: string }) => ({
    title: `\`${p.name}\` has no variants, so no protocol can extend it`,
    help: 'a protocol that is extended is written with `CASE` and a line for each tag',
  }),
  E0521: (p: { name: string; is: string; isArray: boolean }) => ({
    title: `\`${p.name}\` is ${p.is}, and a barrier is wanted here`,
    help: p.isArray ? `name one of them: \`${p.name}[i]\`` : 'declare it as `BARRIER`',
  }),
  E0522: (p: { name: string }) => ({
    title: `\`${p.name}\` is a timer: nothing waits at its other end`,
    help: `write \`${p.name} ? t\``,
  }),
  E0523: (p: { name: string }) => ({
    title: `\`${p.name}\` is used while its writer still waits for the end of this extended input`,
    help: 'use it in the second process, which runs when the writer goes on',
  }),
  E0524: (p: { name: string; is: 'inline' | 'predefined' | 'mobile' }) => ({
    title: `\`${p.name}\` is ${p.is === 'inline' ? 'INLINE' : p.is === 'mobile' ? 'a mobile process' : 'predefined'} and cannot be forked`,
    help: {
      inline: 'leave out INLINE',
      predefined: `write a PROC that calls \`${p.name}\`, and fork that`,
      mobile: `write a PROC with a MOBILE parameter that runs it, and fork that`,
    }[p.is],
  }),
  E0525: (p: { actual: string; formal: string; why: 'data' | 'channel' | 'brief' }) => ({
    title: `\`${p.actual}\` cannot be given to a process that is forked as \`${p.formal}\``,
    help: {
      data: ['what is forked may outlive the variable: give it a value, `VAL`, or something MOBILE', 'results come back over a channel'],
      channel: 'a channel has one process at each end: declare it as `SHARED CHAN`, and CLAIM it',
      brief: `what is forked may outlive it: fork within a FORKING, which waits, and declare \`${p.actual}\` outside of that`,
    }[p.why],
  }),
  E0526: (p: { callee: string; name: string; brief: boolean }) => ({
    title: `\`${p.callee}\` uses \`${p.name}\`, which is declared outside it, and cannot be forked`,
    help: p.brief
      ? `what is forked may outlive it: fork within a FORKING, which waits, and declare \`${p.name}\` outside of that`
      : 'what is forked uses what it is given, and constants',
  }),
  E0527: (p: { name: string; direction: string }) => ({
    title: `\`${p.name}${p.direction}\` is SHARED and has to be claimed before it is used`,
    help: `put this under \`CLAIM ${p.name}${p.direction}\``,
  }),
  E0528: (p: { name: string; is: string; formal?: string }) => ({
    title:
      p.formal === undefined
        ? `\`${p.name}\` is ${p.is}: only an end that is SHARED can be claimed`
        : `\`${p.name}\` is not SHARED, as \`${p.formal}\` is`,
    help: p.formal === undefined ? 'an end that is not SHARED is used without a CLAIM' : 'declare it as `SHARED CHAN`',
  }),
  E0529: (p: { name: string; callee?: string }) => ({
    title:
      p.callee === undefined
        ? `\`${p.name}\` has been claimed, and is not SHARED meanwhile`
        : `\`${p.name}\` has been claimed, and \`${p.callee}\` moves it away or gives it another value`,
    help: p.callee === undefined ? 'use it, or give it to a parameter that is not SHARED' : `give it to a PROC that only uses its channels`,
  }),
  E0551: (p: { callee: string | undefined }) => ({
    title:
      p.callee === undefined
        ? '`SUSPEND` stands where no mobile process runs'
        : `\`${p.callee}\` has a SUSPEND, and no mobile process runs here`,
    help: 'only a MOBILE PROC, and the PROCs that it calls, may suspend themselves',
  }),
  E0552: (p: { callee: string | undefined; what: string }) => ({
    title: p.callee === undefined ? `\`SUSPEND\` stands in ${p.what}` : `\`${p.callee}\` has a SUSPEND, and is called in ${p.what}`,
    help: 'put the SUSPEND, or the call, after its end',
  }),
  E0553: (p: { name: string; type: string; wanted: string }) => ({
    title: `\`${p.name}\` has not the parameters of \`${p.type}\``,
    help: `write \`MOBILE PROC ${p.name} (${p.wanted}) IMPLEMENTS ${p.type}\``,
  }),
  E0554: (p: { formal: string }) => ({
    title: `a mobile process is not given \`${p.formal}\``,
    help: 'a PROC TYPE has ends of channels only, each with `?` or `!`: send values over one of them',
  }),
  E0555: (p: { name: string; free: string }) => ({
    title: `the mobile process \`${p.name}\` uses \`${p.free}\`, which is declared around it`,
    help: 'a mobile process may run anywhere: give it a channel, and use constants only from around it',
  }),
  E0556: (p: { name: string; isMobile: boolean }) => ({
    title: p.isMobile ? `\`${p.name}\` is a MOBILE PROC, which is not called by its name` : `\`${p.name}\` is no MOBILE PROC`,
    help: p.isMobile
      ? `make a mobile process of it and run that: \`x := MOBILE ${p.name}\`, then \`x (...)\``
      : `declare it as \`MOBILE PROC ${p.name} (...) IMPLEMENTS P\`, with a \`PROC TYPE P IS (...):\``,
  }),
  E0530: (p: { name: string }) => ({
    title: `both ends of \`${p.name}\` are SHARED: which one is claimed has to be written`,
    help: `write \`CLAIM ${p.name}!\` or \`CLAIM ${p.name}?\``,
  }),
  E0541: (p: { name: string; written: string }) => ({
    title: `the field \`${p.name}\` has no direction`,
    help: `write \`${p.written} ${p.name}?\` where the end \`?\` inputs, and \`${p.written} ${p.name}!\` where it outputs`,
  }),
  E0542: (p: { name: string }) => ({
    title: `\`${p.name}\` is a channel type, and variables and messages have its ends`,
    help: `write \`${p.name}!\` for the end of a client, or \`${p.name}?\` for that of a server`,
  }),
  E0543: (p: { name: string }) => ({
    title: `\`MOBILE ${p.name}\` makes two ends, one \`${p.name}!\` and one \`${p.name}?\``,
    help: `assign them to two variables of these types: \`client, server := MOBILE ${p.name}\``,
  }),
  E0544: (p: { name: string; type: string; sole: keyof typeof SOLE }) => ({
    title: `\`${p.name}\` cannot be copied: ${SOLE[p.sole]}`,
    help: {
      end: `move it, or declare it \`SHARED ${p.type.replace(/^.* /, '')}\``,
      process: 'move it',
      barrier: 'move it; or assign its barrier alone, which enrols whoever gets it',
    }[p.sole],
  }),
  E0546: (p: { name: string; type: string }) => ({
    title: `the field \`${p.name}\` is of type \`${p.type}\`, and the fields of a channel type are channels`,
    help: 'write `CHAN P f?` or `CHAN P f!`; ends are made SHARED as a whole: `SHARED T!`',
  }),
  E0547: (p: { name: string }) => ({
    title: `\`CHAN TYPE ${p.name}:\` announces a channel type that is never declared in full`,
    help: `declare it further down: \`CHAN TYPE ${p.name}\` and \`MOBILE RECORD\` with its fields under it`,
  }),
  E0548: (p: { name: string }) => ({
    title: `the channels of \`${p.name}\` are made where it is declared, not in another PROC or in a branch of a PAR`,
    help: `assign \`${p.name} := MOBILE [n]CHAN P\` before the PAR, in the process under the declaration`,
  }),
  W0501: (p: { name: string; protocol: string }) => ({
    title: `\`${p.name}\` carries anything on one side and \`${p.protocol}\` on the other, so its messages are not checked`,
    help: 'declare one protocol for both sides; where two protocols are intended, `CHAN OF P c RETYPES d:` says so',
  }),
  E0519: (p: { direction: '?' | '!'; has: '?' | '!'; name: string; abbreviation?: string }) => ({
    title:
      p.abbreviation === undefined
        ? `\`${p.name}\` is ${end(p.has)} of a channel, so there is no \`${p.name}${p.direction}\``
        : `\`${p.name}\` is ${end(p.has)} of a channel, which \`${p.abbreviation}${p.direction}\` cannot stand for`,
    help:
      p.abbreviation === undefined
        ? `write \`${p.name}${p.has}\``
        : `what stands for one end is that end: write \`${p.abbreviation}${p.has}\` and \`${p.name}${p.has}\``,
  }),
}
