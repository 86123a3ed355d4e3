import { auditor } from '#contracts';

/** A message that is all but a few times nothing but bytes, its field 1. */
interface Chunked {
  readonly chunk: Buffer;
}

interface ChunkMethod<Message extends Chunked> {
  readonly responseSerialize: (message: Message) => Buffer;
  readonly responseDeserialize: (bytes: Buffer) => Message;
}

/** Field 1, length-delimited (protobuf encoding). */
const tag = 0x0a;
const longestHeader = 6;

function written(chunk: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(longestHeader + chunk.length);
  let end = 0;
  bytes[end++] = tag;
  let left = chunk.length;
  for (; left > 0x7f; left = Math.floor(left / 0x80)) bytes[end++] = (left % 0x80) | 0x80;
  bytes[end++] = left;
  end += chunk.copy(bytes, end);
  return bytes.subarray(0, end);
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
export function withChunks<Message extends Chunked, Method extends ChunkMethod<Message>>(
  method: Method & ChunkMethod<Message>,
): Method {
  const { responseSerialize, responseDeserialize } = method;
  const empty = responseDeserialize(Buffer.alloc(0));
  return {
    ...method,
    responseSerialize({ chunk, ...others }: Message) {
      const alone = chunk.length > 0 && Object.values(others).every((value) => value === undefined);
      return alone ? written(chunk) : responseSerialize({ chunk, ...others } as Message);
    },
    responseDeserialize(bytes: Buffer) {
      const chunk = read(bytes);
      return chunk === undefined ? responseDeserialize(bytes) : { ...empty, chunk };
    },
  };
}

/** Generated, but for its large messages. */
export const auditorService = {
  ...auditor.AuditorService,
  exportAudit: withChunks<auditor.ExportAuditResponse, typeof auditor.AuditorService.exportAudit>(
    auditor.AuditorService.exportAudit,
  ),
};
