/**
 * The words of the command line: every command with its arguments, options and examples. What a command does is in `commands/`, one file
 * each, loaded when it is asked for: so `godwit run` of a program that has not changed loads neither the compiler nor the cluster.
 */
import { Option, type Command } from 'commander'
import type { AttachOptions } from './commands/attach.ts'
import type { CheckOptions } from './commands/check.ts'
import type { CheckpointOptions } from './commands/checkpoint.ts'
import type { CodeOptions } from './commands/code.ts'
import type { CompileOptions } from './commands/compile.ts'
import type { CordonOptions } from './commands/cordon.ts'
import type { DrainOptions } from './commands/drain.ts'
import type { RewindOptions } from './commands/fork.ts'
import type { FmtOptions } from './commands/fmt.ts'
import type { GraphOptions } from './commands/graph.ts'
import type { MigrateOptions } from './commands/migrate.ts'
import type { NodeOptions } from './commands/node.ts'
import type { NodesOptions } from './commands/nodes.ts'
import type { PsOptions } from './commands/ps.ts'
import type { StopOptions } from './commands/stop.ts'
import type { TestOptions } from './commands/test.ts'
import type { TopOptions } from './commands/top.ts'
import type { TypesOptions } from './commands/types.ts'
import type { UiOptions } from './commands/ui.ts'
import type { UpgradeOptions } from './commands/upgrade.ts'
import type { ClusterOptions } from './cluster.ts'
import { UsageError } from './errors.ts'
import { exampleLines, HELP_LAYOUT, helpWidth } from './help.ts'
import {
  amount,
  checkpointOn,
  collect,
  collector,
  part,
  define,
  deny,
  engine,
  hostAndPort,
  keys,
  limit,
  meetingPlace,
  microseconds,
  nodeName,
  nodeCount,
  oneOf,
  wholeNumber,
} from './option-values.ts'
import { packageVersion } from './package.ts'
import { STRATEGIES } from '../runtime/node/wire/strategy.ts'
import { Parser } from './parser.ts'
import { valueChoices } from './refinement/choices.ts'
import type { SourceOptions } from './load-program.ts'
import type { RunOptions } from './run-options.ts'

/**
 * @param words what will be parsed
 * @param anywhere whether the options of `run` may also follow the file
 * @returns the whole command, ready to parse. Parsing throws a UsageError for a mistake, and CommanderError once it has shown help or the version
 */
