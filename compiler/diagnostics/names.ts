/** E03: names, and the choice of the main process. */
const meant = (suggestion: string | undefined): readonly string[] => (suggestion === undefined ? [] : [`did you mean \`${suggestion}\`?`])

/** What to do with a name that stands for something else than is wanted. */
const ROLES: ReadonlyMap<string, (name: string) => string> = new Map<string, (name: string) => string>([
  ['a FUNCTION for a PROC', (name) => `a FUNCTION has a value, which goes somewhere: \`x := ${name} (...)\``],
  ['a PROC for a FUNCTION', (name) => `a PROC has no value: call \`${name}\` on a line of its own, with a variable for each result`],
  ['a FUNCTION for a variable', (name) => `to call it write \`${name} ()\``],
  ['a variable for a FUNCTION', (name) => `an element of an array is written \`${name}[i]\``],
])

/** @returns `a`, `b` and `c` */
const together = (names: readonly string[]): string =>
  names
    .map((name) => `\`${name}\``)
    .join(', ')
    .replace(/, ([^,]*)$/, ' and $1')

const withHelp = (help: string | undefined): { help?: string } => (help === undefined ? {} : { help })

export const NAMES = {
  E0301: (p: { name: string; what: string; suggestion: string | undefined; hint?: string | undefined }) => ({
    title: `no ${p.what} named \`${p.name}\` is visible here`,
    help: p.hint !== undefined ? p.hint : p.suggestion !== undefined ? meant(p.suggestion) : `declare \`${p.name}\` above its first use`,
  }),
  E0302: (p: { name: string; list: string }) => ({
    title: `\`${p.name}\` stands twice in one list of ${p.list}`,
    help: p.list === 'barriers' ? 'a branch is enrolled once: leave one of them out' : 'give one of them another name',
  }),
  E0303: (p: { name: string; word: 'PROC' | 'FUNCTION' | 'CHAN TYPE' }) => ({
    title: `\`${p.name}\` is not visible within itself`,
    help: `to let it ${p.word === 'CHAN TYPE' ? 'carry ends of its own type' : 'call itself'}, write \`REC ${p.word} ${p.name}\``,
  }),
  E0304: (p: { name: string; is: string; wanted: string }) => ({
    title: `\`${p.name}\` is ${p.is}, but ${p.wanted} is wanted here`,
    ...withHelp(ROLES.get(`${p.is} for ${p.wanted}`)?.(p.name)),
  }),
  E0305: (p: { field: string; type: string; suggestion: string | undefined; fields: readonly string[] }) => ({
    title: `type \`${p.type}\` has no field \`${p.field}\``,
    help: p.suggestion !== undefined ? meant(p.suggestion) : `its fields are ${p.fields.map((name) => `\`${name}\``).join(', ')}`,
  }),
  E0306: (p: { name: string; suggestion: string | undefined; procs: readonly string[] }) => ({
    title: `there is no PROC \`${p.name}\` at the top level to be the main process`,
    help:
      p.suggestion !== undefined || p.procs.length === 0
        ? meant(p.suggestion)
        : `the PROCs at the top level are ${p.procs.map((name) => `\`${name}\``).join(', ')}`,
  }),
  E0307: (p: { name: string; parameters: readonly string[] }) => ({
    title: `${p.parameters.length === 1 ? 'parameter' : 'parameters'} ${together(p.parameters)} of the main process \`${p.name}\` cannot be connected to anything`,
    help: [
      'the main process takes `CHAN BYTE keyboard?, screen!, error!`, each of them optional',
      'a file of PROCs for others to use ends in `.module` or `.inc`; a TEST or another last PROC would run this one',
    ],
  }),
  E0308: (p: { first: string; second: string; service: string }) => ({
    title: `\`${p.first}\` and \`${p.second}\` of the main process would both be the ${p.service}`,
    help: 'name them `keyboard?`, `screen!` and `error!`',
  }),
  E0310: () => ({
    title: '`PASS` stands outside a TEST',
    help: 'to end a process at once, restructure it so that it terminates; PASS ends a whole test',
  }),
  E0311: (p: { name: string; suggestion: string | undefined }) => ({
    title: `there is no host service \`${p.name}\``,
    help: meant(p.suggestion),
  }),
  E0312: (p: { name: string }) => ({
    title: `\`${p.name}\` is in another language, and there is no code for it here`,
    help: `write \`${p.name}\` in occam and remove its #PRAGMA EXTERNAL`,
  }),
  E0313: (p: { heading: string; why: string }) => ({
    title: `\`${p.heading}\` will not do as the heading of a service: ${p.why}`,
    help: 'a service is a PROC with VAL parameters and results (RESULT) that are of primitive types or arrays of one dimension, one of them at most open',
  }),
  W0301: (p: { name: string; what: string }) => ({
    title: `${p.what} \`${p.name}\` is never used`,
    help: 'remove its declaration',
  }),
  W0303: (p: { name: string }) => ({
    title: `the last PROC is the program, and here that is \`${p.name}\`, not \`main\``,
    help: 'put `main` last, or choose it with `--main main`',
  }),
  W0306: (p: { name: string }) => ({
    title: `two parameters of one list are called \`${p.name}\`, so only the later one can be used`,
    help: 'give one of them another name',
  }),
  W0302: (p: { name: string; pragma: string }) => ({
    title: `\`#PRAGMA ${p.pragma}\` names \`${p.name}\`, which is not declared above it`,
    help: 'put the pragma after the declaration',
  }),
}
