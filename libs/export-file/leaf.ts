import { DomainError, isInstant, isStreamId } from '#kernel';
import { auditLeafText, type AuditLeaf } from '#evidence';

/** What the log holds of one event. */
export type Leaf = AuditLeaf;

/** The exact text that is hashed. */
export const leafText: (leaf: Leaf) => string = auditLeafText;

const decimal = /^(0|[1-9]\d{0,15})$/;
const hex = /^[0-9a-f]{64}$/;
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** From a hostile source: what is read must say the same again, byte by byte. @throws EXPORT_INVALID */
export function parseLeaf(text: string): Leaf {
  let given: Partial<Record<keyof Leaf, unknown>> | null;
  try {
    given = JSON.parse(text) as typeof given;
  } catch {
    throw broken();
  }
  const { index, stream, revision, eventId, type, recordedAt, bytesSha256 } = given ?? {};
  const is = (value: unknown, pattern: RegExp): value is string =>
    typeof value === 'string' && pattern.test(value);
  if (!is(index, decimal) || !is(revision, decimal) || !is(bytesSha256, hex)) throw broken();
  if (!is(eventId, uuid) || !is(type, /^[A-Za-z0-9]{1,100}$/)) throw broken();
  if (!isStreamId(stream) || !(recordedAt === '' || isInstant(recordedAt))) throw broken();
  const leaf: Leaf = { index, stream, revision, eventId, type, recordedAt, bytesSha256 };
  if (leafText(leaf) !== text) throw broken();
  return leaf;
}

const broken = (): DomainError =>
  new DomainError('integrity', 'EXPORT_INVALID', 'a leaf is not as the log writes them');
