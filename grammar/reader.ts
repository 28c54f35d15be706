/** How the preprocessor gets at files: through whoever runs it, so that this folder never touches a disk. */
export interface SourceReader {
  /** @returns the text of the file at `path`, or undefined when there is none. */
  read(path: string): string | undefined
  /**
   * @param directory a folder as earlier given to or made by this reader; '' is the current one
   * @param name a file name, possibly with folders (`../lib/x.inc`), or an absolute path
   * @returns the one path by which that file is known, so that equal paths mean the same file; without this method, `joinPath`
   */
  resolve?(directory: string, name: string): string
}

/** @returns the folder part of `path`, '' when it has none. Both separators count. */
export function directoryOf(path: string): string {
  const cut = Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\'))
  return cut < 0 ? '' : cut === 0 ? path.slice(0, 1) : path.slice(0, cut)
}

/** @returns `name` seen from `directory`, with `.` and `..` worked out; only `/` separates. */
export function joinPath(directory: string, name: string): string {
  const whole = name.startsWith('/') || directory === '' ? name : `${directory}/${name}`
  const parts: string[] = []
  for (const part of whole.split('/')) {
    if (part === '' || part === '.') continue
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop()
    else parts.push(part)
  }
  return (whole.startsWith('/') ? '/' : '') + parts.join('/')
}

/** @returns a reader of the texts in `files`, by path. */
export function memoryReader(files: Readonly<Record<string, string>>): SourceReader {
  return { read: (path) => (Object.hasOwn(files, path) ? files[path] : undefined) }
}