export function commandLine(words: readonly string[] = [], anywhere = false): Parser {
  const godwit = new Parser('godwit')
    .configureHelp(HELP_LAYOUT)
    .description('Compiles and runs programs of communicating processes, and moves the processes between nodes while they run.')
    .version(`godwit ${packageVersion()}`, '-V, --version', 'print the version')
    .helpCommand('help [command]', 'Show what a command does.')
    .helpOption('-h, --help', 'show this help')
    .exitOverride()
    .enablePositionalOptions()
    .addHelpText(
      'after',
      `\nExamples:\n  godwit run samples/hello.csp\n  godwit run --nodes 3 --roam 50ms samples/wanderer.csp\n  godwit test

Exit status:
  0 success, 1 run-time error or failed test,
  2 rejected by the compiler, 3 deadlock,
  4 check has not seen everything, 64 bad usage`,
    )

  const command = (usage: string, description: string, uses: readonly string[]): Command => {
    const made = godwit.command(usage)
    made.uses = uses
    return made
      .description(description)
      .helpOption('-h, --help', 'show this help')
      .addHelpText('after', ({ error }) => {
        const width = helpWidth(error ? process.stderr : process.stdout)
        return `\nExamples:\n${exampleLines(uses, width).join('\n')}\n`
      })
  }

  compilation(
    outliving(
      placed(
        command('run <file> [args...]', 'Compile a program if it has changed, and run it. What follows the file belongs to the program.', [
          'godwit run samples/hello.csp',
          'godwit run --nodes 3 --roam 50ms --show-moves samples/wanderer.csp',
          'godwit run --checkpoint-on SIGUSR1=sort.snap sort.csp     then: godwit restore sort.snap',
          'godwit run copy.csp --from a.txt                          arguments of the program',
        ])
          .passThroughOptions(!anywhere)
          .addOption(mainProc())
          .option('--raw', 'give the program every key as it is pressed')
          .option('--record <file>', 'record all that the program is given from outside, for `--replay` and `godwit debug`')
          .option('--last <n>', 'tell the last N choices of processes with a fault', wholeNumber(1, 10_000))
          .option('--replay <file>', 'repeat a run that `--record` has recorded, or that `check --save` has found')
          .option('--json', 'mistakes, run-time faults and deadlocks as one line of JSON on standard error'),
        'run',
      )
        .addOption(threads())
        .option('--show-moves', 'tell of each move on standard error')
        .option('--ui', 'serve a page that shows the nodes while the program runs: see `godwit ui`')
        .option('--listen <address=name>', 'let clients come to a name that the program serves: tcp://127.0.0.1:8080=orders', collect),
      'start the program on the nodes and leave it there: see attach',
    ),
  ).action(async (file: string, args: string[], given: RunWords) => {
    const options = runOptions(given)
    const { optionsMeant, run } = await import('./commands/run.ts')
    if (!anywhere && (onlyOptions(args) || (await optionsMeant(file, args, options, someOptions))))
      await commandLine(words, true).parseAsync(words, { from: 'user' })
    else await run(file, args[0] === '--' ? args.slice(1) : args, options)
  })

  compilation(
    command('compile <path>', 'Compile a program, or every program under a directory, to TypeScript and JavaScript.', [
      'godwit compile samples/commstime.csp                      only look for mistakes',
      'godwit compile samples/commstime.csp -o build             a .ts, .js and .js.map for each unit, and manifest.json',
      'godwit compile samples -o build --time',
      'godwit compile ring.csp --dump=liveness                   what the program is after a pass',
    ])
      .addOption(mainProc())
      .option('-o, --output <dir>', 'where the output goes; what is up to date there is left alone')
      .option('--dump <pass>', 'print what a pass makes of the program, and stop')
      .option('--verify', 'check between passes that each keeps its promises')
      .option('--time', 'print how long each pass took')
      .option('--json', 'diagnostics and results as JSON'),
  ).action(async (path: string, options: CompileOptions) => {
    const { compile } = await import('./commands/compile.ts')
    await compile(path, options)
  })

  compilation(
    command('types <file>', 'Write TypeScript declarations of the PROCs of a program, for programs that start them.', [
      'godwit types pipeline.csp                       on standard output',
      'godwit types pipeline.csp -o pipeline.csp.d.ts',
    ]).option('-o, --output <file>', 'where the declarations go'),
  ).action(async (file: string, options: TypesOptions) => {
    const { types } = await import('./commands/types.ts')
    await types(file, options)
  })

  compilation(
    command('test [paths...]', 'Run the TESTs of .csp files, here and in the directories below.', [
      'godwit test',
      'godwit test test/language --filter buffer',
      'godwit test --chaos=7                move every process at every safe point, chosen by seed 7',
      'godwit test --nodes 3 --roam 2ms     on a cluster of three nodes, between which processes move',
      'godwit test --reporter junit > report.xml',
    ])
      .option('--audit <file>', 'log there what the tests do to their surroundings: lines of JSON')
      .option('--filter <text>', 'only tests whose title or file contains the text')
      .addOption(
        new Option('--reporter <form>', 'pretty, tap, junit or json').argParser(oneOf('pretty', 'tap', 'junit', 'json')).default('pretty'),
      )
      .addOption(new Option('--json', 'the same as --reporter json: a line of JSON for each test').implies({ reporter: 'json' }))
      .option('--timeout <time>', 'real time each test may take (default: 10s; 60s with --chaos or --nodes)', microseconds)
      .addOption(seed('choose among processes and guards by this seed; with --nodes: the moves of --roam'))
      .option('--depth <n>', 'with --seed: let processes run by random priorities that change N - 1 times', wholeNumber(1, 1000))
      .option(
        '--seeds <n>',
        'run each test with N seeds, choosing uniformly and by priorities; the first that fails is shown',
        wholeNumber(1, 1_000_000),
      )
      .option('--chaos [=seed]', 'capture, ship and resume every process at every safe point', wholeNumber(0, 0xffffffff))
      .option(
        '--nodes <n>',
        'run the tests on N nodes n1, n2, ... of this machine, where time is real; auto: as many as it has cores',
        nodeCount,
      )
      .addOption(threads())
      .addOption(clusterDirectory())
      .option('--roam <time>', 'on each node, move a random process of the test to a random node this often', microseconds)
      .option('--coverage', 'tell which lines, guards and branches the tests have covered')
      .option('--lcov <file>', 'tell it, and write it to FILE in the form of lcov, for other tools')
      .option('--watch', 'run again whenever a file changes'),
  ).action(async (paths: string[], words: Omit<TestOptions, 'threads'> & PlaceWords) => {
    const options: TestOptions = withThreads(words)
    const { test } = await import('./commands/test.ts')
    await test(paths, options)
  })

  compilation(
    command('check <file>', 'Explore all schedules of a program, or of one of its TESTs: does one deadlock or fail?', [
      'godwit check samples/dining.csp',
      "godwit check elevator.csp --keys 'ud*n'       these keys may be typed, in any order",
      'godwit check ring.csp --test "a token is lost"',
      'godwit check --livelock corridor.csp          does it go round for ever, and nobody hears of it?',
      'godwit check big.csp --states 1000000         give up after a million states',
      'godwit check link.csp --refines buffer.csp    does PROC link do nothing but what a buffer may do?',
    ])
      .addOption(mainProc())
      .option('--test <title>', 'explore the TEST whose title is this, or contains it, instead of the program')
      .option('--keys <keys>', 'keys that may be typed, at any time and in any order, spelled as in a string (default: none)', keys)
      .option('--depth <n>', 'look no further than N moves from the beginning', wholeNumber(1))
      .option('--states <n>', 'give up after N states', wholeNumber(1))
      .option('--memory <bytes>', 'give up when the states take more than this, such as 512M (default: 1G)', amount)
      .option('--time <time>', 'give up after this much real time', microseconds)
      .option('--livelock', 'look also for moves that can be made again and again while nobody outside hears of it')
      .option('--unfair', 'with `--livelock`: also where a process that could go on never does')
      .option('--no-reduce', 'make every move in every state, also where the order of moves cannot matter')
      .option('--save <schedule>', 'write the schedule of what is wrong to a file, for `run --replay`')
      .option('--svg <picture>', 'draw it as a sequence chart')
      .option('--ui', 'show it on a page, step by step, until Ctrl-C')
      .addOption(
        new Option('--export <language>', 'print a model of its processes instead: promela, for SPIN, or cspm, for FDR').argParser(
          oneOf('promela', 'cspm'),
        ),
      )
      .option('--refines <spec>', 'look whether a PROC does only what another may do: FILE, FILE:PROC, or a PROC of the same file')
      .option('--proc <name>', 'with `--refines`: the PROC that is checked (default: the last that has the channels of the other)')
      .addOption(
        new Option('--model <model>', 'with `--refines`: traces, failures or divergences, all three by default').argParser(
          oneOf('traces', 'failures', 'divergences'),
        ),
      )
      .option('--values <numbers>', 'with `--refines`: the numbers that may come, on all channels or on one: in=0..3', valueChoices)
      .option('--json', 'the result as JSON'),
  ).action(async (file: string, options: CheckOptions) => {
    const { check } = await import('./commands/check.ts')
    await check(file, options)
  })

  compilation(
    command('debug <file> [program]', 'Step forward and backward through a recorded run, or through a program, with breakpoints.', [
      'godwit debug monday.rec                       a run that `godwit run --record` has recorded',
      'godwit debug stuck.schedule                   a schedule that `godwit check --save` has found',
      'godwit debug samples/commstime.csp            a program, which begins',
      "printf 'break 12\\ncontinue\\nlocals\\n' | godwit debug ring.csp",
    ]),
  ).action(async (file: string, programFile: string | undefined, options: SourceOptions) => {
    const { debug } = await import('./commands/debug.ts')
    await debug(file, programFile, options)
  })

  compilation(
    command('graph [program]', 'Draw the processes of a program and the channels between them: of a text, or as it runs on nodes.', [
      'godwit graph samples/commstime.csp -o commstime.svg',
      'godwit graph samples/matrix.csp --dot | dot -Tpdf -o matrix.pdf',
      'godwit graph --cluster /tmp/cluster ring.csp#2 -o ring.svg    the program as it is now',
      'godwit graph ring.csp --fold 20               up to twenty processes that are alike one by one',
    ])
      .option('--cluster <dir>', 'draw a program that runs on the nodes there', meetingPlace)
      .option('--main <proc>', 'the PROC that is drawn (default: the program)')
      .option('--svg', 'a picture (the default)')
      .option('--dot', 'in the language of Graphviz')
      .option('--json', 'the processes and channels as JSON')
      .option('--fold <n>', 'draw branches that differ in a subscript only as one, if there are more than N (default: 8)', wholeNumber(0))
      .option('--most <n>', 'draw N processes at most: what is deeper in the tree is counted (default: 300)', wholeNumber(1, 5000))
      .option('-o, --output <file>', 'where it goes (default: standard output)'),
  ).action(async (program: string | undefined, options: GraphOptions) => {
    const { graph } = await import('./commands/graph.ts')
    await graph(program, options)
  })

  command('new <directory>', 'Make a directory with a program, a test, a README and a .gitignore.', ['godwit new hello']).action(
    async (directory: string) => {
      const { newProject } = await import('./commands/new.ts')
      newProject(directory)
    },
  )

  command('fmt [paths...]', 'Format texts of the language: files, and .csp, .occ, .inc and .module files below directories.', [
    'godwit fmt',
    'godwit fmt samples/hello.csp lib',
    'godwit fmt --check           change nothing, list what would change, and exit 1 if there is any',
    'godwit fmt --stdin < a.csp   for editors',
  ])
    .option('--check', 'change nothing; list the files that are not formatted')
    .option('--stdin', 'format standard input to standard output; a path only names the text')
    .action(async (paths: string[], options: FmtOptions) => {
      const { fmt } = await import('./commands/fmt.ts')
      await fmt(paths, options)
    })

  command('lsp', 'Be a language server: an editor starts this, and speaks to it over standard input and output.', [
    'godwit lsp                   see docs/editors.md for the settings of editors',
  ])
    .option('--stdio', 'as it is in any case; some editors say it')
    .action(async () => {
      const { lsp } = await import('./commands/lsp.ts')
      await lsp()
    })

  command('dap', 'Serve an editor as a debug adapter, on standard input and output: programs, and runs that were recorded.', [
    'godwit dap                  an editor starts it; see docs/editors.md',
  ]).action(async () => {
    const { dap } = await import('./commands/dap.ts')
    await dap()
  })

  command('completion <shell>', 'Print a script with which bash, zsh or fish completes the command line.', [
    'source <(godwit completion bash)',
    'godwit completion fish > ~/.config/fish/completions/godwit.fish',
  ]).action(async (shell: string) => {
    const { completion } = await import('./commands/completion.ts')
    completion(shell, godwit)
  })

  command('explain [code]', 'Explain a diagnostic or a run-time error; without a code, list them all.', [
    'godwit explain E0601',
    'godwit explain R0203',
  ]).action(async (code: string | undefined) => {
    const { explain } = await import('./commands/explain.ts')
    explain(code)
  })

  command('node', 'Be a node of a cluster, until told to stop.', [
    'godwit node --engine embedded:/tmp/cluster --name n4',
    'godwit node --engine nats://10.0.0.1,10.0.0.2,10.0.0.3 --name alpha      on servers of several machines',
    'godwit run samples/prime-sieve.csp --cluster /tmp/cluster       from another terminal',
  ])
    .addOption(
      new Option('--engine <engine>', 'what the nodes meet through: embedded:DIR or nats://HOST:PORT')
        .argParser(engine)
        .makeOptionMandatory(),
    )
    .addOption(new Option('--name <name>', 'what this node is called').argParser(nodeName).makeOptionMandatory())
    .option(
      '--health <host:port>',
      'tell there over HTTP whether the node is well, /ready and /live, and its numbers, /metrics',
      hostAndPort,
    )
    .option('--otlp <url>', 'send metrics to a collector there, as OTLP over HTTP: http://127.0.0.1:4318', collector)
    .option('--traces <part>', 'send traces there, too: of that part of requests, moves, cuts and recoveries: 0.1, 1', part)
    .addOption(
      new Option('--log <form>', 'how to tell what happens: text, or json, one object a line').choices(['text', 'json']).default('text'),
    )
    .option('--limit <name=amount>', 'what each program may have here, as for `run`; may be repeated', limit)
    .option('--deny <service>', 'what processes may not use while they are here: files, net, clock ...', deny)
    .option('--audit <file>', 'log there each call of a service that processes make here: lines of JSON')
    .option('--ui <host:port>', 'serve the page of the cluster there, as `godwit ui` does', hostAndPort)
    .option('--no-guests', 'take no programs and processes until `godwit cordon NAME --off`')
    .option('--leave-within <time>', 'when told to stop: leave after this time also with processes that could not move', microseconds)
    .option(
      '--listen <address=name>',
      'let clients come to a name that a program of the cluster serves: tcp://127.0.0.1:8080=orders',
      collect,
    )
    .option('--linger <time>', 'how long clients that are connected may stay when it is told to stop: 10m (default: 2s)', microseconds)
    .action(async (options: NodeOptions) => {
      const { node } = await import('./commands/node.ts')
      await node(options)
    })

  clustered(command('nodes', 'List the nodes of a cluster.', ['godwit nodes --cluster /tmp/cluster'])).action(
    async (options: NodesOptions) => {
      const { nodes } = await import('./commands/nodes.ts')
      await nodes(options)
    },
  )

  clustered(
    command('ps', 'List the processes of a cluster: where each is and what it waits for.', [
      'godwit ps --cluster /tmp/cluster',
      'godwit ps --residual      also which nodes each process still needs, and why',
      'godwit ps --program ring.csp',
      'godwit ps --json',
    ]),
  )
    .option('--residual', 'show the nodes that each process still needs, and why')
    .option('--program <name>', 'only this program: ring.csp, or ring.csp#2 where several are called that')
    .action(async (options: PsOptions) => {
      const { ps } = await import('./commands/ps.ts')
      await ps(options)
    })

  command('ui [file]', 'Serve a page: a cluster as it lives, whose processes you can move; or a run that is over, step by step.', [
    'godwit ui --cluster /tmp/cluster',
    'godwit ui monday.rec         a run that `godwit run --record` has recorded',
    'godwit ui wrong.schedule     what `godwit check --save` has found',
    'godwit ui --port 7800 --read-only',
    'godwit ui --token-file ~/.godwit-token       the same address every time',
  ])
    .addOption(clusterOption())
    .option('--source <program>', 'the text of a recorded program, when it is elsewhere now')
    .addOption(new Option('--port <n>', 'where it listens; 0: any port that is free').argParser(wholeNumber(0, 65535)).default(7800))
    .addOption(new Option('--host <address>', 'on which address of this machine').default('127.0.0.1'))
    .option('--token-file <file>', 'whoever has the token in this file may change something (default: a new token each time)')
    .option('--read-only', 'nobody may change anything')
    .action(async (file: string | undefined, options: UiOptions) => {
      const { ui } = await import('./commands/ui.ts')
      await ui(file, options)
    })

  clustered(
    command('top', 'Show what the nodes and programs of a cluster do, again and again; in a pipe once.', [
      'godwit top --cluster /tmp/cluster',
      'godwit top --once                one table',
      'godwit top --every 5s',
      'godwit top --json',
    ]),
  )
    .option('--once', 'one table, also on a terminal')
    .option('--every <time>', 'look this often (default: 1s)', microseconds)
    .action(async (options: TopOptions) => {
      const { top } = await import('./commands/top.ts')
      await top(options)
    })

  clustered(
    command('migrate <process> <node>', 'Move a running process and its children to a node.', [
      "godwit migrate 'main/cell[5]' n2",
      "godwit migrate 'main/worker*' n3          every process of that name",
      'godwit migrate main n2 --only             without its children',
      'godwit migrate main/prefix:in n2 --channel   only the home of the channel it calls `in`',
      'godwit migrate ring.csp#2 n2 --home       the home of a program: its screen, keyboard and files',
      'godwit migrate main n2 --strategy pre     send its arrays while it runs, and stop it for what has changed',
    ]),
  )
    .addOption(strategy())
    .option('--only', 'leave the children where they are')
    .option('--channel', 'move the home of a channel, named as PROCESS:CHANNEL, not the process')
    .option('--home', 'move the home of a program, named instead of a process')
    .option('--program <name>', 'only in this program: ring.csp, or ring.csp#2 where several are called that')
    .action(async (pattern: string, node: string, options: MigrateOptions) => {
      const { migrate } = await import('./commands/migrate.ts')
      await migrate(pattern, node, options)
    })

  clustered(
    command('cordon <node>', 'Let a node take no more programs and processes; it keeps what it has.', [
      'godwit cordon n1 --cluster /tmp/cluster',
      'godwit cordon n1 --off                 it takes them again',
      'godwit cordon n1 --evict               its owner is back: what programs of others have there goes elsewhere',
    ]),
  )
    .option('--off', 'let it take them again')
    .option('--evict', 'move the processes of programs whose homes are elsewhere to other nodes')
    .option('--deadline <time>', 'with `--evict`: stop moving after this time, and tell what is still there', microseconds)
    .action(async (node: string, options: CordonOptions) => {
      const { cordon } = await import('./commands/cordon.ts')
      await cordon(node, options)
    })

  clustered(
    command('drain <node>', 'Move every process away from a node, so that it can be stopped.', [
      'godwit drain n1 --cluster /tmp/cluster',
      'godwit drain n1 --program ring.csp   only the processes of this program',
      'godwit drain n1 --deadline 30s       what is still there then is told by name, with exit status 1',
    ]),
  )
    .addOption(strategy())
    .option('--deadline <time>', 'stop moving after this time, and tell what is still there', microseconds)
    .option('--program <name>', 'only this program: ring.csp, or ring.csp#2 where several are called that')
    .action(async (node: string, options: DrainOptions) => {
      const { drain } = await import('./commands/drain.ts')
      await drain(node, options)
    })

  compilation(
    clustered(
      command(
        'code [action] [unit] [node]',
        'List the code of a cluster: which nodes have it, and who needs it. `push` sends code ahead of need.',
        [
          'godwit code --cluster /tmp/cluster',
          'godwit code push worker n3               a unit that some node has, with what it calls',
          'godwit code push 4be1c0 n3               one version of it',
          'godwit code push farm.csp n3             a whole program',
        ],
      ),
    ),
  )
    .option('--main <proc>', 'with a file: the PROC that is the program (default: the last one of the file)')
    .action(async (action: string | undefined, unit: string | undefined, node: string | undefined, options: CodeOptions) => {
      const { code } = await import('./commands/code.ts')
      await code({ action, unit, node }, options)
    })

  clustered(
    command('stuck [program]', 'List the processes that nobody who can still run can ever wake, and why.', [
      'godwit stuck --cluster /tmp/cluster',
      'godwit stuck server.csp#2 --json',
    ]),
  ).action(async (name: string | undefined, options: ClusterOptions) => {
    const { stuck } = await import('./commands/stuck.ts')
    await stuck(name, options)
  })

  clustered(
    command('names', 'List the names that the programs of a cluster serve, who serves them and where gateways listen.', [
      'godwit names --cluster /tmp/cluster',
      'godwit names --json',
    ]),
  ).action(async (options: ClusterOptions) => {
    const { names } = await import('./commands/names.ts')
    await names(options)
  })

  clustered(
    command('attach <program>', 'Show the output of a program that runs on nodes, and pass on what is typed. Ctrl-C leaves it running.', [
      'godwit attach ring.csp#2 --cluster /tmp/cluster',
      'godwit attach ring.csp --tail 2000          the last 2000 bytes, and what comes',
      'godwit attach ring.csp --no-input < /dev/null   only look',
    ]),
  )
    .option('--from <n>', 'begin with byte N of the output (default: the first that is kept)', wholeNumber(0))
    .option('--tail <n>', 'begin N bytes before the end of what there is', wholeNumber(0))
    .option('--no-input', 'leave standard input alone')
    .action(async (name: string, options: AttachOptions) => {
      const { attach } = await import('./commands/attach.ts')
      await attach(name, options)
    })

  clustered(command('stop <program>', 'End a program that runs on nodes.', ['godwit stop ring.csp#2 --cluster /tmp/cluster'])).action(
    async (name: string, options: StopOptions) => {
      const { stop } = await import('./commands/stop.ts')
      await stop(name, options)
    },
  )

  compilation(
    clustered(
      command(
        'upgrade <program> [file]',
        'Let a running program, or a durable one that has failed, go on as another version of its text, where each process is and with what it has.',
        [
          'godwit upgrade orders.csp#2 orders.csp --cluster /tmp/cluster',
          'godwit upgrade orders.csp#2 orders.csp --dry-run       only tell what would happen, and what stands in the way',
          'godwit upgrade orders.csp#2 new.csp --map renamed.map  PROCs and variables that have other names',
          'godwit upgrade orders.csp#2 --rollback                 the version before',
        ],
      ),
    ),
  )
    .addOption(mainProc())
    .option('--dry-run', 'tell what would happen; nothing changes')
    .option('--map <file>', 'what the two texts alone do not tell: other names, first values, other lines')
    .option('--rollback', 'go back to the version before')
    .action(async (name: string, file: string | undefined, options: UpgradeOptions) => {
      const { upgrade } = await import('./commands/upgrade.ts')
      await upgrade(name, file, options)
    })

  clustered(
    command('checkpoint <program> [file]', 'Save a program that runs on nodes: to a file, or in its cluster.', [
      'godwit checkpoint ring.csp ring.snap           then: godwit restore ring.snap --nodes 3',
      'godwit checkpoint ring.csp ring.snap --stop    the program ends when the file is written',
      'godwit checkpoint ring.csp                     in the cluster, beside the last few',
      'godwit checkpoint ring.csp ring.snap --number 2   one that is kept there',
    ]),
  )
    .option('--stop', 'end the program once it is saved')
    .option('--keep <n>', 'how many checkpoints of it the cluster keeps, this one included (default: 5)', wholeNumber(1, 1000))
    .option('--number <n>', 'write the checkpoint of that number to the file, which is kept already', wholeNumber(1))
    .action(async (name: string, file: string | undefined, options: CheckpointOptions) => {
      const { checkpoint } = await import('./commands/checkpoint.ts')
      await checkpoint(name, file, options)
    })

  clustered(
    command('fork <program>', 'Begin a second program from where a running one is; its output is its own.', [
      'godwit fork orders.csp#2 --cluster /tmp/cluster',
      'godwit fork orders.csp#2 --json',
    ]),
  ).action(async (name: string, options: ClusterOptions) => {
    const { fork } = await import('./commands/fork.ts')
    await fork(name, options)
  })

  clustered(
    command('rewind <program>', 'Let a running program go on from a checkpoint of it that its cluster keeps.', [
      'godwit rewind orders.csp#2 --to 3 --cluster /tmp/cluster   3 as `godwit checkpoints` lists it',
      'godwit rewind orders.csp#2                                 the last one that is kept',
    ]).option('--to <n>', 'the number of the checkpoint (default: the last)', wholeNumber(1)),
  ).action(async (name: string, options: RewindOptions) => {
    const { rewind } = await import('./commands/fork.ts')
    await rewind(name, options)
  })

  clustered(
    command('checkpoints <program>', 'List the checkpoints of a program that its cluster keeps.', ['godwit checkpoints ring.csp']),
  ).action(async (name: string, options: ClusterOptions) => {
    const { checkpoints } = await import('./commands/checkpoint.ts')
    await checkpoints(name, options)
  })

  outliving(
    placed(
      command('restore <file>', 'Carry on a program that was saved. The file holds code, which is run: restore only what you trust.', [
        'godwit restore sort.snap',
        'godwit restore sort.snap --checkpoint-on SIGUSR1=sort.snap',
        'godwit restore ring.snap --nodes 3',
        'godwit restore ring.snap --durable --detach --cluster nats://10.0.0.1,10.0.0.2,10.0.0.3',
      ]).option('--raw', 'give the program every key as it is pressed'),
      'go on',
    ),
    'leave the program on the nodes: see attach',
  ).action(async (file: string, given: RunWords) => {
    const { restore } = await import('./commands/restore.ts')
    await restore(file, runOptions(given))
  })

  return godwit
}

