import { epochMs } from '#kernel';
import { provenanceActor, type Provenance } from './provenance.js';
import { scrub } from './scrub.js';

const setting = 'scrub:begun';
/** How often is looked whether it is time, at most. */
const lookEveryMs = 60_000;

/**
 * Scrubs again and again, one instance at a time: who moves the time of the last begin does it. One that is cut off is done at the
 * next time.
 */
export function startBackgroundScrub(
  provenance: Provenance,
  everyMs: number,
  onError: (error: unknown) => void,
): () => Promise<void> {
  const ended = new AbortController();
  const { signal } = ended;
  const { clock } = provenance;
  const run = async () => {
    while (!signal.aborted) {
      await clock.sleep(Math.min(everyMs, lookEveryMs), signal);
      try {
        if (await isTurn(provenance, everyMs)) await scrubAll(provenance, signal);
      } catch (error) {
        if (!signal.aborted) onError(error);
      }
    }
  };
  const running = run().catch(() => undefined);
  return async () => {
    ended.abort();
    await running;
  };
}

/** The first time counts from when it was first looked: a new server has nothing to scrub. */
async function isTurn({ runtime, clock }: Provenance, everyMs: number): Promise<boolean> {
  const { readStore } = runtime.engines;
  const now = epochMs(clock.now());
  const begun = await readStore.getSetting(setting);
  if (begun !== undefined && now - Number(begun) < everyMs) return false;
  const mine = await readStore.setSetting(setting, begun, String(now));
  return mine && begun !== undefined;
}

async function scrubAll(provenance: Provenance, signal: AbortSignal): Promise<void> {
  const { clock, chance } = provenance;
  const context = {
    commandId: chance.uuid(),
    actor: provenanceActor,
    reason: 'scrub at its set time',
    correlationId: chance.uuid(),
    receivedAt: clock.now(),
  };
  for await (const { done } of scrub(provenance, { ...context, signal, inBackground: true }))
    if (done) return;
}
