// The walls of ARCHITECTURE.md. Type-only imports count.
const wall = (name, comment, from, to, extra = {}) => ({ name, comment, severity: 'error', from: { path: from, ...extra }, to })

// The files of the compiler that import each other in circles.
const KNOTS = [
  '^compiler/core/lower/(aliased-calls|alternation|calls|communication|context|declarations|denotations|expressions|fault-order|forks|mobile-processes|mobiles|processes|replication|services|shared-channels|shared-variables)\\.ts$',
  '^compiler/emit/(alternation|calls|control|expressions|lists|operations|parallel|routine|statements|strips|unit)\\.ts$',
]

module.exports = {
  forbidden: [
    wall(
      'no-cycles',
      'Modules do not import each other in circles. Type-only imports count, and nothing of the runtime is excepted. Two knots of the compiler ' +
        'are left, in core/lower and in emit, which walk over trees that are recursive: their files are named above, and no other file may join them.',
      '^(grammar|numbers|runtime|cli|compiler|embed|client)/',
      { circular: true },
      { pathNot: KNOTS },
    ),
    wall('core-form-alone', 'The form of Core knows nothing of what makes it, changes it, checks it or writes it.', '^compiler/core/ir/', {
      path: '^compiler/(core/(lower|passes|verify)|emit)/',
    }),
    wall('passes-of-core', 'The passes know the form of Core only.', '^compiler/core/passes/', {
      path: '^compiler/(core/(lower|verify)|emit|check)/',
    }),
    wall('checkers-of-core', 'The checkers know the form and what the passes say of it.', '^compiler/core/verify/', {
      path: '^compiler/(core/lower|emit|check)/',
    }),
    wall(
      'lowering',
      'Lowering makes Core of what the checks found; what becomes of it is no concern of its own.',
      '^compiler/core/lower/',
      {
        path: '^compiler/(core/(passes|verify)|emit)/',
      },
    ),
    wall('core-not-emit', 'Core knows nothing of the code that is made of it.', '^compiler/core/', { path: '^compiler/emit/' }),
    wall('emit-not-check', 'Code is made of Core alone.', '^compiler/emit/', { path: '^compiler/(check|core/(lower|verify))/' }),
    wall('check-not-core', 'The checks know of Core only what the predefined functions are called.', '^compiler/check/', {
      path: '^compiler/(emit|core/(?!ir/intrinsics\\.ts))',
    }),
    wall('grammar-alone', 'The grammar knows nobody.', '^grammar/', { path: '^(numbers|compiler|runtime|cli|test|bench)/' }),
    wall('numbers-alone', 'Arithmetic knows nobody: the compiler and the runtime compute with it.', '^numbers/', {
      path: '^(?!numbers/)',
    }),
    wall(
      'compiler-not-runtime',
      'The compiler imports nothing of the runtime but the table of host services and the form of interfaces, which are data.',
      '^compiler/',
      {
        path: '^(runtime/(?!(host-services|program-interface)\\.ts)|(cli|embed|test|bench)/)',
      },
    ),
    wall(
      'contract-alone',
      'The table of host services and the form of interfaces know nobody: the compiler and the runtime are checked against them.',
      '^runtime/(host-services|program-interface)\\.ts',
      {
        path: '',
      },
    ),
    wall('runtime-not-compiler', 'Compiler and runtime never import each other.', '^runtime/', {
      path: '^(grammar|compiler|cli|embed|test|bench)/',
    }),
    wall('pure-compiler', 'Grammar and compiler touch no disk: a host reads and writes.', '^(grammar|compiler)/', {
      dependencyTypes: ['core'],
    }),
    wall('pure-kernel', 'The kernel runs in a browser and under the simulator.', '^runtime/(kernel/|abi\\.ts)', {
      dependencyTypes: ['core', 'npm', 'npm-dev'],
    }),
    wall('kernel-inward', 'The kernel knows nothing of nodes, hosts or disks.', '^runtime/(kernel/|abi\\.ts)', {
      path: '^runtime/(?!kernel/|abi\\.ts)',
    }),
    wall('scheduler-alone', 'The scheduler knows no other part of the kernel.', '^runtime/kernel/scheduler/', {
      path: '^runtime/kernel/(?!scheduler/)',
    }),
    wall(
      'state-imports-no-behaviour',
      'The state of a running program knows nothing of what works on it.',
      '^runtime/kernel/scheduler/state\\.ts',
      {
        path: '^runtime/(?!kernel/scheduler/(unit-debug|value)\\.ts)',
      },
    ),
    wall('pure-explorer', 'The explorer is given its clock and its memory.', '^runtime/explore/', {
      dependencyTypes: ['core', 'npm', 'npm-dev'],
    }),
    wall('explorer', 'The explorer knows the kernel, what programs are, and reports.', '^runtime/explore/', {
      path: '^runtime/(?!explore/|kernel/|report/|code/program\\.ts)',
    }),
    wall('numeric', 'Arithmetic and arrays of generated code know the scheduler only.', '^runtime/kernel/numeric/', {
      path: '^runtime/kernel/(?!(numeric|scheduler)/)',
    }),
    wall(
      'objects-of-links',
      'What links put into channels, joins and frames is known to snapshots and to inspection, and knows the scheduler, the form of messages and snapshots, and what streams of output are.',
      '^runtime/kernel/links/objects\\.ts',
      { path: '^runtime/kernel/(?!scheduler/|links/(messages|gathered)\\.ts|snapshot/snapshot-format\\.ts)' },
    ),
    wall(
      'snapshot',
      'Of links a snapshot knows what they put into the state and how a value is handed over; of inspection, what processes are called.',
      '^runtime/kernel/snapshot/',
      { path: '^runtime/kernel/(numeric|testing|links/(?!(objects|channels)\\.ts)|inspect/(?!paths\\.ts))' },
    ),
    wall('inspect', 'Inspection reads the state; of links and snapshots it knows what that is made of.', '^runtime/kernel/inspect/', {
      path: '^runtime/kernel/(numeric|testing|links/(?!objects\\.ts)|snapshot/(?!schema\\.ts))',
    }),
    wall('links', 'Links move parts of a program by means of snapshots and inspection, without arithmetic.', '^runtime/kernel/links/', {
      path: '^runtime/kernel/(numeric|testing)/',
    }),
    wall(
      'engines-are-leaves',
      'One place chooses an engine, runtime/node/open-engine.ts: nothing else in runtime and cli imports more of them than what they have in common.',
      '^(cli|runtime)/',
      { path: '^runtime/engine/(?!(engine|engine-error|insist|limits)\\.ts)' },
      { pathNot: '^runtime/(engine/|node/open-engine\\.ts)' },
    ),
    wall('store-in-one-place', 'Only the embedded engine knows its store.', '^(?!runtime/engine/embedded|test/)', {
      path: '^runtime/engine/embedded-',
    }),
    wall('nats-in-one-place', 'Only the engine on NATS knows its library.', '^(?!runtime/engine/nats|test/)', {
      path: '^runtime/engine/nats-|node_modules/@nats-io',
    }),
    wall('nats-when-chosen', 'The engine on NATS is loaded when somebody chooses it, not before.', '^(cli|runtime)/(?!engine/nats)', {
      path: '^runtime/engine/nats',
      dynamic: false,
    }),
    wall('arguments-in-cli', 'Only the command knows about arguments and colours.', '^(grammar|compiler|runtime)/', {
      path: 'node_modules/(commander|picocolors)',
    }),
    wall('site-on-top', 'The site joins the other rooms in a browser, and none of them knows it.', '^(?!docs/site/|test/)', {
      path: '^docs/site/',
    }),
    wall(
      'editor-on-top',
      'What serves editors knows the compiler, which knows nothing of it.',
      '^(grammar|numbers|compiler|runtime|embed)/',
      {
        path: '^editor/',
      },
    ),
    wall(
      'embed-on-top',
      'What `import godwit` gives joins the other rooms, and none of them knows it.',
      '^(grammar|numbers|compiler|runtime|cli|editor)/',
      {
        path: '^embed/',
      },
    ),
    wall(
      'client-alone',
      'The client library runs in browsers: it knows no other room, and no built-in of Node.js. Only for Node.js it loads `ws`.',
      '^client/',
      {
        path: '^(?!client/|node_modules/(@types/)?ws/)',
      },
    ),
    wall(
      'wire-of-clients',
      'Of the client library gateways know the form of its messages.',
      '^(grammar|numbers|compiler|runtime|cli|embed|editor)/',
      {
        path: '^client/(?!wire\\.ts)',
      },
    ),
    wall('product-not-test', 'What ships does not import tests.', '^(grammar|numbers|compiler|runtime|cli|embed|client)/', {
      path: '^(test|bench)/',
    }),
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)dist/' },
    enhancedResolveOptions: { extensions: ['.ts', '.js', '.json'], conditionNames: ['import', 'types', 'default'] },
  },
}
