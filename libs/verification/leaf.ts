import type { FoundEvent } from './event-source.js';

/** One start of one service, and the how manieth append of it; no name where an older release wrote. */
export interface Instance {
  readonly instance: string;
  readonly instanceOrder: number;
}

const nobody: Instance = { instance: '', instanceOrder: 0 };
const metadataKey = Buffer.from(',"metadata":{');
const pattern = /"instance":"([^"\\]{1,64})","instanceOrder":(\d{1,15})[,}]/;

/**
 * Of stored bytes. Nothing is parsed: they are canonical JSON, so `metadata` stands last, its keys are in order, and a quote within a text
 * is escaped.
 */
export function instanceOf(bytes: Uint8Array): Instance {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const at = buffer.lastIndexOf(metadataKey);
  const found = at === -1 ? null : pattern.exec(buffer.toString('latin1', at));
  return found === null ? nobody : { instance: found[1] as string, instanceOrder: Number(found[2]) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The leaf of an event: what `auditLeaf` of `#evidence` gives, without an object in between. */
export const leafText = (
  { stream, revision, eventId, type }: FoundEvent,
  index: number,
  recordedAt: string,
  bytesSha256: string,
): string =>
  `{"bytesSha256":"${bytesSha256}","eventId":"${eventId}","index":"${index}","recordedAt":${JSON.stringify(recordedAt)},"revision":"${revision}","stream":${JSON.stringify(stream)},"type":${JSON.stringify(type)},"v":1}`;

/** What the log says of an event; undefined when an entry is no leaf. */
export interface LoggedEvent {
  readonly index: number;
  readonly stream: string;
  readonly revision: number;
  readonly eventId: string;
  readonly type: string;
  readonly recordedAt: string;
  readonly bytesSha256: string;
}

export function loggedEvent(entry: Uint8Array): LoggedEvent | undefined {
  const leaf = parsed(Buffer.from(entry).toString()) as
    Partial<Record<keyof LoggedEvent, unknown>> | undefined;
  if (typeof leaf !== 'object' || leaf === null) return undefined;
  const { index, stream, revision, eventId, type, recordedAt, bytesSha256 } = leaf;
  const texts = [stream, eventId, type, recordedAt, bytesSha256, index, revision];
  if (!texts.every((text) => typeof text === 'string')) return undefined;
  return { ...(leaf as LoggedEvent), index: Number(index), revision: Number(revision) };
}
