/**
 * Writes the checkpoint that is kept for the present version of the ABI: `node --import tsx test/kernel/frozen/freeze.ts`.
 * Run it once, when a version is released; a checkpoint of a released version is never written again.
 */
import { writeFileSync } from 'node:fs'
import { ABI_VERSION } from '../../../runtime/abi.ts'
import { captureProgram } from '../../../runtime/kernel/snapshot/snapshot.ts'
import { VirtualWorld } from '../../../runtime/kernel/testing/virtual.ts'
import { networkMain } from '../machines/network.ts'
import { frozenNetwork } from './network.ts'

const world = new VirtualWorld({}, undefined)
const kernel = world.kernel()
const ports = world.console(kernel)
const root = kernel.start(networkMain(frozenNetwork, ports.screen))
for (let i = 0; i < 150; i++) {
  world.step(kernel, 0)
  if (!kernel.runnable) world.wait()
}
const text = Buffer.from(captureProgram(kernel, [root], { ...ports })).toString('base64')
writeFileSync(new URL(`./abi-${ABI_VERSION}.base64`, import.meta.url), `${text.replace(/.{100}/g, '$&\n')}\n`)
