import { streamKind, type JsonObject, type StreamId } from '#kernel';
import { eventIdOf, type CommandContext, type ProjectedEvent } from '#runtime';
import { runProjection, type RunDocument } from './run.projection.js';

/** What was appended as it will be read, before anybody has read them. `revision` is that of the last one. */
export function toldEvents(
  stream: StreamId,
  events: readonly { readonly type: string }[],
  revision: number,
  { commandId, actor, reason, correlationId, causationId, receivedAt }: CommandContext,
): ProjectedEvent[] {
  const metadata = {
    ...{ actor, correlationId, recordedAt: receivedAt, service: 'scheduler', serviceVersion: '' },
    ...(reason === undefined ? {} : { reason }),
    ...(causationId === undefined ? {} : { causationId }),
    schemaVersion: 1,
  };
  return events.map(({ type, ...data }, i) => ({
    ...{ stream, kind: streamKind(stream), type, data: data as unknown as JsonObject, metadata, index: 0 },
    ...{ revision: revision - events.length + 1 + i, eventId: eventIdOf(commandId, stream, i) },
    bytes: new Uint8Array(),
  }));
}

/** The run that events from its beginning on make. */
export function runOf(events: readonly ProjectedEvent[]): RunDocument {
  const document = events.reduce<RunDocument | undefined>((doc, event) => {
    const [id = ''] = runProjection.ids(event);
    return runProjection.project(doc, event, id);
  }, undefined);
  if (document === undefined) throw new Error('a run begins with its submission');
  return document;
}
