/** What a service of a program's home gives: a number or bytes. */
export type HomeAnswer = number | Uint8Array
