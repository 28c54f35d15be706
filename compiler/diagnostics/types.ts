/** E04: types, values known at compile time, and what functions may do. */
const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`

export const TYPES = {
  E0401: (p: { wanted: string; got: string; hint?: string | undefined }) => ({
    title: `type \`${p.wanted}\` is wanted here, but this is \`${p.got}\``,
    ...(p.hint === undefined ? {} : { help: p.hint }),
  }),
  E0402: (p: { operator: string; left: string; right: string; hint?: string | undefined }) => ({
    title: `the operands of \`${p.operator}\` have different types, \`${p.left}\` and \`${p.right}\``,
    help: p.hint ?? 'convert one of them by writing the wanted type before it',
  }),
  E0403: (p: { operator: string; type: string; hint?: string | undefined }) => ({
    title: `\`${p.operator}\` is not defined for \`${p.type}\``,
    ...(p.hint === undefined ? {} : { help: p.hint }),
  }),
  E0404: (p: { text: string; type: string; range: string; hint?: string | undefined }) => ({
    title: `\`${p.text}\` does not fit in \`${p.type}\``,
    help: p.hint === undefined ? `\`${p.type}\` holds ${p.range}` : [`\`${p.type}\` holds ${p.range}`, p.hint],
  }),
  E0405: (p: { text: string; type: string; hint?: string | undefined }) => ({
    title: `\`${p.text}\` cannot have the type \`${p.type}\``,
    ...(p.hint === undefined ? {} : { help: p.hint }),
  }),
  E0406: (p: { what: string; use: string }) => ({
    title: `${p.what} cannot be ${p.use}`,
    help: 'only a variable, an element or a slice of one can',
  }),
  E0407: (p: { name: string; why: string; use: string; hint?: string | undefined }) => ({
    title: `\`${p.name}\` is ${p.why} and cannot be ${p.use}`,
    ...(p.hint === undefined ? {} : { help: p.hint }),
  }),
  E0408: (p: { targets: number; values: number }) => ({
    title: `${count(p.targets, 'variable')} cannot take ${count(p.values, 'value')}`,
    help: 'write as many values on the right of `:=` as there are variables on the left',
  }),
  E0409: (p: { name: string; wanted: number; got: number; signature: string }) => ({
    title: `\`${p.name}\` takes ${count(p.wanted, 'parameter')}, but ${p.got} ${p.got === 1 ? 'is' : 'are'} given`,
    help: `it is declared as \`${p.signature}\``,
  }),
  E0410: (p: { from: string; to: string; hint?: string | undefined }) => ({
    title: `\`${p.from}\` cannot be converted to \`${p.to}\`${p.hint === undefined ? '' : ' like this'}`,
    ...(p.hint === undefined ? {} : { help: p.hint }),
  }),
  E0411: (p: { type: string; what: string }) => ({
    title: `only an array can be ${p.what}, and this is ${p.type}`,
    ...(p.type === 'a channel'
      ? {
          help: [
            'one channel has no elements: to send on it write `c ! x`, to receive from it `c ? x`',
            'an array of channels is declared `[10]CHAN INT c:`; a message that is an array, `CHAN [10]INT c:`',
          ],
        }
      : {}),
  }),
  E0412: (p: { what: string; got: string; hint?: string | undefined }) => ({
    title: `${p.what} has to be an \`INT\`, but this is \`${p.got}\``,
    help: p.hint ?? 'convert it: `INT x`',
  }),
  E0413: (p: { index: bigint; size: number }) => ({
    title: `index ${p.index} is outside an array of ${count(p.size, 'element')}`,
    help: p.size === 0 ? 'an array of size 0 has no elements' : `indices go from 0 to ${p.size - 1}`,
  }),
  E0414: (p: { from: bigint; count: bigint; size: number }) => ({
    title:
      p.count < 0n
        ? `a slice cannot have ${p.count} elements`
        : `the slice from ${p.from} for ${p.count} leaves its array of ${count(p.size, 'element')}`,
    ...(p.count < 0n ? {} : { help: `the array's elements are 0 to ${p.size - 1}` }),
  }),
  E0415: (p: { what: string; slow?: string | undefined }) => ({
    title: `${p.what} has to be known at compile time`,
    help:
      p.slow === undefined
        ? 'use literals, VAL abbreviations of constants, and FUNCTIONs of these'
        : `a call of \`${p.slow}\` may take 100,000 steps at compile time, 200 calls deep, and this one takes more`,
  }),
  E0416: (p: { size: bigint }) => ({
    title: p.size < 0n ? `an array cannot have ${p.size} elements` : `an array of ${p.size} elements is too large`,
    ...(p.size < 0n ? {} : { help: 'sizes go up to MOSTPOS INT' }),
  }),
  E0417: (p: { what: string; got: string; hint?: string | undefined }) => ({
    title: `${p.what} has to be a \`BOOL\`, but this is \`${p.got}\``,
    ...(p.hint === undefined ? {} : { help: p.hint }),
  }),
  E0418: (p: { label: string }) => ({
    title: `the CASE label ${p.label} stands twice`,
    help: 'each value can lead to one option only',
  }),
  E0419: (p: { got: string }) => ({
    title: `CASE cannot choose by ${p.got}`,
    help: 'the selector is an integer, a BYTE or a BOOL; use IF for anything else',
  }),
  E0420: (p: { type: string }) => ({
    title: `\`${p.type}\` has no size, so nothing can be declared with it`,
    help: 'write the size between the brackets; only parameters and abbreviations may leave it open',
  }),
  E0421: (p: { name: string | undefined; what: string }) => ({
    title: `a FUNCTION has no side effects, but ${p.name === undefined ? 'this VALOF' : `\`${p.name}\``} ${p.what}`,
    help: 'make it a PROC with a reference parameter for each result',
  }),
  E0422: (p: { parameter: string; what: string; isData: boolean }) => ({
    title: `a FUNCTION takes values only, but \`${p.parameter}\` is ${p.what}`,
    help: p.isData ? 'write `VAL` before the parameter, or make it a PROC' : 'make it a PROC with a reference parameter for each result',
  }),
  E0423: (p: { wanted: number; got: number }) => ({
    title: `${count(p.wanted, 'result')} ${p.wanted === 1 ? 'is' : 'are'} wanted here, but there ${p.got === 1 ? 'is' : 'are'} ${p.got}`,
  }),
  E0424: (p: { name: string; results: number }) => ({
    title: `\`${p.name}\` gives ${p.results} results, which cannot be used inside an expression`,
    help: 'take them apart with a multiple assignment: `a, b := ...`',
  }),
  E0425: (p: { operator: string; from: string; to: string; why: string }) => ({
    title: `\`${p.from}\` cannot be seen as \`${p.to}\` by ${p.operator}: ${p.why}`,
  }),
  E0426: (p: { operation: string; type: string }) => ({
    title: `${p.operation} overflows \`${p.type}\``,
    help: 'to wrap round on purpose use PLUS, MINUS or TIMES; or use a wider type',
  }),
  E0427: (p: { operation: string }) => ({
    title: `${p.operation} divides by zero`,
  }),
  E0428: (p: { what: string; why: string }) => ({
    title: `${p.what} is out of range: ${p.why}`,
  }),
  E0431: (p: { name: string; is: string; hint?: string | undefined }) => ({
    title: `\`${p.name}\` is ${p.is}, not a value`,
    ...(p.hint === undefined ? {} : { help: p.hint }),
  }),
  E0432: (p: { wanted: string; got: string; hint?: string | undefined }) => ({
    title: `an array \`${p.wanted}\` is wanted here, but this is \`${p.got}\``,
    help: p.hint ?? 'sizes have to agree; a slice `[a FROM i FOR n]` takes a part',
  }),
  E0433: (p: { type: string; wanted: number; got: number }) => ({
    title: `a \`${p.type}\` has ${count(p.wanted, 'field')}, but this literal has ${p.got}`,
  }),
  E0434: (p: { what: string; type: string }) => ({
    title: `${p.what} cannot be of type ${p.type}`,
    help: 'only data can: BOOL, BYTE, integers, reals, arrays and records of these',
  }),
  E0435: (p: { name: string; type: string; whole?: boolean }) => ({
    title:
      p.whole === true
        ? `\`${p.name}\` is a \`${p.type}\`, which is moved and cannot be VAL`
        : `\`${p.name}\` cannot be both VAL and MOBILE`,
    help:
      p.whole === true
        ? `write \`${p.type} ${p.name}\``
        : [`to give the elements write \`VAL ${p.type} ${p.name}\``, `to move it in and out write \`MOBILE ${p.type} ${p.name}\``],
  }),
  E0436: (p: { type: string; record?: string; barriers?: boolean; parts?: string }) => ({
    title:
      p.barriers === true
        ? `\`${p.type}\` is an array of barriers, and only MOBILE ones stand in arrays`
        : p.parts !== undefined
          ? `\`${p.parts}\` holds mobiles, and is neither moved nor copied as a whole`
          : p.record === undefined
            ? `\`${p.type}\` holds mobiles, so it must be MOBILE itself`
            : `a field of \`${p.record}\` is MOBILE, so the record must be, too`,
    help:
      p.barriers === true
        ? ['write `MOBILE []MOBILE BARRIER b:`, `b := MOBILE [n]MOBILE BARRIER` and `b[i] := MOBILE BARRIER`']
        : p.parts !== undefined
          ? 'move its elements one by one, or CLONE them'
          : p.record === undefined
            ? `write \`MOBILE ${p.type}\``
            : 'write `MOBILE RECORD`',
  }),
  E0437: (p: { what: string; got: string; wanted: string }) => ({
    title: `${p.what} has to be MOBILE, and this is \`${p.got}\``,
    help: `declare it as \`${p.wanted}\`, or assign it to a variable that is`,
  }),
  E0438: (p: { name: string; type: string }) => ({
    title: `\`${p.name}\` always has storage: only a mobile array whose size is open may have none, or another`,
    help: `it is declared as \`${p.type}\`; a mobile without a size is declared \`MOBILE []T\``,
  }),
  E0439: (p: { type: string }) => ({
    title: `\`MOBILE ${p.type}\` makes nothing: an array with all its sizes is wanted`,
    help: 'write the sizes, which may be computed: `MOBILE [n]T`',
  }),
  W0401: (p: { what: string; fault: string }) => ({
    title: `${p.what}, which stops the program with ${p.fault} when it runs`,
  }),
}
