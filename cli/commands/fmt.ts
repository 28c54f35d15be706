/** `godwit fmt` */
import { readFileSync, statSync } from 'node:fs'
import { extname } from 'node:path'
import { text as readAll } from 'node:stream/consumers'
import { EXTENSIONS, format, type Formatted } from '../../editor/prettier-plugin/format.ts'
import { renderForTerminal } from '../diagnostics.ts'
import { visitBelow } from '../directory-walk.ts'
import { CommandError, Exit, STATUS, UsageError } from '../errors.ts'
import { rewriteText } from '../output-file.ts'
import { complain, count, err, print } from '../terminal.ts'

export interface FmtOptions {
  /** Change nothing, and list what would change. */
  readonly check?: boolean
  /** Format standard input to standard output. */
  readonly stdin?: boolean
}

/**
 * Formats the files under `paths`.
 * @param paths files and directories, the working directory when empty; with `stdin` at most one, which names the text
 * @throws Exit with status 2 when a file has faults, which leaves it as it is; with status 1 when `check` finds differences
 */
export async function fmt(paths: readonly string[], options: FmtOptions): Promise<void> {
  const check = options.check === true
  if (options.stdin === true) {
    await formatInput(paths, check)
    return
  }
  const files = findFiles(paths.length === 0 ? ['.'] : paths)
  const changed: string[] = []
  let faulty = 0
  for (const path of files) {
    const before = readUtf8(path)
    const after = before === undefined ? undefined : formatted(before, path)
    if (after === undefined) faulty++
    else if (after !== before) {
      if (!check) write(path, after)
      changed.push(path)
      print(path)
    }
  }
  if (check && changed.length > 0) complain(`${count(changed.length, 'file')} would change; \`godwit fmt\` formats them`)
  if (faulty > 0) {
    complain(`${count(faulty, 'file')} cannot be read and ${faulty === 1 ? 'was' : 'were'} left as ${faulty === 1 ? 'it is' : 'they are'}`)
    throw new Exit(STATUS.rejected)
  }
  if (check && changed.length > 0) throw new Exit(STATUS.failure)
}

async function formatInput(paths: readonly string[], check: boolean): Promise<void> {
  const [path = '<stdin>.csp', ...more] = paths
  if (more.length > 0) throw new UsageError('with --stdin there is one text, so at most one path', 'the path only names the text')
  const before = await readAll(process.stdin)
  const after = formatted(before, path)
  if (after === undefined) throw new Exit(STATUS.rejected)
  if (!check) process.stdout.write(after)
  else if (after !== before) {
    print(path)
    throw new Exit(STATUS.failure)
  }
}

/** @returns the formatted text, or undefined after showing what is wrong with it. */
function formatted(text: string, path: string): string | undefined {
  let result: Formatted
  try {
    result = format(text, { path })
  } catch (error) {
    throw new CommandError(`\`${path}\` was left as it is`, [error instanceof Error ? error.message : String(error)], STATUS.internal)
  }
  if (result.text === undefined) complain(renderForTerminal(result.faults))
  return result.text
}

/** @returns the text at `path`, or undefined after saying that it is none: what is not UTF-8 would not survive. */
function readUtf8(path: string): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(readFileSync(path))
  } catch (error) {
    if (!(error instanceof TypeError)) throw new CommandError(`cannot read \`${path}\``, [messageOf(error)])
    complain(`${err.bold(err.red('error'))}: \`${path}\` is not UTF-8`)
    return undefined
  }
}

function write(path: string, text: string): void {
  try {
    rewriteText(path, text)
  } catch (error) {
    throw new CommandError(`cannot write \`${path}\``, [messageOf(error)])
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/**
 * @returns the files, sorted within each directory, each once; a directory stands for the files of the language in it and below, but for
 *   hidden directories, `node_modules` and `dist`
 */
function findFiles(paths: readonly string[]): readonly string[] {
  const found = new Set<string>()
  for (const path of paths) {
    const stats = statSync(path, { throwIfNoEntry: false })
    if (stats === undefined)
      throw new UsageError(`there is no file or directory \`${path}\``, `give ${EXTENSIONS.join(', ')} files or directories that hold them`)
    if (stats.isDirectory()) for (const file of below(path)) found.add(file)
    else found.add(path)
  }
  return [...found]
}

function below(directory: string): readonly string[] {
  const found: string[] = []
  const file = (path: string, name: string): void => {
    if (EXTENSIONS.includes(extname(name))) found.push(path)
  }
  visitBelow(directory, { file }, false)
  return found
}
