import { streamUuid } from '#kernel';
import type { Reactor } from '#runtime';
import { setOffBy, type Provenance } from './provenance.js';
import { readRun, terminalTypes } from './run-history.js';
import { sealBundle } from './seal-bundle.js';

/** Seals the bundle of every run that was admitted, as soon as it has ended. */
export const sealBundles = (provenance: Provenance): Reactor => ({
  name: 'seal-bundles',
  kinds: ['run'],
  types: terminalTypes,
  // A blob that is missing does not come by itself; who asks for the bundle seals it when it has come.
  maxTries: 4,
  async handle(event) {
    const run = streamUuid(event.stream);
    const { admitted } = await readRun(provenance, run);
    if (admitted !== undefined) await sealBundle(provenance, run, () => setOffBy(provenance, event));
  },
});
