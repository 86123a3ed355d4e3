import type { Json, JsonObject } from '#kernel';

/**
 * A message of the protocol as scripts get it: absent fields left out, JSON that travels as bytes read, words of an enum
 * in lower case, times as ISO text. `over` replaces or adds fields.
 */
export function plain(message: object, over: Readonly<Record<string, Json | undefined>> = {}): JsonObject {
  const fields = Object.entries({ ...message, ...over }).flatMap(([key, value]: [string, unknown]) => {
    const json = plainValue(key, value);
    return json === undefined ? [] : [[key, json] as const];
  });
  return Object.fromEntries(fields);
}

function plainValue(key: string, value: unknown): Json | undefined {
  if (value === undefined || value === null) return undefined;
  if (value instanceof Uint8Array) return readBytes(value);
  if (Array.isArray(value)) return value.flatMap((item) => plainValue(key, item) ?? []) as Json;
  if (typeof value === 'object') return plain(value);
  if (typeof value === 'string' && enumFields.has(key)) return word(value);
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : (value as Json);
}

const enumFields = new Set(['status', 'verdict', 'statuses']);

/** `RUN_STATUS_QUEUED` is `queued`, `VERDICT_NOT_RUN` is `not-run`; what was not said is absent. */
export function word(value: string): string | undefined {
  const name = /^(?:RUN_STATUS|DISPOSAL_STATUS|VERDICT)_([A-Z_]+)$/.exec(value)?.[1];
  if (name === undefined) return value;
  return name === 'UNSPECIFIED' ? undefined : name.toLowerCase().replaceAll('_', '-');
}

/** JSON when it is JSON, else base64; nothing when there is nothing. */
export function readBytes(bytes: Uint8Array): Json | undefined {
  if (bytes.length === 0) return undefined;
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  try {
    return JSON.parse(buffer.toString('utf8')) as Json;
  } catch {
    return buffer.toString('base64');
  }
}
