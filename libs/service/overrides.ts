import { DomainError, type JsonObject } from '#kernel';
import { parseJson } from '#evidence';

const maxOverrideBytes = 2 ** 20;

/** Values for knobs that a request sets over those of the blueprint; none when it is empty. @throws OVERRIDES_INVALID */
export function readOverrides(bytes: Uint8Array): JsonObject {
  if (bytes.length === 0) return {};
  const value = parseJson(bytes, { maxBytes: maxOverrideBytes, file: 'overrides' });
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
  const message = 'overrides are an object of knob names and values';
  throw new DomainError('invalid', 'OVERRIDES_INVALID', message);
}
