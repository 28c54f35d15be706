/** A machine that calls itself some levels down and fails there. */
import { Fault } from '../../../runtime/kernel/scheduler/fault.ts'
import type { Process } from '../../../runtime/abi.ts'
import { Frame, unit } from '../../../runtime/abi.ts'

export class Failing extends Frame {
  constructor(
    caller: Frame | null,
    public depth: number,
  ) {
    super(caller)
  }
}

function failing(p: Process, f: Failing): boolean {
  if (f.pc === 0) {
    if (f.depth === 0) throw new Fault('R0202', U, 4)
    const g = new Failing(f, f.depth - 1)
    f.pending = g
    f.pc = 1
    p.frame = g
    if (!failing(p, g)) return false
    p.frame = f
  }
  return true
}

export const U = unit({
  name: 'failing',
  machines: [
    { name: 'failing', step: failing, blank: () => new Failing(null, 0), slots: [['depth', 'int']], live: [[0], []], results: [] },
  ],
})
U.hash = 'test:failing'
