import { DomainError } from '#kernel';

/** What a caller may say about one call; `connect` takes the same as defaults for all of them. */
export interface CallOptions {
  /** Gives up after this long; default 30,000 for single answers, none for streams. */
  readonly deadlineMs?: number;
  /** Makes a command safe to repeat; 1 to 200 printable ASCII characters. */
  readonly idempotencyKey?: string;
  /** Repeats after UNAVAILABLE although there is no key; for queries. */
  readonly repeatable?: boolean;
  /** No repetition begins later than this; default 10,000. */
  readonly retryForMs?: number;
  /** A position token that the answer must include; overrides the one remembered for the service. */
  readonly minPosition?: string;
  /** Ties calls to what caused them, in logs and in event metadata. */
  readonly correlationId?: string;
  /** Id of the event that sets this call off; for services. */
  readonly causationId?: string;
  /** Further metadata entries; names in lower case. */
  readonly metadata?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** Metadata names of the protocol. */
export const metadataNames = {
  idempotencyKey: 'idempotency-key',
  minPosition: 'min-position',
  correlationId: 'correlation-id',
  causationId: 'causation-id',
  actor: 'holdfast-actor',
  actorType: 'holdfast-actor-type',
} as const;

const longestValueChars = 4096;

/**
 * The metadata entries of one call.
 * @throws INVALID_METADATA for a value that HTTP/2 could not carry; the value is not repeated
 */
export function entriesOf(options: CallOptions): readonly (readonly [string, string])[] {
  const entries: [string, string | undefined][] = [
    [metadataNames.idempotencyKey, options.idempotencyKey],
    [metadataNames.minPosition, options.minPosition],
    [metadataNames.correlationId, options.correlationId],
    [metadataNames.causationId, options.causationId],
    ...Object.entries(options.metadata ?? {}),
  ];
  return entries.flatMap(([name, value]) => {
    if (value === undefined) return [];
    if (/^[\x20-\x7e]*$/.test(value) && value.length <= longestValueChars) return [[name, value] as const];
    throw new DomainError(
      'invalid',
      'INVALID_METADATA',
      `${name} must be printable ASCII of at most ${longestValueChars} characters`,
    );
  });
}
