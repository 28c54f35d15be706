// The part of the extension that runs in VS Code: starts the language server and the debug adapter, and carries out lenses and tests.
const { spawn } = require('node:child_process')
const path = require('node:path')
const vscode = require('vscode')
const { LanguageClient, TransportKind } = require('vscode-languageclient/node')
const { reader, testsIn } = require('./test-lines.js')

let client

/** @returns the command and its first words, from the settings */
function command() {
  return vscode.workspace.getConfiguration('godwit').get('command', 'godwit')
}

async function startClient() {
  const executable = { command: command(), args: ['lsp'], transport: TransportKind.stdio }
  client = new LanguageClient(
    'godwit',
    'Godwit',
    { run: executable, debug: executable },
    {
      documentSelector: [{ language: 'godwit' }],
      synchronize: { fileEvents: vscode.workspace.createFileSystemWatcher('**/*.{csp,occ,inc,module}') },
    },
  )
  try {
    await client.start()
  } catch {
    const choice = await vscode.window.showErrorMessage(
      `\`${command()} lsp\` cannot be started. Install godwit, or say where it is in the setting "godwit.command".`,
      'Open Settings',
    )
    if (choice !== undefined) await vscode.commands.executeCommand('workbench.action.openSettings', 'godwit.command')
  }
}

/** Runs a program in a terminal of its own. */
async function runProgram(uri) {
  const document = uri ?? vscode.window.activeTextEditor?.document.uri.toString()
  if (document === undefined) return
  const file = vscode.Uri.parse(document.toString())
  await (await vscode.workspace.openTextDocument(file)).save()
  const options = vscode.workspace.getConfiguration('godwit', file).get('runArguments', [])
  const terminal = vscode.window.createTerminal({
    name: path.basename(file.fsPath),
    cwd: path.dirname(file.fsPath),
    shellPath: command(),
    shellArgs: ['run', ...options, file.fsPath],
  })
  terminal.show()
}

/** Finds tests, and runs them by `godwit test --json`. */
function testController() {
  const controller = vscode.tests.createTestController('godwit', 'Godwit')
  const read = (uri, text) => {
    const found = testsIn(text)
    if (found.length === 0) {
      controller.items.delete(uri.toString())
      return undefined
    }
    const file = controller.items.get(uri.toString()) ?? controller.createTestItem(uri.toString(), path.basename(uri.fsPath), uri)
    controller.items.add(file)
    file.children.replace(
      found.map(({ title, line }) => {
        const item = controller.createTestItem(`${uri.toString()}#${title}`, title, uri)
        item.range = new vscode.Range(line, 0, line, 0)
        return item
      }),
    )
    return file
  }
  const readDocument = (document) => (document.languageId === 'godwit' ? read(document.uri, document.getText()) : undefined)
  const readFile = async (uri) => {
    const open = vscode.workspace.textDocuments.find((each) => each.uri.toString() === uri.toString())
    if (open !== undefined) return readDocument(open)
    return read(uri, new TextDecoder().decode(await vscode.workspace.fs.readFile(uri)))
  }
  controller.resolveHandler = async (item) => {
    if (item === undefined) for (const uri of await vscode.workspace.findFiles('**/*.csp', '**/node_modules/**')) await readFile(uri)
    else if (item.uri !== undefined) await readFile(item.uri)
  }
  const run = async (request, token) => {
    const testRun = controller.createTestRun(request)
    const wanted = request.include ?? [...controller.items].map(([, item]) => item)
    for (const [uri, items] of byFile(wanted)) {
      if (token.isCancellationRequested) break
      await runFile(testRun, vscode.Uri.parse(uri), items, token)
    }
    testRun.end()
  }
  const profile = controller.createRunProfile('Run', vscode.TestRunProfileKind.Run, run, true)
  return { controller, profile, readDocument, readFile, run }
}

/** Single tests by their files; a file stands for all tests in it. */
function byFile(items) {
  const found = new Map()
  for (const item of items) {
    const uri = item.uri?.toString()
    if (uri === undefined) continue
    const each = item.children.size > 0 ? [...item.children].map(([, child]) => child) : [item]
    found.set(uri, [...(found.get(uri) ?? []), ...each])
  }
  return found
}

