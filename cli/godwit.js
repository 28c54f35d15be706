#!/bin/sh
':' //; exec node --inspect-publish-uid=, "$0" "$@"

// The `godwit` command as it is installed. A shell reads the line above and starts Node.js on this same file; for JavaScript that line is a string
// and a comment. Until our own code runs, Node.js takes SIGUSR1 for a wish to be debugged: with this option it tells nobody where, and
// `early-signals.ts` closes the port at once.
import '../dist/cli/main.js'
