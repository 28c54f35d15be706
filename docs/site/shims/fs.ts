/** Of `node:fs`: reading texts, which reports quote. The files are those that the page has: the program and the library. */
export const files = new Map<string, string>()

/** @throws Error when the page has no such file */
export function readFileSync(path: string): string {
  const text = files.get(path)
  if (text === undefined) throw new Error(`ENOENT: the page has no file ${path}`)
  return text
}

export function existsSync(path: string): boolean {
  return files.has(path)
}
