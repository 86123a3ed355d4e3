import { DomainError, isDomainError, type Instant, type StreamId } from '#kernel';
import { provenance as proto } from '#contracts';
import { disposalCodec } from '#contracts/stored';
import { disposalStream, subjectOf, type ArtifactsDisposed } from '#domain/disposal';
import { shownName } from '#key-store';
import { withReason, withReasons, type Reason } from '#runtime';
import type { Provenance } from '../provenance.js';
import { namesOf } from './retention.mapper.js';

/** A tombstone, with what came of it. */
export interface Disposal {
  readonly eventId: string;
  readonly tombstone: ArtifactsDisposed;
  readonly reason: Reason;
  readonly by: string;
  readonly status: 'open' | 'finished' | 'withdrawn';
  readonly hold?: StreamId;
  /** Of a withdrawn one: some of its bytes had gone already. */
  readonly isPartlyGone: boolean;
}

/** What was disposed of it, the latest last. */
export async function disposalsOf({ runtime }: Provenance, id: string): Promise<readonly Disposal[]> {
  const found: Disposal[] = [];
  for await (const batch of runtime.engines.eventStore.readStream(disposalStream(id)))
    for (const { eventId, type, bytes } of batch) {
      const { event, metadata } = disposalCodec.decode(type, bytes);
      const last = found.at(-1);
      if (event.type === 'ArtifactsDisposed') {
        const { reason = '', actor } = metadata;
        const of = { eventId, tombstone: event, reason, by: actor.id };
        found.push({ ...of, status: 'open', isPartlyGone: false });
      } else if (last !== undefined)
        found[found.length - 1] =
          event.type === 'DisposalFinished'
            ? { ...last, status: 'finished' }
            : {
                ...{ ...last, status: 'withdrawn', isPartlyGone: event.gone.length > 0 },
                ...(event.hold === undefined ? {} : { hold: event.hold }),
              };
    }
  return found;
}

const statuses = {
  open: proto.DisposalStatus.DISPOSAL_STATUS_OPEN,
  finished: proto.DisposalStatus.DISPOSAL_STATUS_FINISHED,
  withdrawn: proto.DisposalStatus.DISPOSAL_STATUS_WITHDRAWN,
} as const;

/** As it is told: the tombstones of one disposal together. */
export async function toDisposals(
  { runtime }: Provenance,
  disposals: readonly Disposal[],
): Promise<proto.Disposal[]> {
  const told: proto.Disposal[] = [];
  for (const { tombstone, reason, by, status, hold } of await withReasons(runtime.people, disposals)) {
    const { artifacts, authority, early, blobs, part, at } = tombstone;
    const bytes = blobs.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    const first = part > 1 ? told.pop() : undefined;
    told.push({
      ...namesOf(subjectOf(tombstone)),
      ...{ artifacts: [...artifacts], class: tombstone.class, authority, early },
      ...{ blobs: (first?.blobs ?? 0) + blobs.length, bytes: (first?.bytes ?? 0) + bytes },
      ...{ reason, disposedBy: by, disposedAt: first?.disposedAt ?? at },
      disposedByName: await shownName(runtime.people, by),
      ...{ status: statuses[status], hold: hold ?? '' },
    });
  }
  return told;
}

/** `on 2026-11-27 by <pseudonym> under class short, by authority of policy 7: the time is over`. */
export const disposedText = (of: {
  readonly at: Instant;
  readonly by: string;
  readonly class: string;
  readonly authority: string;
  readonly reason: string;
}): string =>
  `on ${of.at.slice(0, 10)} by ${of.by} under class ${of.class}, by authority of ${of.authority}${of.reason === '' ? '' : `: ${of.reason}`}`;

/** Not here, or not whole. */
const lacking = new Set(['BLOB_NOT_FOUND', 'DATA_MISSING', 'BUNDLE_INCOMPLETE']);

/**
 * What an action lacks because it was disposed of is told as that.
 * @throws ARTIFACTS_DISPOSED
 */
export async function tellingDisposal<T>(
  provenance: Provenance,
  run: string,
  action: () => Promise<T>,
): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (!isDomainError(error) || !lacking.has(error.code)) throw error;
    throw (await disposedError(provenance, run, error)) ?? error;
  }
}

/** Undefined when nothing of the run was disposed of. */
export async function disposedError(
  provenance: Provenance,
  run: string,
  cause?: DomainError,
): Promise<DomainError | undefined> {
  const last = (await disposalsOf(provenance, run)).findLast(
    ({ status, isPartlyGone }) => status !== 'withdrawn' || isPartlyGone,
  );
  if (last === undefined) return undefined;
  const { tombstone, by, reason } = await withReason(provenance.runtime.people, last);
  const what = tombstone.artifacts.join(', ');
  const message = `bytes of run ${run} (${what}) were disposed of ${disposedText({ ...tombstone, by, reason })}`;
  return new DomainError('rule', 'ARTIFACTS_DISPOSED', message, {
    facts: { run, disposedAt: tombstone.at, class: tombstone.class, authority: tombstone.authority },
    cause,
  });
}
