/**
 * Predefined PROCs that are written in the language (occam 2.1 reference manual, appendices L and O): the libraries that hold them are taken
 * in when a program names one.
 */

const TYPES = ['INT', 'INT16', 'INT32', 'INT64', 'HEX', 'HEX16', 'HEX32', 'HEX64', 'BOOL', 'REAL32', 'REAL64']

/** Name of each routine, and the file it is in. */
export const LIBRARY_ROUTINES: ReadonlyMap<string, string> = new Map([
  ...TYPES.flatMap((type) => [`${type}TOSTRING`, `STRINGTO${type}`]).map((name): [string, string] => [name, 'convert.module']),
  ...['MOVE2D', 'DRAW2D', 'CLIP2D'].map((name): [string, string] => [name, 'blockmove.module']),
])
