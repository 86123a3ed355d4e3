import { epochMs, streamUuid } from '#kernel';
import type { Reactor } from '#runtime';
import { setOffBy, type Provenance } from './provenance.js';
import { terminalTypes } from './run-history.js';
import { sealBundle, sealNew } from './seal-bundle.js';

/** What is put again sooner after the end of a run counts as put in time, for `others-use`. */
const soonMs = 5_000;

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
    const parts = [provenance, run, () => setOffBy(provenance, event), event.revision] as const;
    const seal = () => sealBundle(...parts);
    // One that ended a while ago, and one where this fails, may have been sealed already, by another process or instance: its bytes are not put again,
    // which a disposal would take for somebody's need of them.
    const agoMs = epochMs(provenance.clock.now()) - epochMs(event.metadata.recordedAt);
    await (agoMs < soonMs ? sealNew(...parts).catch(seal) : seal());
  },
});
