import * as z from 'zod';
import { digestText, written } from '#domain/declaration';
import { architectures, dataFormats, isolationLevels, retriableFailures, type Manifest } from './manifest.js';

const digest = digestText();
const identifier = written('identifier');
const seed = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const count = z.number().int().min(1).max(Number.MAX_SAFE_INTEGER);
const size = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const text = z.string().max(40_000);
const dictionary = z.record(written('environmentVariable'), text);

const environment = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('node'), digest }),
  z.strictObject({
    kind: z.literal('host-python'),
    digest,
    interpreter: digest,
    packages: digest,
    lock: digest,
  }),
  z.strictObject({ kind: z.literal('image'), digest, image: text }),
]);

const data = z.strictObject({
  digest,
  format: z.enum(dataFormats),
  where: text.exactOptional(),
  folds: z
    .strictObject({
      algorithm: z.string().regex(/^[a-z0-9-]{1,63}\/[1-9][0-9]{0,3}$/),
      k: z.number().int().min(2).max(1000),
      seed,
      stratify: text.exactOptional(),
    })
    .exactOptional(),
});

const step = z.strictObject({
  run: z.array(text.min(1)).min(1).max(1000),
  in: z.record(
    identifier,
    z.union([
      z.strictObject({ data: identifier }),
      z.strictObject({ step: identifier, output: identifier }),
      z.strictObject({ step: identifier }),
    ]),
  ),
  out: z.record(identifier, text),
  each: z.literal('fold').exactOptional(),
  after: z.array(identifier).max(1000).exactOptional(),
});

const pinned = z.strictObject({
  code: z.strictObject({ tree: digest, sizeBytes: size }),
  environment,
  data: z.record(identifier, data),
  knobs: z.record(identifier, z.union([z.number(), text, z.boolean()])),
  seed: z.strictObject({ root: seed, method: z.literal('hkdf-sha256/1') }),
  determinism: z.strictObject({
    sourceDateEpoch: z.number().int().min(0).max(253_402_300_799),
    network: z.boolean(),
    variables: dictionary,
  }),
  steps: z.record(identifier, step),
  resources: z.strictObject({
    cpu: z.number().min(0.01).max(1024),
    memoryBytes: count,
    timeoutMs: count.max(30 * 86_400_000),
    diskBytes: count,
    pids: count.max(100_000),
  }),
  isolation: z.enum(['required', ...isolationLevels]).nullable(),
  architecture: z.enum(architectures),
  secrets: z.record(
    written('environmentVariable'),
    z.strictObject({ reference: written('secretReference'), version: z.string().min(1).max(64) }),
  ),
});

const notNegative = z.number().min(0);
const declared = z.strictObject({
  blueprint: z.strictObject({ namespace: written('slug'), name: written('slug'), version: digest }),
  environment: z.strictObject({ name: written('slug'), location: text.exactOptional() }),
  why: text,
  metrics: z.record(
    written('metricName'),
    z.strictObject({
      goal: z.enum(['maximize', 'minimize', 'none']),
      tolerance: z.strictObject({ abs: notNegative, rel: notNegative }),
      unit: z.string().min(1).max(32),
    }),
  ),
  retry: z.strictObject({
    attempts: z.number().int().min(1).max(10),
    on: z.array(z.enum(retriableFailures)),
  }),
  datasets: z.record(identifier, written('datasetVersion')),
  pool: written('slug'),
  labels: z.record(written('label'), written('label')),
});

export const manifestSchema: z.ZodType<Manifest> = z.strictObject({ v: z.literal(1), pinned, declared });