/** Runs tests of one file. All of the file are run in one go; a single one is chosen by its title. */
function runFile(testRun, uri, items, token) {
  const byTitle = new Map(items.map((item) => [item.label, item]))
  for (const item of items) testRun.started(item)
  const filter = items.length === 1 ? ['--filter', items[0].label] : []
  const child = spawn(command(), ['test', '--json', ...filter, uri.fsPath], { cwd: path.dirname(uri.fsPath) })
  token.onCancellationRequested(() => child.kill())
  let complaints = ''
  child.stderr.on('data', (data) => (complaints += data))
  const read = reader((line) => {
    const item = line.kind === 'test' ? byTitle.get(line.title) : undefined
    if (item === undefined) return
    byTitle.delete(line.title)
    if (line.outcome.kind === 'passed') testRun.passed(item, line.milliseconds)
    else if (line.outcome.kind === 'skipped') testRun.skipped(item)
    else {
      const message = new vscode.TestMessage(line.outcome.report)
      message.location = new vscode.Location(uri, new vscode.Position(line.line - 1, 0))
      testRun.failed(item, message, line.milliseconds)
    }
  })
  child.stdout.on('data', (data) => read(data.toString()))
  return new Promise((resolve) => {
    const end = () => {
      for (const item of byTitle.values()) testRun.errored(item, new vscode.TestMessage(complaints || 'the test was not run'))
      resolve()
    }
    child.on('error', (error) => {
      complaints = error.message
      end()
    })
    child.on('close', end)
  })
}

/** The debugger: `godwit dap` in the folder of the workspace, where the paths of recordings begin. */
const debugAdapters = {
  createDebugAdapterDescriptor(session) {
    const folder = session.workspaceFolder?.uri.fsPath
    return new vscode.DebugAdapterExecutable(command(), ['dap'], folder === undefined ? undefined : { cwd: folder })
  },
}

/** Without a launch configuration the program of the editor is debugged. */
const debugConfigurations = {
  resolveDebugConfiguration(_folder, configuration) {
    if (configuration.type || configuration.request || configuration.name) return configuration
    if (vscode.window.activeTextEditor?.document.languageId !== 'godwit') return configuration
    return { type: 'godwit', request: 'launch', name: 'Debug this program', program: '${file}' }
  },
}

async function activate(context) {
  const { controller, profile, readDocument, readFile, run } = testController()
  const runTests = async (uri, title) => {
    const where = uri ?? vscode.window.activeTextEditor?.document.uri.toString()
    if (where === undefined) return
    const file = await readFile(vscode.Uri.parse(where))
    if (file === undefined) return
    await (await vscode.workspace.openTextDocument(file.uri)).save()
    const item = title === undefined ? file : (file.children.get(`${file.uri.toString()}#${title}`) ?? file)
    await run(new vscode.TestRunRequest([item], undefined, profile), new vscode.CancellationTokenSource().token)
  }
  context.subscriptions.push(
    controller,
    vscode.commands.registerCommand('godwit.run', runProgram),
    vscode.commands.registerCommand('godwit.runTest', runTests),
    vscode.commands.registerCommand('godwit.runTests', (uri) => runTests(typeof uri === 'string' ? uri : undefined)),
    vscode.commands.registerCommand('godwit.restart', async () => {
      await client?.stop().catch(() => undefined)
      await startClient()
    }),
    vscode.debug.registerDebugAdapterDescriptorFactory('godwit', debugAdapters),
    vscode.debug.registerDebugConfigurationProvider('godwit', debugConfigurations),
    vscode.workspace.onDidOpenTextDocument(readDocument),
    vscode.workspace.onDidChangeTextDocument(({ document }) => readDocument(document)),
  )
  for (const document of vscode.workspace.textDocuments) readDocument(document)
  await startClient()
}

async function deactivate() {
  await client?.stop()
}

module.exports = { activate, deactivate }
