import { atSetTimes } from '#service';
import type { ProvenanceConfig } from './config.js';
import { provenanceActor, type Provenance } from './provenance.js';
import { disposeExpired } from './retention/dispose-expired.js';
import { scrub } from './scrub.js';

/** Scrubs, and disposes of what has run out, at their set times. */
export function startBackground(
  provenance: Provenance,
  { scrubEveryMs, disposeEveryMs }: Pick<ProvenanceConfig, 'scrubEveryMs' | 'disposeEveryMs'>,
  onError: (what: string, error: unknown) => void,
): () => Promise<void> {
  const { runtime, clock } = provenance;
  const context = (reason: string) => ({ ...ownContext(provenance), reason });
  return atSetTimes(
    { readStore: runtime.engines.readStore, clock },
    [
      {
        ...{ name: 'scrub', everyMs: scrubEveryMs },
        act: (signal) =>
          toItsEnd(scrub(provenance, { ...context('scrub at its set time'), signal, inBackground: true })),
      },
      {
        ...{ name: 'disposal', everyMs: disposeEveryMs },
        act(signal) {
          const reason = 'the time of its class is over';
          const request = { dryRun: false, reason };
          return toItsEnd(disposeExpired(provenance, request, { ...context(reason), signal }));
        },
      },
    ],
    onError,
  );
}

async function toItsEnd(messages: AsyncIterable<{ readonly done: boolean }>): Promise<void> {
  for await (const { done } of messages) if (done) return;
}

const ownContext = ({ clock, chance }: Provenance) => ({
  commandId: chance.uuid(),
  actor: provenanceActor,
  correlationId: chance.uuid(),
  receivedAt: clock.now(),
});
