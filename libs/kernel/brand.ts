declare const brand: unique symbol;

/** A string that the compiler keeps apart from other strings. Costs nothing at run time. */
export type Branded<Name extends string> = string & { readonly [brand]: Name };

/** `sha256:` and 64 lower-case hex digits. Made only by `#evidence`. */
export type Digest = Branded<'Digest'>;
/** UTC, millisecond precision: `2026-01-31T09:30:00.000Z`. Text order is time order for years 0000–9999. */
export type Instant = Branded<'Instant'>;
/** `<kind>-<uuid>`, e.g. `run-6f…`; the kind decides which service may write it. */
export type StreamId = Branded<'StreamId'>;

const digestPattern = /^sha256:[0-9a-f]{64}$/;
const instantPattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const streamPattern = /^[a-z]+-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export const isDigest = (value: unknown): value is Digest =>
  typeof value === 'string' && digestPattern.test(value);

export const isInstant = (value: unknown): value is Instant =>
  typeof value === 'string' && instantPattern.test(value) && !Number.isNaN(Date.parse(value));

export const isStreamId = (value: unknown): value is StreamId =>
  typeof value === 'string' && streamPattern.test(value);

/** The stream of one subject: its kind and its UUID. */
export const streamId = (kind: string, uuid: string): StreamId => `${kind}-${uuid}` as StreamId;
export const streamKind = (stream: StreamId): string => stream.slice(0, stream.indexOf('-'));
export const streamUuid = (stream: StreamId): string => stream.slice(stream.indexOf('-') + 1);
