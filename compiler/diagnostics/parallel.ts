const distinct = (name: string): string[] => [
  'use subscripts that are certainly different: constants, one variable and a number (`i` and `i + 1`), parts cut at one place (`[a FOR n]` and `[a FROM n]`)',
  `where you know better, say \`#PRAGMA SHARED ${name}\` after its declaration`,
]

/** E06: what parallel processes may share, and aliasing. */
export const PARALLEL = {
  E0601: (p: { name: string; root: string; sure: boolean }) => ({
    title: p.sure
      ? `\`${p.name}\` is written by two branches of the same PAR`
      : `two branches of the same PAR may write the same element of \`${p.root}\``,
    help: p.sure ? 'give each branch its own variable and combine them after the PAR' : distinct(p.root),
  }),
  E0602: (p: { name: string; root: string; sure: boolean }) => ({
    title: p.sure
      ? `\`${p.name}\` is written by one branch of a PAR and used by another`
      : `one branch of a PAR may write an element of \`${p.root}\` that another uses`,
    help: p.sure ? 'send the value over a channel, or copy it before the PAR with `INITIAL` or an assignment' : distinct(p.root),
  }),
  E0603: (p: { name: string; root: string; what: string; sure: boolean }) => ({
    title: p.sure
      ? `two branches of the same PAR ${p.what} \`${p.name}\``
      : `two branches of the same PAR may ${p.what} the same element of \`${p.root}\``,
    help: p.sure ? 'a channel joins one writer to one reader: declare a channel for each pair' : distinct(p.root),
  }),
  E0604: (p: { name: string; index: string; all: boolean; most: number | undefined }) => ({
    title: `${p.all ? 'every copy' : 'more than one copy'} of this replicated PAR writes \`${p.name}\``,
    help: [`declare the variable inside the PAR, or make it an array and write \`${p.name}[${p.index}]\``, ...tooMany(p.most)],
  }),
  E0605: (p: { name: string; what: string; index: string; all: boolean; most: number | undefined }) => ({
    title: `${p.all ? 'every copy' : 'more than one copy'} of this replicated PAR ${p.what} \`${p.name}\``,
    help: [`make it an array of channels and use \`${p.name}[${p.index}]\``, ...tooMany(p.most)],
  }),
  E0606: (p: { name: string; index: string; all: boolean; most: number | undefined }) => ({
    title: `two copies of this replicated PAR may use the same element of \`${p.name}\``,
    help: [
      `give each copy its own elements: \`${p.name}[${p.index}]\`, or its own block: \`[${p.name} FROM ${p.index} * n FOR n]\``,
      ...tooMany(p.most),
      `where you know better, say \`#PRAGMA SHARED ${p.name}\` after its declaration`,
    ],
  }),
  E0607: (p: { name: string; first: string }) => ({
    title:
      p.name === p.first
        ? `\`${p.name}\` is given to two parameters of one call`
        : `\`${p.name}\` and \`${p.first}\` are given to two parameters of one call and overlap`,
    help: 'one of the parameters is written through, so they have to be different variables',
  }),
  E0608: (p: { name: string; callee: string }) => ({
    title: `\`${p.callee}\` uses \`${p.name}\` directly, so \`${p.name}\` cannot be given to it as a parameter`,
    help: 'pass another variable, or let the PROC use its parameter only',
  }),
  E0609: (p: { name: string; abbreviation: string }) => ({
    title: `\`${p.name}\` cannot be used while \`${p.abbreviation}\` stands for it`,
    help: `use \`${p.abbreviation}\` in the scope of the abbreviation`,
  }),
  E0610: (p: { name: string; abbreviation: string; val: boolean }) => ({
    title: `\`${p.name}\` cannot be changed while \`${p.abbreviation}\` abbreviates ${p.val ? 'a value' : 'an element'} that depends on it`,
    help: p.val
      ? `declare \`${p.abbreviation}\` with \`INITIAL\` instead of \`VAL\` to make it a copy`
      : `keep the subscript in a variable of its own`,
  }),
  E0611: (p: { name: string; moved: boolean; end?: string }) => {
    const [parts, one, example] =
      p.end === undefined
        ? (['elements', 'an array', `${p.name} := MOBILE [n]T`] as const)
        : (['channels', 'an end', `${p.name}, other := MOBILE ${p.end}`] as const)
    return {
      title: p.moved ? `\`${p.name}\` was moved away and has no ${parts} here` : `\`${p.name}\` has no ${parts} yet`,
      help: [`give it ${one} first: \`${example}\``, `where it may have one, ask: \`DEFINED ${p.name}\``],
    }
  },
  E0612: (p: { name: string }) => ({
    title: `two branches of this PAR synchronise on \`${p.name}\`, which does not enrol them`,
    help: `end the line of the PAR with \`ENROLL ${p.name}\``,
  }),
  E0613: (p: { name: string }) => ({
    title: `\`${p.name}\` is used where its process has resigned from it`,
    help: `do it after the RESIGN, where the process is enrolled again`,
  }),
  W0601: (p: { name: string; sometimes: boolean }) => ({
    title: p.sometimes ? `\`${p.name}\` may be read before it has a value` : `\`${p.name}\` is read before it has a value`,
    help: 'it reads as zero; assign it first, or declare it with `INITIAL`',
  }),
  W0602: (p: { name: string; what: 'branches' | 'copies' }) => ({
    title: `whether the ${p.what} of this PAR use distinct elements of \`${p.name}\` depends on values known only at run time`,
    help: 'replicate over a count that is known at compile time',
  }),
  W0605: (p: { name: string; moved: boolean; sometimes: boolean; sole: 'end' | 'process' | 'barrier' | undefined; end?: string }) => ({
    title:
      p.end === undefined
        ? `\`${p.name}\` ${p.sometimes ? 'may have been' : 'was'} ${p.moved ? 'moved away' : 'given nothing'} before this`
        : `\`${p.name}\` ${p.sometimes ? 'may have' : 'has'} nothing at the end of \`${p.end}\``,
    help: !p.moved
      ? 'give it a value on every way that leads here'
      : p.sole === undefined
        ? `to keep what it has, move a copy: \`CLONE ${p.name}\``
        : p.sole === 'end'
          ? 'one process at a time has an end: ask `DEFINED`, or let several have one that is SHARED'
          : 'one variable at a time has it: give it back, or ask `DEFINED`',
  }),
  W0604: (p: { what: 'process' | 'choice' }) => ({
    title: `this ${p.what} is never reached`,
    help:
      p.what === 'choice' ? 'the first condition that is true is chosen: put `TRUE` last' : 'remove it, or let the process above it end',
  }),
  W0606: (p: { name: string }) => ({
    title: 'this loop reads the keyboard and never ends at the end of the input',
    help: `let it end when \`${p.name}\` is 255, which the library \`course\` calls \`END.OF.FILE\``,
  }),
  W0603: (p: { name: string; used: '?' | '!' }) => ({
    title: p.used === '!' ? `nothing inputs from the channel \`${p.name}\`` : `nothing outputs to the channel \`${p.name}\``,
    help: 'a process that uses it would wait for ever',
  }),
}

/** @param most how many values of the indices are looked at; undefined where they are enough */
const tooMany = (most: number | undefined): string[] =>
  most === undefined ? [] : [`the compiler looks at the copies one by one for up to ${most} values of the indices, and here there are more`]
