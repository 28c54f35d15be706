/** E08: where processes and variables are put. */
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
}
