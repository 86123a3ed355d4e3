import type { Json, JsonObject } from '#kernel';

/** A place in a state, and what stood there before and after; absent where nothing did. */
export interface StateDifference {
  /** JSON Pointer, RFC 6901; empty for the whole. */
  readonly path: string;
  readonly before?: Json;
  readonly after?: Json;
}

const isBranch = (value: Json | undefined): value is JsonObject | readonly Json[] =>
  typeof value === 'object' && value !== null;

/** Every leaf in which two states differ, in the order of their keys; items of arrays are compared by their number. */
export function* stateDifferences(
  before: Json | undefined,
  after: Json | undefined,
  path = '',
): Generator<StateDifference> {
  if (isBranch(before) && isBranch(after) && Array.isArray(before) === Array.isArray(after)) {
    const [a, b] = [before as JsonObject, after as JsonObject];
    for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
      const inside = `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
      yield* stateDifferences(own(a, key), own(b, key), inside);
    }
  } else if (JSON.stringify(before) !== JSON.stringify(after)) {
    yield { path, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) };
  }
}

const own = (value: JsonObject, key: string): Json | undefined =>
  Object.hasOwn(value, key) ? value[key] : undefined;
