/** Part of the build: copies what the page has besides its modules to where they are. */
import { copyFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const from = fileURLToPath(new URL('../../../runtime/dashboard/page/', import.meta.url))
const to = fileURLToPath(new URL('./page/', import.meta.url))
for (const name of ['index.html', 'style.css']) copyFileSync(from + name, to + name)
