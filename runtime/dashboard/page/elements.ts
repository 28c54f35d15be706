/** Elements of the page, made and found without markup in strings. */

type Child = Node | string | undefined

/** @returns a new element with attributes, what a click does (`onclick`) and children */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string | (() => void)>> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'string') made.setAttribute(name, value)
    else made.onclick = value // `onclick` is the only one
  }
  for (const child of children) if (child !== undefined) made.append(child)
  return made
}

/** @returns the element of that id, which the page has */
export function byId<T extends HTMLElement>(id: string, type: new () => T): T {
  const found = document.getElementById(id)
  if (!(found instanceof type)) throw new Error(`the page has no ${id}`)
  return found
}

/**
 * Shows children in the place of those that were there. What is of the same kind stays and is changed, so that a click is not lost because something was
 * shown anew between pressing and releasing, and the focus stays where it is.
 */
export function replace(parent: HTMLElement, ...children: readonly Child[]): void {
  const made = element('div', {}, ...children)
  becomeChildren(parent, made)
}

function becomeChildren(old: Element, made: Element): void {
  const fresh = [...made.childNodes]
  fresh.forEach((next, i) => {
    const known = old.childNodes[i]
    if (known === undefined) old.append(next)
    else if (!become(known, next)) known.replaceWith(next)
  })
  while (old.childNodes.length > fresh.length) old.lastChild?.remove()
}

/** @returns whether an element or text could take the form of another */
function become(known: Node, next: Node): boolean {
  if (known instanceof Text && next instanceof Text) {
    if (known.data !== next.data) known.data = next.data
    return true
  }
  if (!(known instanceof HTMLElement && next instanceof HTMLElement)) return false
  if (known.tagName !== next.tagName || known.dataset['key'] !== next.dataset['key']) return false
  for (const { name } of [...known.attributes]) if (!next.hasAttribute(name)) known.removeAttribute(name)
  for (const { name, value } of [...next.attributes]) if (known.getAttribute(name) !== value) known.setAttribute(name, value)
  known.onclick = next.onclick
  becomeChildren(known, next)
  return true
}

/** @returns `812 B`, `1.4 kB`, `3.0 MB` */
export function bytes(n: number): string {
  return n < 1000 ? `${n} B` : n < 1_000_000 ? `${(n / 1000).toFixed(1)} kB` : `${(n / 1_000_000).toFixed(1)} MB`
}

/** @returns `340 µs`, `12.4 ms`, `3.2 s` */
export function time(micros: number): string {
  return micros < 1000
    ? `${Math.round(micros)} µs`
    : micros < 1_000_000
      ? `${(micros / 1000).toFixed(1)} ms`
      : `${(micros / 1e6).toFixed(1)} s`
}

export const count = (n: number): string => n.toLocaleString('en')
