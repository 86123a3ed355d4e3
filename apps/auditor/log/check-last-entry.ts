import { DomainError, type StreamId } from '#kernel';
import { auditLeaf, leafOf, type AuditLeaf, type ReadTile } from '#evidence';
import type { EventStore } from '#event-store';
import { entriesAround } from './read-tiles.js';
import type { Remembered } from './remembered.js';

/**
 * That the event store still holds the log's last entry where it was: a store that was put back to an earlier state, and has grown since,
 * must not go on under the old log.
 * @throws LOG_FORKED
 */
export async function checkLastEntry(
  eventStore: EventStore,
  read: ReadTile,
  { size, position }: Remembered,
): Promise<void> {
  const { entries } = await entriesAround(size - 1, size, read);
  const last = entries.at(-1) as Uint8Array;
  const { stream, revision } = JSON.parse(Buffer.from(last).toString()) as AuditLeaf;
  for await (const [event] of eventStore.readStream(stream as StreamId, {
    from: Number(revision),
    limit: 1,
  })) {
    if (event === undefined || event.position !== position) break;
    if (Buffer.compare(auditLeaf(leafOf(size - 1, event)), last) === 0) return;
  }
  const message = `the event store does not hold the last event of the audit log, ${stream} at revision ${revision}, as it was logged; \`holdfast audit verify\` says what differs`;
  throw new DomainError('integrity', 'LOG_FORKED', message);
}
