import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { StoredRecord } from '../store/record.js';

export const textOf = (bytes: Uint8Array | string): string =>
  typeof bytes === 'string' ? Buffer.from(bytes, 'base64').toString() : Buffer.from(bytes).toString();

export const nameOf = (identifier: InstanceType<typeof shared.StreamIdentifier> | undefined): string =>
  textOf(identifier?.getStreamName_asU8() ?? '');

export function identifierOf(name: string): InstanceType<typeof shared.StreamIdentifier> {
  return new shared.StreamIdentifier().setStreamName(new Uint8Array(Buffer.from(name)));
}

/** 16 bytes of an id in either of its forms. */
export function idBytes(id: InstanceType<typeof shared.UUID> | undefined): Uint8Array {
  if (id?.hasStructured() !== true) return Buffer.from((id?.getString() ?? '').replaceAll('-', ''), 'hex');
  const structured = id.getStructured();
  const bytes = Buffer.alloc(16);
  bytes.writeBigInt64BE(BigInt(structured?.getMostSignificantBits() ?? 0), 0);
  bytes.writeBigInt64BE(BigInt(structured?.getLeastSignificantBits() ?? 0), 8);
  return bytes;
}

export function idText(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes).toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** An event as readers get it. */
export function eventMessage(record: StoredRecord, position: number): InstanceType<typeof streams.ReadResp> {
  const event = new streams.ReadResp.ReadEvent.RecordedEvent()
    .setId(new shared.UUID().setString(idText(record.id)))
    .setStreamIdentifier(identifierOf(record.stream))
    .setStreamRevision(String(record.revision))
    .setCommitPosition(String(position))
    .setPreparePosition(String(position))
    .setData(record.data)
    .setCustomMetadata(record.metadata);
  event
    .getMetadataMap()
    .set('type', record.type)
    .set('created', String(record.createdTicks))
    .set('content-type', record.isJson ? 'application/json' : 'application/octet-stream');
  const read = new streams.ReadResp.ReadEvent().setEvent(event).setCommitPosition(String(position));
  return new streams.ReadResp().setEvent(read);
}
