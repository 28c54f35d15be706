/** An OS process that has a beacon: prints what its record would say of it. */
import { Beacon } from '../../runtime/engine/beacon.ts'

const beacon = await Beacon.light()
console.log(beacon?.text ?? '')
process.stdin.resume() // until it is killed, or its parent has gone
