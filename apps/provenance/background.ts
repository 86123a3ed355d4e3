import { epochMs } from '#kernel';
import type { ProvenanceConfig } from './config.js';
import { provenanceActor, type Provenance } from './provenance.js';
import { disposeExpired } from './retention/dispose-expired.js';
import { scrub } from './scrub.js';

/** How often is looked whether it is time, at most. */
const lookEveryMs = 60_000;

interface Turn {
  readonly name: string;
  /** 0: never. */
  readonly everyMs: number;
  act(signal: AbortSignal): AsyncIterable<{ readonly done: boolean }>;
}

/**
 * Scrubs, and disposes of what has run out, again and again, one instance at a time: who moves the time of the last begin does it. What is
 * cut off is done at the next time.
 */
export function startBackground(
  provenance: Provenance,
  { scrubEveryMs, disposeEveryMs }: Pick<ProvenanceConfig, 'scrubEveryMs' | 'disposeEveryMs'>,
  onError: (what: string, error: unknown) => void,
): () => Promise<void> {
  const context = (reason: string) => ({ ...ownContext(provenance), reason });
  const turns: readonly Turn[] = [
    {
      ...{ name: 'scrub', everyMs: scrubEveryMs },
      act: (signal) => scrub(provenance, { ...context('scrub at its set time'), signal, inBackground: true }),
    },
    {
      ...{ name: 'disposal', everyMs: disposeEveryMs },
      act(signal) {
        const reason = 'the time of its class is over';
        return disposeExpired(provenance, { dryRun: false, reason }, { ...context(reason), signal });
      },
    },
  ];
  const ended = new AbortController();
  const { signal } = ended;
  const { clock } = provenance;
  const run = async ({ name, everyMs, act }: Turn) => {
    while (!signal.aborted) {
      await clock.sleep(Math.min(everyMs, lookEveryMs), signal);
      try {
        if (!(await isTurn(provenance, `${name}:begun`, everyMs))) continue;
        for await (const { done } of act(signal)) if (done) break;
      } catch (error) {
        if (!signal.aborted) onError(name, error);
      }
    }
  };
  const running = turns.filter(({ everyMs }) => everyMs > 0).map((turn) => run(turn).catch(() => undefined));
  return async () => {
    ended.abort();
    await Promise.all(running);
  };
}

/** The first time counts from when it was first looked: on a new server there is nothing to do. */
async function isTurn({ runtime, clock }: Provenance, setting: string, everyMs: number): Promise<boolean> {
  const { readStore } = runtime.engines;
  const now = epochMs(clock.now());
  const begun = await readStore.getSetting(setting);
  if (begun !== undefined && now - Number(begun) < everyMs) return false;
  const mine = await readStore.setSetting(setting, begun, String(now));
  return mine && begun !== undefined;
}

const ownContext = ({ clock, chance }: Provenance) => ({
  commandId: chance.uuid(),
  actor: provenanceActor,
  correlationId: chance.uuid(),
  receivedAt: clock.now(),
});