/** @returns whether `--` is among the words after the file of `run`, and before it only options of ours: then they are ours, whatever the program reads */
function onlyOptions(words: readonly string[]): boolean {
  const end = words.indexOf('--')
  return end > 0 && read(words.slice(0, end)).others.length === 0
}

/** @returns whether an option of `run` is among the words, or what is probably one that is misspelt */
function someOptions(words: readonly string[]): boolean {
  const { others, run } = read(words)
  return others.length < words.length || others.some((word) => run.isSlip(word))
}

/** @returns the command `run`, and which of the words are neither its options nor their values */
function read(words: readonly string[]): { readonly run: Parser; readonly others: readonly string[] } {
  const run = commandLine([], true).commands.find((command) => command.name() === 'run') as Parser // Parser.createCommand makes all of them
  if (words.some((word) => word === '--help' || word === '-h')) return { run, others: [] }
  try {
    const { operands, unknown } = run.parseOptions([...words])
    return { run, others: [...operands, ...unknown] }
  } catch (error) {
    if (error instanceof UsageError) return { run, others: [] } // an option of ours with a value that makes no sense
    throw error
  }
}

/** Options of every command that compiles. */
function compilation(command: Command): Command {
  return command
    .option('-D, --define <name[=value]>', 'define a symbol for #IF; may be repeated', define)
    .option('-I, --include <dir>', 'look for #INCLUDE and #USE files here too; may be repeated', collect)
    .option('--debug', 'let the library `debug` show its lines on the error stream; without it they are left out')
    .option('--strict', 'treat warnings as errors')
}

