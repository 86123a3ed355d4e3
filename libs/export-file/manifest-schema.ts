import { z } from 'zod';
import { isInstant } from '#kernel';

const decimal = z.string().regex(/^(0|[1-9]\d{0,15})$/, 'must be a whole number in decimal');
const hash = z.string().regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in hex');
const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/, 'must be sha256:<hex>');
const text = z.string().max(1000);
const instant = z.string().refine(isInstant, 'must be a time in UTC with milliseconds');
const nodes = z.array(hash).max(128);
const many = z.array(text).max(1000);

/** {@link ExportManifest}, from a hostile source: nothing that it does not know, nothing without a bound. */
export const manifestSchema = z.strictObject({
  format: z.literal('holdfast-audit-export'),
  v: z.literal(1),
  record: text,
  exportedAt: instant,
  exportedBy: z.strictObject({ id: text, type: text }),
  reason: text.optional(),
  filter: z.strictObject({
    recordedFrom: instant.optional(),
    recordedTo: instant.optional(),
    fromIndex: decimal.optional(),
    toIndex: decimal.optional(),
    actor: text.optional(),
    types: many.optional(),
    namespace: text.optional(),
    runs: many.optional(),
    blueprints: many.optional(),
    study: text.optional(),
  }),
  range: z.strictObject({ first: decimal, end: decimal, left: nodes, right: nodes }),
  events: decimal,
  others: decimal,
  types: z.record(z.string().max(100), decimal),
  recorded: z.strictObject({ earliest: text, latest: text }).optional(),
  log: z.strictObject({ origin: text, size: decimal, root: hash }),
  rotations: z.array(z.string().max(2000)).max(1000).optional(),
  members: z.array(z.strictObject({ path: z.string().max(100), sizeBytes: decimal, digest })).max(8),
});
