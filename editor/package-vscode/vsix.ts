/** `npm run vsix`: packages the extension of VS Code. Nothing is fetched: the client's library is bundled from node_modules. */
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { makeDirectory } from '../../runtime/code/files.ts'
import { zip } from './zip.ts'

const here = dirname(fileURLToPath(import.meta.url))
const root = join(here, '..', '..')
/** The extension's own files, as they are in the repository. */
const source = join(root, 'editor', 'vscode')

interface ExtensionManifest {
  readonly name: string
  readonly displayName: string
  readonly description: string
  readonly publisher: string
  readonly version: string
  readonly categories: readonly string[]
  readonly keywords: readonly string[]
  readonly engines: { readonly vscode: string }
}

/**
 * Makes the package.
 * @returns its files by name
 */
export async function extensionFiles(): Promise<Map<string, Uint8Array>> {
  const text = readFileSync(join(source, 'package.json'))
  const manifest = JSON.parse(text.toString()) as ExtensionManifest // our own file
  const bundled = await build({
    entryPoints: [join(source, 'extension.js')],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    external: ['vscode'],
    minifySyntax: true,
    legalComments: 'inline',
    write: false,
    logLevel: 'error',
  })
  const [code] = bundled.outputFiles
  if (code === undefined) throw new Error('the extension has no code')
  const own = (name: string): [string, Uint8Array] => [`extension/${name}`, readFileSync(join(source, name))]
  return new Map<string, Uint8Array>([
    ['extension.vsixmanifest', Buffer.from(vsixManifest(manifest))],
    ['[Content_Types].xml', Buffer.from(CONTENT_TYPES)],
    ['extension/package.json', text],
    ['extension/extension.js', code.contents],
    own('language-configuration.json'),
    own('snippets/godwit.json'),
    own('README.md'),
    ['extension/godwit.tmLanguage.json', readFileSync(join(root, 'grammar', 'godwit.tmLanguage.json'))],
    ['extension/LICENSE.txt', readFileSync(join(root, 'LICENSE'))],
  ])
}

const CONTENT_TYPES = `<?xml version="1.0" encoding="utf-8"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension=".json" ContentType="application/json"/><Default Extension=".js" ContentType="application/javascript"/><Default Extension=".md" ContentType="text/markdown"/><Default Extension=".txt" ContentType="text/plain"/><Default Extension=".vsixmanifest" ContentType="text/xml"/></Types>
`

function vsixManifest({ name, displayName, description, publisher, version, categories, keywords, engines }: ExtensionManifest): string {
  return `<?xml version="1.0" encoding="utf-8"?>
<PackageManifest Version="2.0.0" xmlns="http://schemas.microsoft.com/developer/vsx-schema/2011">
  <Metadata>
    <Identity Language="en-US" Id="${name}" Version="${version}" Publisher="${publisher}"/>
    <DisplayName>${displayName}</DisplayName>
    <Description xml:space="preserve">${description}</Description>
    <Tags>${keywords.join(',')}</Tags>
    <Categories>${categories.join(',')}</Categories>
    <GalleryFlags>Public</GalleryFlags>
    <License>extension/LICENSE.txt</License>
    <Properties>
      <Property Id="Microsoft.VisualStudio.Code.Engine" Value="${engines.vscode}"/>
      <Property Id="Microsoft.VisualStudio.Code.ExtensionKind" Value="workspace"/>
    </Properties>
  </Metadata>
  <Installation><InstallationTarget Id="Microsoft.VisualStudio.Code"/></Installation>
  <Dependencies/>
  <Assets>
    <Asset Type="Microsoft.VisualStudio.Code.Manifest" Path="extension/package.json" Addressable="true"/>
    <Asset Type="Microsoft.VisualStudio.Services.Content.Details" Path="extension/README.md" Addressable="true"/>
    <Asset Type="Microsoft.VisualStudio.Services.Content.License" Path="extension/LICENSE.txt" Addressable="true"/>
  </Assets>
</PackageManifest>
`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const out = process.argv[2] ?? join(root, 'dist', 'godwit.vsix')
  makeDirectory(dirname(out))
  const files = await extensionFiles()
  writeFileSync(out, zip(files))
  process.stdout.write(`${out}\n`)
}
