import { streamUuid } from '#kernel';
import type { Reactor } from '#runtime';
import { setOffBy, type Provenance } from './provenance.js';
import { terminalTypes } from './run-history.js';
import { sealBundle } from './seal-bundle.js';

/** Seals the bundle of every run as soon as it has ended; a run that was refused never began. */
export const sealBundles = (provenance: Provenance): Reactor => ({
  name: 'seal-bundles',
  kinds: ['run'],
  types: terminalTypes,
  // A blob that is missing does not come by itself; who asks for the bundle seals it when it has come.
  maxTries: 4,
  // Nobody waits for it by the millisecond: several are one commit.
  ...{ atOnce: 16, restMs: 50 },
  async handle(event) {
    const run = streamUuid(event.stream);
    await sealBundle(provenance, run, () => setOffBy(provenance, event), event.revision);
  },
});
