import * as z from 'zod';
import { written } from '#domain/declaration';
import { architectures, isolationLevels, retriableFailures } from '#domain/manifest';
import { bytes, duration, input, output, seed, variableName } from './parts.js';
import { rule } from './rule.js';
import { code, data, environment } from './source-schemas.js';

const identifier = written('identifier');
const prose = (description: string, example: string) =>
  z
    .string()
    .min(1)
    .max(10_000)
    .meta({ description, examples: [example] });

const step = z
  .strictObject({
    run: z
      .array(z.string().min(1).max(32_768))
      .min(1)
      .max(1000)
      .meta({ description: 'Command and arguments.', examples: [['node', 'train.mjs']] }),
    in: z
      .record(identifier, input)
      .exactOptional()
      .meta({ examples: [{ clean: 'prepare.clean' }] }),
    out: z
      .record(identifier, output)
      .exactOptional()
      .meta({ examples: [{ model: 'model.json' }] }),
    each: z
      .literal('fold')
      .exactOptional()
      .meta({ description: 'Run once per fold.', examples: ['fold'] }),
    after: z
      .array(identifier)
      .max(1000)
      .exactOptional()
      .meta({ description: 'Steps to wait for.', examples: [['prepare']] }),
  })
  .meta({ examples: [{ run: ['node', 'train.mjs'] }] });

const notNegative = z.number().min(0);
const metric = z.strictObject({
  goal: z.enum(['maximize', 'minimize', 'none']).meta({ examples: ['maximize'] }),
  tolerance: z
    .union([
      notNegative,
      z.strictObject({ abs: notNegative.exactOptional(), rel: notNegative.exactOptional() }),
    ])
    .exactOptional()
    .meta({
      description: 'Absolute, or {abs, rel}: agree when |a−b| ≤ abs + rel·|a|. Default 0.',
      examples: [0.001],
    }),
  unit: z
    .string()
    .min(1)
    .max(32)
    .exactOptional()
    .meta({ description: 'UCUM; default "1".', examples: ['s'] }),
});

const resources = z.strictObject({
  cpu: z
    .number()
    .min(0.01)
    .max(1024)
    .exactOptional()
    .meta({ description: 'Cores; default 1.', examples: [1] }),
  memory: bytes('256Mi', 'Default 512Mi.').exactOptional(),
  timeout: duration('2m', 'Of one step; default 10m.').exactOptional(),
  disk: bytes('1Gi', 'What a step may write; default 1Gi.').exactOptional(),
  pids: z
    .number()
    .int()
    .min(1)
    .max(100_000)
    .exactOptional()
    .meta({ description: 'Processes at once; default 256.', examples: [256] }),
});

const failure = z
  .string()
  .check(
    rule((name) =>
      (retriableFailures as readonly string[]).includes(name)
        ? undefined
        : {
            code: 'RETRY_NOT_ALLOWED',
            message: `only a failure of the infrastructure is repeated, never a result: ${retriableFailures.join(', ')}`,
            fix: 'remove it',
          },
    ),
  )
  .meta({ enum: [...retriableFailures] });

const determinism = z.strictObject({
  network: z
    .boolean()
    .exactOptional()
    .meta({ description: 'Whether steps reach the network; default false.', examples: [false] }),
  sourceDateEpoch: z
    .number()
    .int()
    .min(0)
    .max(253_402_300_799)
    .exactOptional()
    .meta({ description: 'Seconds; default: commit time, else 1980-01-01.', examples: [315532800] }),
  variables: z
    .record(variableName, z.string().max(4096))
    .exactOptional()
    .meta({ examples: [{ OMP_NUM_THREADS: '1' }] }),
});

/** A declared experiment as people write it; the source of the type, the check and the JSON Schema. */
export const blueprintSchema = z
  .strictObject({
    blueprint: written('qualifiedName').meta({
      description: 'namespace/name',
      examples: ['penguins/species'],
    }),
    why: prose(
      'Hypothesis and rationale, kept with every run.',
      'Do four body measurements tell the three species apart?',
    ),
    code,
    environment,
    data: z
      .record(identifier, data)
      .exactOptional()
      .meta({ examples: [{ penguins: { dataset: 'palmer-penguins@1' } }] }),
    knobs: z
      .record(identifier, z.union([z.number(), z.string().max(10_000), z.boolean()]))
      .exactOptional()
      .meta({ description: 'Each declared in the catalogue.', examples: [{ learningRate: 0.1 }] }),
    seed: seed('Root; one seed per step and fold is derived from it.', 20260101),
    determinism: determinism.exactOptional(),
    steps: z.record(identifier, step).meta({ examples: [{ train: { run: ['node', 'train.mjs'] } }] }),
    metrics: z
      .record(written('metricName'), metric)
      .exactOptional()
      .meta({ examples: [{ accuracy: { goal: 'maximize' } }] }),
    resources: resources.exactOptional().meta({ examples: [{ cpu: 1, memory: '256Mi', timeout: '2m' }] }),
    retry: z
      .strictObject({
        attempts: z
          .number()
          .int()
          .min(1)
          .max(10)
          .meta({ description: 'The first one included.', examples: [2] }),
        on: z
          .array(failure)
          .max(retriableFailures.length)
          .meta({ examples: [['executor-lost']] }),
      })
      .exactOptional()
      .meta({
        description:
          'Which lost attempts are repeated. Default: 3 attempts on executor-lost and lease-expired; attempts: 1 with an empty on turns it off.',
        examples: [{ attempts: 2, on: ['executor-lost'] }],
      }),
    secrets: z
      .record(variableName, written('secretReference'))
      .exactOptional()
      .meta({ description: 'References only.', examples: [{ API_TOKEN: 'vault:research/api' }] }),
    isolation: z
      .enum(['required', ...isolationLevels])
      .exactOptional()
      .meta({ description: 'Level that a step must be isolated at.', examples: ['required'] }),
    architecture: z
      .enum(architectures)
      .exactOptional()
      .meta({ examples: ['x64'] }),
    pool: written('slug')
      .exactOptional()
      .meta({ description: 'Default: default.', examples: ['default'] }),
    labels: z
      .record(written('label'), written('label'))
      .exactOptional()
      .meta({ examples: [{ gpu: 'a100' }] }),
  })
  .meta({ title: 'Blueprint', description: 'A declared experiment.' });

export type Blueprint = z.output<typeof blueprintSchema>;
export type BlueprintStep = z.output<typeof step>;
export type BlueprintData = z.output<typeof data>;

export const splitName = (qualified: string): { readonly namespace: string; readonly name: string } => {
  const [namespace = '', name = ''] = qualified.split('/');
  return { namespace, name };
};
