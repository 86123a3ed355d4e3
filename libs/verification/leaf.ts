import type { FoundEvent } from './event-source.js';

/** When an event was recorded, by which start of which service, and the how manieth append of it; no name where an older release wrote. */
export interface Stamp {
  /** As `recordedAtOf` of `#evidence`. */
  readonly recordedAt: string;
  readonly instance: string;
  readonly instanceOrder: number;
}

const metadataKey = ',"metadata":{';
const timeKey = '"recordedAt":"';
const timePattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"$/;
const pattern = /"instance":"([^"\\]{1,64})","instanceOrder":(\d{1,15})[,}]/g;

export const stampOf = ({ buffer, byteOffset, length }: Uint8Array): Stamp =>
  stampIn(Buffer.from(buffer, byteOffset, length).toString('latin1'));

/**
 * Of stored bytes as `latin1`. Nothing is parsed: they are canonical JSON, so `metadata` stands last, its keys are in order, and a quote
 * within a text is escaped.
 */
export function stampIn(bytes: string): Stamp {
  const timeAt = bytes.lastIndexOf(timeKey);
  const time = timeAt === -1 ? '' : bytes.slice(timeAt + timeKey.length, timeAt + timeKey.length + 25);
  const recordedAt = timePattern.test(time) ? time.slice(0, 24) : '';
  pattern.lastIndex = bytes.lastIndexOf(metadataKey);
  const found = pattern.lastIndex === -1 ? null : pattern.exec(bytes);
  if (found === null) return { recordedAt, instance: '', instanceOrder: 0 };
  return { recordedAt, instance: found[1] as string, instanceOrder: Number(found[2]) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Bytes that an entry of the log may have. */
export const longestLeaf = 65_535;

/** The leaf of an event: what `auditLeaf` of `#evidence` gives, without an object in between. */
export const leafText = (
  { stream, revision, eventId, type }: FoundEvent,
  index: number,
  recordedAt: string,
  bytesSha256: string,
): string => {
  const [quotedStream, quotedType] = plain.test(stream + type)
    ? [`"${stream}"`, `"${type}"`]
    : [JSON.stringify(stream), JSON.stringify(type)];
  return `{"bytesSha256":"${bytesSha256}","eventId":"${eventId}","index":"${index}","recordedAt":"${recordedAt}","revision":"${revision}","stream":${quotedStream},"type":${quotedType},"v":1}`;
};

/** Texts that stand in JSON as they are. */
const plain = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;

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
