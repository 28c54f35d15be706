#!/usr/bin/env node
/** The `godwit` command. It listens to signals first; everything else is loaded after that. */
import './early-signals.ts'

const { dispatch } = await import('./dispatch.ts')
await dispatch(process.argv.slice(2))
