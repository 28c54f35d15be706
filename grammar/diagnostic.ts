/**
 * A diagnostic is plain data: a stable code, a title, labelled places, next steps. Rendering is someone else's business.
 *
 * Messages live in catalogues: objects that map a code to a function from typed parameters to title and help, so that an unknown code or
 * a missing parameter does not compile. This folder's catalogue (`messages.ts`) holds the families E01 (text and layout) and E02
 * (syntax); the compiler's catalogue takes it in and adds the rest.
 */
import type { Span } from './source.ts'

export type Severity = 'error' | 'warning'

/** A place with a few words beside it. */
export interface Label {
  readonly span: Span
  readonly text: string
}

export interface Diagnostic {
  /** `E0601`: family and number, stable for ever; `godwit explain CODE` tells more. Warnings begin with W. */
  readonly code: string
  readonly severity: Severity
  /** One line without a full stop; stands alone. */
  readonly title: string
  /** Where it is wrong; its text may be empty. */
  readonly primary: Label
  /** Places that explain. */
  readonly secondary: readonly Label[]
  /** Concrete next steps, each one line. */
  readonly help: readonly string[]
}

/** What a catalogue entry makes of its parameters. */
export interface Message {
  readonly title: string
  readonly help?: string | readonly string[]
}

/** A catalogue: code -> message function. */
export type Catalogue = Readonly<Record<string, (parameters: never) => Message>>

/** The parameters of the entry `code` of the catalogue `C`. */
export type ParametersOf<C extends Catalogue, Code extends keyof C> = Parameters<C[Code]>[0]

/** A function that reports into a list, checked against the catalogue `C`. */
export type Report<C extends Catalogue> = <Code extends keyof C & string>(
  code: Code,
  primary: Span | Label,
  parameters: ParametersOf<C, Code>,
  secondary?: readonly Label[],
) => void

/**
 * Makes the reporting function for a catalogue.
 * @param catalogue the messages
 * @param into the list that diagnostics are appended to
 * @returns a function that builds one diagnostic; codes that begin with `W` are warnings
 */
export function reporter<C extends Catalogue>(catalogue: C, into: Diagnostic[]): Report<C> {
  return (code, primary, parameters, secondary = []) => {
    const build = catalogue[code] as (parameters: unknown) => Message // the code chose the parameter type
    const { title, help } = build(parameters)
    into.push({
      code,
      severity: code.startsWith('W') ? 'warning' : 'error',
      title,
      primary: 'span' in primary ? primary : { span: primary, text: '' },
      secondary,
      help: help === undefined ? [] : typeof help === 'string' ? [help] : help,
    })
  }
}
