import { auditor, provenance } from '#contracts';

/** A message that is all but a few times nothing but bytes, its field 1. */
type Chunked<Field extends string> = Readonly<Record<Field, Buffer>>;

interface ChunkMethod<Message> {
  readonly responseSerialize: (message: Message) => Buffer;
  readonly responseDeserialize: (bytes: Buffer) => Message;
}

/** Field 1, length-delimited (protobuf encoding). */
const tag = 0x0a;
const longestHeader = 6;

function written(chunk: Uint8Array, into?: Buffer): Buffer {
  const bytes = into ?? Buffer.allocUnsafe(longestHeader + chunk.length);
  let end = 0;
  bytes[end++] = tag;
  let left = chunk.length;
  for (; left > 0x7f; left = Math.floor(left / 0x80)) bytes[end++] = (left % 0x80) | 0x80;
  bytes[end++] = left;
  bytes.set(chunk, end);
  return bytes.subarray(0, end + chunk.length);
}

/** Of the last message that was made for grpc-js, which copies it at once behind the five bytes of a frame (`serializeMessage`). */
let room = Buffer.alloc(0);

function writtenOnce(chunk: Uint8Array): Buffer {
  const needed = longestHeader + chunk.length;
  if (room.length < needed) room = Buffer.allocUnsafeSlow(needed);
  return written(chunk, room);
}

/** Messages by the chunk that lies in them. */
const messages = new WeakMap<Buffer, Buffer>();

/** A copy that lies in its message already, so that the bytes are their owner's again and are copied no second time. */
export function chunkOf(bytes: Uint8Array): Buffer {
  const message = written(bytes);
  const chunk = message.subarray(message.length - bytes.length);
  messages.set(chunk, message);
  return chunk;
}

/** Undefined unless it is one chunk and nothing else. */
function read(bytes: Buffer): Buffer | undefined {
  if (bytes[0] !== tag) return undefined;
  let [length, at] = [0, 1];
  for (let unit = 1; at < longestHeader; unit *= 0x80) {
    const byte = bytes[at++] ?? 0;
    length += (byte & 0x7f) * unit;
    if (byte < 0x80) return length === bytes.length - at ? bytes.subarray(at) : undefined;
  }
  return undefined;
}

/**
 * The same method; what it sends, byte for byte, too. The generated code copies a chunk four times to write it, in room that it lets grow, and once to
 * read it, which of a large file is most of what the collector has to do.
 */
function withChunks<Field extends string, Message extends Chunked<Field>, Method>(
  field: Field,
  method: Method & ChunkMethod<Message>,
): Method {
  const { responseSerialize, responseDeserialize } = method;
  const empty = responseDeserialize(Buffer.alloc(0));
  return {
    ...method,
    responseSerialize(message: Message) {
      const { [field]: chunk, ...others } = message;
      const alone = chunk.length > 0 && Object.values(others).every((value) => value === undefined);
      return alone ? (messages.get(chunk) ?? writtenOnce(chunk)) : responseSerialize(message);
    },
    responseDeserialize(bytes: Buffer) {
      const chunk = read(bytes);
      return chunk === undefined ? responseDeserialize(bytes) : { ...empty, [field]: chunk };
    },
  };
}

const { AuditorService } = auditor;
const { ProvenanceService } = provenance;

/** Generated, but for its large messages. */
export const auditorService = {
  ...AuditorService,
  exportAudit: withChunks('chunk', AuditorService.exportAudit),
};

/** Generated, but for its large messages. */
export const provenanceService = {
  ...ProvenanceService,
  exportBundle: withChunks('data', ProvenanceService.exportBundle),
  getBlob: withChunks('data', ProvenanceService.getBlob),
};