/** Options that say where a program runs. @param verb what it does there */
function placed(command: Command, verb: string): Command {
  return command
    .option('--nodes <n>', `${verb} on N nodes n1, n2, ... of this machine; auto: as many as it has cores`, nodeCount)
    .addOption(clusterDirectory())
    .option('--cluster <dir>', `${verb} on the nodes of a cluster that is there already`, meetingPlace)
    .option('--balance <on|off>', 'move processes that compute to nodes with less to do (default: on)', oneOf('on', 'off'))
    .option(
      '--place <policy>',
      'where branches begin: near their parents (default), spread over the nodes, or packed on few',
      oneOf('near', 'spread', 'pack'),
    )
    .option('--roam <time>', 'move a random process to a random node this often', microseconds)
}

/** Options that say what a program outlives, and what it may use. @param detach what that option does */
function outliving(command: Command, detach: string): Command {
  return (
    command
      .option('--checkpoint-on <signal=file>', 'write the running program to FILE at that signal, and stop', checkpointOn)
      .option('--detach', detach)
      .option('--durable', 'go on when nodes die; with --durable=relaxed output does not wait for the disk')
      // options of their own: a value of `--durable` may only stand after `=`, so that a path may follow it
      .addOption(new Option('--durable=strict').hideHelp())
      .addOption(new Option('--durable=relaxed').hideHelp())
      .option('--accept-store', 'let one NATS server keep what is --durable, which is lost with that server')
      .option('--cut-every <time>', 'how often --durable writes the program down when no output waits (default: 100ms)', microseconds)
      .option(
        '--limit <name=amount>',
        'memory=256M, processes=1000, output=1G, files=100, connections=50 or calls=5; may be repeated',
        limit,
      )
      .option('--deny <service>', 'what the program may not use: files, net, clock ...', deny)
      .option('--audit <file>', 'log there what the program does to its surroundings: lines of JSON')
      .addOption(seed('choose the moves of --roam by this seed'))
  )
}

