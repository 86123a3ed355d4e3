import { signatureCodec } from '#contracts/stored';
import type { Approval, HistoryLine } from '#domain/bundle';
import type { EventStore, Position, StoredEvent } from '#event-store';
import { lineOf } from './run-history.js';

/** A signature as it is stored, and what it says. */
export type RecordedApproval = Approval & { readonly line: HistoryLine };

/** Who put their name to what, by the event that they signed. From the events themselves. */
export interface Approvals {
  /** Signatures over an event that stood in the store before a position, in its order: what comes later changes nothing. */
  over(eventId: string, before: Position): Promise<readonly RecordedApproval[]>;
}

type Place = Pick<StoredEvent, 'stream' | 'revision' | 'position'>;

export function openApprovals(eventStore: EventStore): Approvals {
  const places = new Map<string, readonly Place[]>();
  let seen: Position | undefined;
  let turn: Promise<void> = Promise.resolve();
  const isAfter = (a: Position, b: Position) => eventStore.comparePositions(a, b) > 0;
  const hasSeen = (position: Position) => seen !== undefined && !isAfter(position, seen);

  async function readUpTo(position: Position): Promise<void> {
    if (hasSeen(position)) return;
    const between = { ...(seen === undefined ? {} : { after: seen }), upTo: position };
    for await (const batch of eventStore.readAll({ ...between, kinds: ['signature'] })) batch.forEach(note);
    seen = position;
  }

  function note({ type, bytes, stream, revision, position }: StoredEvent): void {
    const { event } = signatureCodec.decode(type, bytes);
    if (event.type === 'Signed') {
      const { eventId } = event.statement;
      places.set(eventId, [...(places.get(eventId) ?? []), { stream, revision, position }]);
    }
    seen = position;
  }

  return {
    async over(eventId, before) {
      // Whoever comes while another reads is mostly served by what it has read.
      await (turn = turn.catch(() => undefined).then(() => readUpTo(before)));
      const found = (places.get(eventId) ?? []).filter(({ position }) => isAfter(before, position));
      return Promise.all(found.map((place) => approvalAt(eventStore, place)));
    },
  };
}

async function approvalAt(eventStore: EventStore, { stream, revision }: Place): Promise<RecordedApproval> {
  for await (const [stored] of eventStore.readStream(stream, { from: revision, limit: 1 })) {
    if (stored === undefined) continue;
    const { event } = signatureCodec.decode(stored.type, stored.bytes);
    if (event.type !== 'Signed') continue;
    const { meaning, signer, signedAt } = event.statement;
    return { event: stored.eventId, meaning, signer, signedAt, line: lineOf(stored) };
  }
  throw new Error(`what was read of ${stream} is not there any more`);
}
