/** Changes of the text that look as if they spoiled the protocol, and do not: why nobody can tell them from the original. They are not tried. */
import type { Mutant } from './mutants.ts'

/** A change that makes no difference. */
export interface EquivalentMutant extends Mutant {
  readonly why: string
}

export const equivalentMutants: readonly EquivalentMutant[] = [
  {
    name: 'one wave is enough',
    file: 'runtime/node/durable/coordinator.ts',
    text: 'if (found !== undefined && found === before) this.take(making)',
    by: 'if (found !== undefined) this.take(making)',
    why: 'the counts are kept for each pair, whose messages come in order: when all that was sent was received at one wave after the stop, nothing is under way',
  },
  {
    name: 'a site at work counts as at rest',
    file: 'runtime/node/durable/coordinator.ts',
    text: '      if (!rest) return undefined\n',
    by: '',
    why: 'a site answers the stop when no migration is under way, and none begins afterwards; `nobody waits for migrations` is both',
  },
  {
    name: 'a cut under way goes on when a member leaves',
    file: 'runtime/node/durable/coordinator.ts',
    text: '    this.held++\n    if (this.making !== undefined && !this.making.committing) this.callOff(this.making)',
    by: '    this.held++',
    why: 'a request to a member that leaves fails, which calls the cut off as well; `a member that leaves is left out of a cut` is both',
  },
  {
    name: 'a member that does not answer is left out of the counts',
    file: 'runtime/node/durable/coordinator.ts',
    text: 'if (answer === undefined) whole = false\n      else if (answer !== null) {\n        counts',
    by: 'if (answer === undefined) whole = true\n      else if (answer !== null) {\n        counts',
    why: 'only a member that leaves does not answer, and that calls the cut off by itself; see the one before',
  },
  {
    name: 'sites are not told that a cut is called off',
    file: 'runtime/node/durable/coordinator.ts',
    text: "for (const { index } of making.members) messenger.note(index, 'cut-off', this.order(making))",
    by: '',
    why: 'the next cut, which begins 20 ms later, lets them go on; `sites that were stopped in vain stay so` is both',
  },
  {
    name: 'nothing makes a cut when output waits',
    file: 'runtime/node/durable/coordinator.ts',
    text: '    this.wanted = true\n    this.look()',
    by: '    this.wanted = true',
    why: 'the next regular cut takes the output along: it is seen later, not otherwise',
  },
  {
    name: 'a site answers while migrations are under way',
    file: 'runtime/node/durable/site-cuts.ts',
    text: '    if (this.isBusy) return\n',
    by: '',
    why: 'the waves ask until it is at rest',
  },
  {
    name: 'a migration under way does not matter to the counts',
    file: 'runtime/node/durable/site-cuts.ts',
    text: '!this.isBusy && this.port.links.isAtRest()',
    by: 'this.port.links.isAtRest()',
    why: 'the site has not answered the stop before the migration was over',
  },
  {
    name: 'messages that wait do not matter',
    file: 'runtime/node/durable/site-cuts.ts',
    text: '!this.isBusy && this.port.links.isAtRest()',
    by: '!this.isBusy',
    why: 'they wait for an object that is under way: then the counts differ, or a migration is under way',
  },
  {
    name: 'an incarnation is raised without a sync',
    file: 'runtime/node/durable/recovery.ts',
    text: "taken?.(outcome === 'done')\n        },\n        { synced: true },",
    by: "taken?.(outcome === 'done')\n        },\n        { synced: false },",
    why: 'whatever is seen of the new incarnation follows a synced commit, and that syncs what stands before it',
  },
  {
    name: 'the home goes on last',
    file: 'runtime/node/durable/recovery.ts',
    text: 'Number(b === own) - Number(a === own)',
    by: 'Number(a === own) - Number(b === own)',
    why: 'all answers are given in one go, and what the others say then takes time',
  },
  {
    name: 'the number of the cut is not taken over',
    file: 'runtime/node/durable/durable.ts',
    text: '    site.cuts.number = cut.number\n',
    by: '',
    why: 'numbers only have to grow within an incarnation, and all sites of one begin with 0',
  },
  {
    name: 'what is in conflict is taken back at once',
    file: 'runtime/node/migration/source.ts',
    text: '    if (conflict) this.decide(error)\n    else this.takeBack(error)',
    by: '    this.takeBack(error)',
    why: 'a conflict means that the target is no member any more, or that the source is none, or has fenced the move out: in each case nobody else runs the process, and a source that is no member does not act',
  },
  {
    name: 'a migration that leaves does not count as under way',
    file: 'runtime/node/migration/migrations.ts',
    text: 'return this.sources.size > 0 || this.targets.size > 0',
    by: 'return this.targets.size > 0',
    why: 'a capture that is neither committed nor aborted counts as held by the links, so the site is not at rest, and the waves go on; `nobody waits for migrations` is both',
  },
  {
    name: 'a member does not look whether it was removed',
    file: 'runtime/engine/membership.ts',
    text: '      if (value === undefined) this.gone(this.self)\n      else if (!this.renewing)',
    by: '      if (value !== undefined && !this.renewing)',
    why: 'whoever follows the members hears of it as well, and acts no more once its lease is over; `a member never hears that it was removed` is both',
  },
  {
    name: 'the home itself does not go on when a cut is called off',
    file: 'runtime/node/durable/coordinator.ts',
    text: '    cuts.callOff(making.number)\n',
    by: '',
    why: 'the next cut, which begins 20 ms later, takes its site along; `the home itself does not go on when a cut is called off, and makes no other` is both',
  },
  {
    name: 'sites that were stopped in vain stay so',
    file: 'runtime/node/durable/coordinator.ts',
    text: "    for (const { index } of making.members) messenger.note(index, 'cut-off', this.order(making))\n",
    by: '',
    also: [{ text: '    making.separate?.calledOff()\n    this.hasRun = true\n', by: '    making.separate?.calledOff()\n' }],
    why: 'the own site of the home goes on, and that it has gone on leads to the next cut, after which all others go on',
  },
]
