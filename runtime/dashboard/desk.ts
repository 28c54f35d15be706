/** What the server of a page does itself, and is given by whoever serves it: it reads texts, and compiles new versions of programs. */
import type { UpgradeOrder } from '../node/wire/messages.ts'
import type { SourceExcerpt } from './talk.ts'

/** Gives the text around a line of a program, where it can be read. */
export type Excerpt = (file: string, line: number) => SourceExcerpt | undefined

export interface Desk {
  readonly excerpt: Excerpt
  /**
   * Compiles a new version of a program.
   * @param file path of its text
   * @param map what people say where the texts alone do not tell, which is looked at too
   */
  newVersion(file: string, map: string): Promise<NewVersion>
}

export type NewVersion =
  | {
      readonly kind: 'version'
      readonly program: NonNullable<UpgradeOrder['version']>
      /** Two versions with the same digest are the same. */
      readonly digest: string
      /** What the compiler says nevertheless. */
      readonly warnings: string
    }
  | { readonly kind: 'rejected'; readonly diagnostics: string }
  | { readonly kind: 'error'; readonly text: string; readonly help: string }
