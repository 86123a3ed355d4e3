import type { JsonObject } from '#kernel';

const text = { type: 'string' };
const name = { type: 'string', minLength: 1 };
const count = { type: 'integer', minimum: 0 };
const number = { type: 'integer', minimum: 1 };
const uuid = { type: 'string', format: 'uuid' };
const digest = { type: 'string', pattern: '^sha256:[0-9a-f]{64}$' };
const orNull = (schema: JsonObject) => ({ oneOf: [schema, { type: 'null' }] });
const described = (schema: JsonObject, description: string) => ({ ...schema, description });
const object = (properties: Readonly<Record<string, JsonObject>>, optional: readonly string[] = []) => ({
  type: 'object',
  properties,
  required: Object.keys(properties).filter((field) => !optional.includes(field)),
  additionalProperties: false,
});
const metric = object(
  {
    name,
    value: described({ type: 'number' }, 'the last point; of folds the mean of their last points'),
    count: described(number, 'points in the series'),
    min: { type: 'number' },
    max: { type: 'number' },
    folds: described(count, 'folds that value is the mean of; 0 for one step'),
    sd: described({ type: 'number', minimum: 0 }, 'sample standard deviation over the folds'),
  },
  ['sd'],
);

/** Every field that a public event may hold, and what it holds (JSON Schema), the same in all of them. */
export const publicFields = {
  audited: { enum: ['log', 'artifacts', 'reproductions', 'people'] },
  baseline: described(uuid, 'the baseline that was compared with'),
  baselineVersion: number,
  blobs: count,
  blobsRemoved: count,
  blobsSeen: count,
  blueprint: described(
    { oneOf: [name, object({ name, version: digest })] },
    'its name or, of what runs it, namespace/name and the version',
  ),
  bytes: count,
  bytesRemoved: count,
  channel: name,
  checked: described(count, 'events, blobs, runs or people that an audit looked at'),
  core: described(digest, 'of what is sealed'),
  corruptTotal: count,
  differencesTotal: count,
  digest,
  durationMs: { type: 'number', minimum: 0 },
  epoch: described(count, 'the fencing token of the lease; 0 where there was none'),
  executor: uuid,
  failureClass: described(name, 'why; messages are asked for over gRPC'),
  findings: { type: 'array', items: object({ kind: name, subject: text }) },
  findingsTotal: count,
  firstIndex: described(count, 'position in the audit log'),
  fingerprint: described(digest, 'of the environment as it was captured'),
  fold: orNull(count),
  format: name,
  hostNotIsolated: { type: 'boolean' },
  lastIndex: described(count, 'position in the audit log, inclusive'),
  logSize: described(count, 'entries of the audit log'),
  manifest: digest,
  meaning: { enum: ['approval', 'review', 'responsibility'] },
  members: count,
  method: name,
  metric: name,
  metrics: { type: 'array', items: metric },
  missingTotal: count,
  mode: { enum: ['active', 'draining', 'cordoned'] },
  n: described(count, 'values that the decision stands on'),
  name,
  namespace: name,
  number: described(number, 'counts the versions of this name'),
  olderThanMs: count,
  originalRun: uuid,
  outcome: { enum: ['completed', 'failed', 'cancelled'] },
  pool: name,
  previous: orNull(digest),
  priority: { type: 'integer' },
  release: name,
  remarks: { type: 'array', items: text },
  repeatedRun: uuid,
  reproducibilityKey: digest,
  reproductionOf: described(uuid, 'the run that is repeated'),
  revision: described(number, 'counts the declarations of this knob'),
  run: uuid,
  scheduled: described({ type: 'boolean' }, 'at its set time, not because somebody asked'),
  signedRevision: described(count, 'place in its stream of the event that was signed'),
  signedStream: described(name, 'what was signed: KIND-UUID'),
  signingKey: described(name, 'verifier key (C2SP signed-note) by which the audit log is signed from now on'),
  sizeBytes: count,
  slots: described(orNull(number), 'attempts at once; null: as the executor says of itself'),
  step: name,
  stepsTotal: count,
  streamRevision: described(count, 'place of the event in its stream, which is the subject'),
  dataset: described(object({ name, number }), 'which version of which dataset'),
  sweep: described(object({ id: uuid, index: count }), 'which member of which sweep this run is'),
  value: { type: 'number' },
  verdict: name,
  version: described({ oneOf: [digest, number] }, 'of a blueprint its digest, of a baseline its number'),
} as const satisfies Readonly<Record<string, JsonObject>>;

export type PublicField = keyof typeof publicFields;
