import { epochMs, type Instant } from '#kernel';
import type { BlobStat } from '#artifact-store';
import type { SubjectFacts } from '#domain/retention';
import { bundleStream } from '../run-history.js';
import type { Provenance } from '../provenance.js';

/** What its own last bytes may come late, and clocks be apart. */
const slackMs = 10_000;

/**
 * Whether a blob was put again after a run, or who added a dataset, had put their own, and lately: somebody whose event is not there yet may rely on it, such as another
 * run with the same outputs that has not reported them.
 */
export async function openOthersUse(
  { bundles, limits }: Pick<Provenance, 'bundles' | 'limits'>,
  { id, since }: SubjectFacts,
): Promise<(blob: BlobStat, now: Instant) => boolean> {
  const { state } = await bundles.load(bundleStream(id));
  const ends = [since, state.status === 'sealed' ? state.bundle.at : undefined];
  const ownUntilMs = Math.max(0, ...ends.map((at) => (at === undefined ? 0 : epochMs(at)))) + slackMs;
  return ({ storedAt }, now) => {
    const storedMs = epochMs(storedAt);
    return storedMs > ownUntilMs && epochMs(now) - storedMs < limits.gcMinAgeMs;
  };
}
