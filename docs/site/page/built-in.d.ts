/** What the build puts into the pages. */
declare module 'godwit:library' {
  /** The files of the library, by their names. */
  export const texts: Readonly<Record<string, string>>
}

declare module 'godwit:samples' {
  /** The examples of the site, and samples that need nothing but a terminal, by their names. */
  export const texts: Readonly<Record<string, string>>
}
