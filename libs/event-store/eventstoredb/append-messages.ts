import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { StreamId } from '#kernel';
import type { EventToAppend, Position } from '../event-store.js';
import { engineIdOf, metadataOf, uuidText } from './event-id.js';
import { isKnown, positionOf } from './positions.js';

export type BatchAppendReq = InstanceType<typeof streams.BatchAppendReq>;
export type BatchAppendResp = InstanceType<typeof streams.BatchAppendResp>;
type Uuid = InstanceType<typeof shared.UUID>;
type EngineAnswer = InstanceType<typeof shared.AllStreamPosition> | undefined;

export interface AppendCall {
  readonly stream: StreamId;
  /** −1 when the stream must not exist. */
  readonly expected: number;
  readonly events: readonly EventToAppend[];
}

export type AppendAnswer =
  | { readonly kind: 'appended'; readonly revision: number; readonly position: Position | undefined }
  /** −1 for no stream. */
  | { readonly kind: 'wrong-revision'; readonly actual: number }
  /** `type` as the engine names it, e.g. `event_store.client.Timeout`. */
  | { readonly kind: 'failed'; readonly type: string; readonly message: string };

export const identifierOf = (stream: string): InstanceType<typeof shared.StreamIdentifier> =>
  new shared.StreamIdentifier().setStreamName(new Uint8Array(Buffer.from(stream, 'latin1')));

/** Without a deadline of its own: the engine would compare it with its clock, which may be another one. The caller has one. */
export function appendRequest(
  correlationId: string,
  { stream, expected, events }: AppendCall,
): BatchAppendReq {
  const options = new streams.BatchAppendReq.Options().setStreamIdentifier(identifierOf(stream));
  if (expected === -1) options.setNoStream(new shared.Empty());
  else options.setStreamPosition(String(expected));
  const messages = events.map((event) => {
    const message = new streams.BatchAppendReq.ProposedMessage()
      .setId(new shared.UUID().setString(engineIdOf(event)))
      .setCustomMetadata(metadataOf(event.eventId))
      .setData(event.bytes);
    message.getMetadataMap().set('type', event.type).set('content-type', 'application/octet-stream');
    return message;
  });
  return new streams.BatchAppendReq()
    .setCorrelationId(new shared.UUID().setString(correlationId))
    .setOptions(options)
    .setProposedMessagesList(messages)
    .setIsFinal(true);
}

/** The engine answers in either of two forms. */
export function uuidOf(id: Uuid | undefined): string {
  const structured = id?.getStructured();
  if (structured === undefined) return id?.getString() ?? '';
  const bytes = Buffer.alloc(16);
  bytes.writeBigInt64BE(BigInt(structured.getMostSignificantBits()), 0);
  bytes.writeBigInt64BE(BigInt(structured.getLeastSignificantBits()), 8);
  return uuidText(bytes);
}

function appendedAt(position: EngineAnswer): Position | undefined {
  const at = { commit: position?.getCommitPosition() ?? '', prepare: position?.getPreparePosition() ?? '' };
  return isKnown(at) ? positionOf(at) : undefined;
}

export function appendAnswer(response: BatchAppendResp): AppendAnswer {
  const success = response.getSuccess();
  if (success !== undefined) {
    return {
      kind: 'appended',
      revision: success.hasCurrentRevision() ? Number(success.getCurrentRevision()) : -1,
      position: success.hasPosition() ? appendedAt(success.getPosition()) : undefined,
    };
  }
  const details = response.getError()?.getDetails();
  const type = details?.getTypeName() ?? '';
  const wrong = details?.unpack(
    (bytes) => shared.WrongExpectedVersion.deserializeBinary(bytes),
    'event_store.client.WrongExpectedVersion',
  );
  if (wrong) {
    const actual = wrong.hasCurrentStreamRevision() ? Number(wrong.getCurrentStreamRevision()) : -1;
    return { kind: 'wrong-revision', actual };
  }
  return { kind: 'failed', type, message: response.getError()?.getMessage() ?? 'no answer' };
}
