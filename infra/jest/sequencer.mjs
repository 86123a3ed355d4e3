// In which order specs run: the dearest first, so that no worker is left alone with one at the end; and in turn one that mostly
// waits and one that mostly works, so that the processors always have something to do. A spec's name says its cost, until it has
// been run here once.
import Sequencer from '@jest/test-sequencer';

/** Milliseconds, of those that run longer than their kind at first. */
const usual = [
  [/kill-points\.fault|[\\/]on-engines\.e2e|public-events\.int|cluster\.fault/, 60_000],
  [/\.fault\.spec|[\\/]contract[\\/].*-faults\.int/, 40_000],
  [/\.e2e\.spec|[\\/]contract[\\/].*\.int\.spec/, 20_000],
  [/\.int\.spec/, 8_000],
  [/./, 1_000],
];
/** They wait for servers that are away, and for leases. */
const waits = /\.fault\.spec|[\\/]contract[\\/]|on-engines\.e2e|cli-terminal/;

export default class extends Sequencer {
  sort(tests) {
    const costOf = (test) => this.time(test) ?? usual.find(([name]) => name.test(test.path))[1];
    const { true: waiting = [], false: working = [] } = Object.groupBy(
      [...tests].sort((a, b) => costOf(b) - costOf(a)),
      ({ path }) => waits.test(path),
    );
    return working
      .flatMap((test, i) => [...waiting.slice(i, i + 1), test])
      .concat(waiting.slice(working.length));
  }
}
