/** E09: what is right but not translated. */
export const TRANSLATION = {
  E0901: (p: { what: string }) => ({
    title: `${p.what} is not translated yet`,
    help: 'the construct is legal; write it another way for now',
  }),
}
