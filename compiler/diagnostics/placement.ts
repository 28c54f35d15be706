/** E08: where processes and variables are put, and what a process can hold. */
export const PLACEMENT = {
  E0801: (p: { got: string }) => ({
    title: `NODE takes the name of a node, but this is \`${p.got}\``,
    help: 'write a string: `NODE "alpha"`',
  }),
  E0802: (p: { got: string }) => ({
    title: `PROCESSOR takes the number of a node, but this is \`${p.got}\``,
    help: 'write an INT: `PROCESSOR 0` is the first node; `NODE "alpha"` takes a name',
  }),
  E0803: (p: { name: string }) => ({
    title: `\`${p.name}\` cannot be placed at an address: nodes have no memory map`,
    help: 'remove the PLACE; host services take the part of memory-mapped devices',
  }),
  E0804: (p: { variables: number; waits: number }) => ({
    title: `this process has too much to keep while it waits: ${p.variables} variables, and ${p.waits} places where it may wait`,
    help: 'make an array of the variables, or put a part of the process into a PROC, with the variables that only this part uses',
  }),
  E0805: (p: { given: number; limit: number }) => ({
    title: `this process is given ${p.given} variables and channels, and it can be given ${p.limit}`,
    help: 'make arrays of them; a branch of a PAR and a PROC are given the names of what is around them that they use',
  }),
}
