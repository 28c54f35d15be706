/** Libraries of other occam systems that have no counterpart here, and what to use instead. */

const STREAMS =
  'here a program is given `CHAN BYTE keyboard?, screen!, error!`; the libraries `course`, `hostio.lib` and `streamio.lib` write to them'
const TRANSPUTER = 'it belongs to the transputer and its hosts, and there is nothing like it here'

const LIBRARIES: Readonly<Record<string, string>> = {
  hostsp: STREAMS,
  splib: STREAMS,
  solib: STREAMS,
  sklib: STREAMS,
  interf: STREAMS,
  userio: STREAMS,
  uservals: STREAMS,
  filerhdr: STREAMS,
  ssinterf: STREAMS,
  spinterf: STREAMS,
  krnlhdr: STREAMS,
  ioconv: 'the library `convert` turns numbers into text and text into numbers',
  extrio: 'the library `convert` turns numbers into text and text into numbers',
  strings: 'the library `string` has strings',
  msdos: TRANSPUTER,
  xlink: TRANSPUTER,
  debug: TRANSPUTER,
  callc: TRANSPUTER,
  rtlib: TRANSPUTER,
  process: TRANSPUTER,
  msgchan: TRANSPUTER,
  ticks: 'timers count microseconds',
  linkboot: TRANSPUTER,
}

/** @returns what stands in for a library of another system, if `name` is one */
export function foreignLibrary(name: string): string | undefined {
  const base = name.replace(/^.*[/\\:]/, '').replace(/\.(lib|inc|tsr|tax|tco|module|liu)$/i, '')
  return Object.hasOwn(LIBRARIES, base.toLowerCase()) ? LIBRARIES[base.toLowerCase()] : undefined
}