/** Options of every command that talks to a cluster. */
function clustered(command: Command): Command {
  return command.addOption(ofCluster()).option('--json', 'the answer as JSON')
}

/** How many nodes are wanted, and of which kind, as it is written. */
interface PlaceWords {
  readonly nodes?: number
  readonly threads?: number
}

/** @throws UsageError when there are to be nodes of both kinds */
function withThreads<T extends PlaceWords>({ threads, ...others }: T): Omit<T, 'threads'> & { readonly threads?: boolean } {
  if (threads === undefined) return others
  if (others.nodes !== undefined)
    throw new UsageError(
      '`--nodes` and `--threads` exclude each other',
      'the nodes of `--threads` are threads of this OS process, those of `--nodes` are OS processes',
    )
  return { ...others, nodes: threads, threads: true }
}

/** The options of `run` as they are written. */
interface RunWords extends Omit<RunOptions, 'durable' | 'threads'>, PlaceWords {
  readonly durable?: boolean
  readonly 'durable=strict'?: boolean
  readonly 'durable=relaxed'?: boolean
}

function runOptions({ durable, 'durable=strict': strict = durable, 'durable=relaxed': relaxed, ...words }: RunWords): RunOptions {
  const others = withThreads(words)
  if (relaxed === true) return { ...others, durable: 'relaxed' }
  return strict === true ? { ...others, durable: 'strict' } : others
}

function mainProc(): Option {
  return new Option('--main <proc>', 'the PROC that is the program (default: the last one of the file)')
}

function clusterDirectory(): Option {
  const where = 'where these nodes meet: a directory or nats://HOST:PORT (default: a temporary directory)'
  return new Option('--cluster-dir <dir>', where).argParser(meetingPlace)
}

function clusterOption(): Option {
  return new Option('--cluster <dir>', 'where the nodes meet: a directory, or nats://HOST:PORT')
    .env('GODWIT_CLUSTER')
    .argParser(meetingPlace)
}

function ofCluster(): Option {
  return clusterOption().makeOptionMandatory()
}

function threads(): Option {
  const description = 'as --nodes, but the nodes are threads of this OS process, which talk through its memory'
  return new Option('--threads <n>', description).argParser(nodeCount)
}

function strategy(): Option {
  const description = 'how arrays travel: stop, all while the process stands still; pre, while it runs (default: pre from 4 MB on)'
  return new Option('--strategy <strategy>', description).argParser(oneOf(...STRATEGIES))
}

function seed(description: string): Option {
  return new Option('--seed <n>', description).argParser(wholeNumber(0, 0xffffffff))
}
