import { BinaryReader, BinaryWriter } from '@bufbuild/protobuf/wire';

/**
 * The few messages of google/rpc/status.proto and error_details.proto that travel with a failed call, by hand:
 * four messages whose numbers never change do not justify a vendored schema.
 */
export interface Detail {
  /** Full name of the message, e.g. `google.rpc.ErrorInfo`. */
  readonly type: string;
  readonly value: Uint8Array;
}
export interface ErrorInfo {
  readonly reason: string;
  readonly domain: string;
  readonly metadata: Readonly<Record<string, string>>;
}

const typePrefix = 'type.googleapis.com/';
const bytesField = (field: number): number => (field << 3) | 2;

/** google.rpc.Status: 1 code, 2 message, 3 repeated Any (1 type_url, 2 value). */
export function encodeStatus(code: number, message: string, details: readonly Detail[]): Uint8Array {
  const writer = new BinaryWriter().uint32(8).int32(code).uint32(bytesField(2)).string(message);
  for (const { type, value } of details) {
    writer.uint32(bytesField(3)).fork();
    writer.uint32(bytesField(1)).string(`${typePrefix}${type}`).uint32(bytesField(2)).bytes(value).join();
  }
  return writer.finish();
}

/** @throws when the bytes are not protobuf */
export const decodeDetails = (status: Uint8Array): readonly Detail[] =>
  lengthDelimited(status)
    .filter(({ field }) => field === 3)
    .map(({ value }) => ({
      type: text(value, 1).slice(typePrefix.length),
      value: lengthDelimited(value).find(({ field }) => field === 2)?.value ?? new Uint8Array(),
    }));

/** google.rpc.ErrorInfo: 1 reason, 2 domain, 3 map<string, string>. */
export function encodeErrorInfo({ reason, domain, metadata }: ErrorInfo): Uint8Array {
  const writer = new BinaryWriter().uint32(bytesField(1)).string(reason).uint32(bytesField(2)).string(domain);
  for (const [key, value] of Object.entries(metadata)) {
    writer.uint32(bytesField(3)).fork();
    writer.uint32(bytesField(1)).string(key).uint32(bytesField(2)).string(value).join();
  }
  return writer.finish();
}

export const decodeErrorInfo = (bytes: Uint8Array): ErrorInfo => ({
  reason: text(bytes, 1),
  domain: text(bytes, 2),
  metadata: Object.fromEntries(
    lengthDelimited(bytes)
      .filter(({ field }) => field === 3)
      .map(({ value }) => [text(value, 1), text(value, 2)]),
  ),
});

/** google.rpc.RetryInfo: 1 Duration (1 seconds, 2 nanos). */
export const encodeRetryInfo = (retryAfterMs: number): Uint8Array =>
  new BinaryWriter()
    .uint32(bytesField(1))
    .fork()
    .uint32(8)
    .int64(Math.floor(retryAfterMs / 1000))
    .uint32(16)
    .int32(Math.round(retryAfterMs % 1000) * 1_000_000)
    .join()
    .finish();

/** The strings, bytes and messages of one message, in order; other wire types are skipped. */
function lengthDelimited(bytes: Uint8Array): readonly { field: number; value: Uint8Array }[] {
  const reader = new BinaryReader(bytes);
  const found: { field: number; value: Uint8Array }[] = [];
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (wireType === 2) found.push({ field, value: reader.bytes() });
    else reader.skip(wireType);
  }
  return found;
}

const text = (bytes: Uint8Array, wanted: number): string =>
  new TextDecoder().decode(lengthDelimited(bytes).find(({ field }) => field === wanted)?.value);
