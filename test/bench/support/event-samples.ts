import { streamId, systemChance, type StreamId } from '#kernel';
import type { EventToAppend } from '#event-store';

const bytes = Buffer.from(JSON.stringify({ metadata: { actor: 'bench' }, data: { note: 'x'.repeat(400) } }));

/** About as large as an event of a run. */
export const sampleEvents = (count: number): EventToAppend[] =>
  Array.from({ length: count }, () => ({ eventId: systemChance.uuid(), type: 'Noted', bytes }));

export const sampleStream = (): StreamId => streamId('note', systemChance.uuid());
