/** What the compiler has to say, under the text of the program. */
import { element } from '../../../runtime/dashboard/page/elements.ts'
import { PROGRAM_PATH } from './program/compile.ts'
import type { Compiled, Message } from './program/compile.ts'

/** @param goTo brings a place of the program into view */
export function showMessages(
  parent: HTMLElement,
  { messages, program, milliseconds }: Compiled,
  goTo: (line: number, column: number) => void,
): void {
  const fine = element('p', { class: 'quiet' }, `Compiled in ${Math.round(milliseconds)} ms.`)
  parent.replaceChildren(...messages.map((message) => itemOf(message, goTo)), ...(program === undefined ? [] : [fine]))
  parent.scrollTop = 0
}

function itemOf(
  { code, severity, title, primary: { file, line, column }, rendered }: Message,
  goTo: (line: number, column: number) => void,
): HTMLElement {
  const place =
    file === PROGRAM_PATH
      ? element('button', { type: 'button', class: 'link', onclick: () => goTo(line, column) }, `line ${line}, column ${column}`)
      : element('span', {}, `${file}:${line}:${column}`)
  const [, , ...excerpt] = rendered.split('\n')
  return element(
    'article',
    { class: severity },
    element('h3', {}, element('a', { href: `reference/diagnostics/${code}.html` }, code), ` ${title}`),
    element('p', {}, place),
    element('pre', { tabindex: '0' }, excerpt.filter((each) => !each.includes('= explain:')).join('\n')),
  )
}
