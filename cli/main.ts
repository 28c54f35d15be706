#!/usr/bin/env node
/** The `godwit` command. It listens to signals first; everything else is loaded after that. */
import './early-signals.ts'

if ((process.env['GODWIT_DEBUG'] ?? '') !== '') process.setSourceMapsEnabled(true) // only what is loaded from here on is mapped
const { dispatch } = await import('./dispatch.ts')
await dispatch(process.argv.slice(2))
