import type { JsonObject, StreamId } from '#kernel';
import type { RunEvent } from '#domain/run';
import type { CommandContext } from '#runtime';
import { runProjection, type RunDocument } from './run.projection.js';

/** The run that events would make which nobody records. */
export function imagined(
  stream: StreamId,
  events: readonly RunEvent[],
  { actor, reason, correlationId, receivedAt }: CommandContext,
): RunDocument {
  const metadata = {
    ...{ actor, correlationId, recordedAt: receivedAt, ...(reason === undefined ? {} : { reason }) },
    ...{ service: 'scheduler', serviceVersion: '', schemaVersion: 1 },
  };
  const nothing = { eventId: '', bytes: new Uint8Array(), kind: 'run', index: 0 };
  const document = events.reduce<RunDocument | undefined>((doc, { type, ...data }, revision) => {
    const event = { ...nothing, stream, revision, type, data: data as unknown as JsonObject, metadata };
    const [id = ''] = runProjection.ids(event);
    return runProjection.project(doc, event, id);
  }, undefined);
  if (document === undefined) throw new Error('a run begins with its submission');
  return document;
}
