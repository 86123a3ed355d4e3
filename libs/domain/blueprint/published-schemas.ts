import * as z from 'zod';
import type { JsonObject } from '#kernel';
import { jsonSchemaOf, written } from '#domain/declaration';
import { environmentSchema } from '#domain/environment';
import { knobSchema } from '#domain/knob';
import { lockSchema } from './lock.js';
import { blueprintSchema } from './schema.js';

const paramsSchema = z
  .strictObject({
    step: written('identifier'),
    fold: z.number().int().min(0).nullable().meta({ description: 'null for a step that runs once.' }),
    seed: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .meta({ description: '32 bytes in hex; HOLDFAST_SEED is the first 4 as uint32.' }),
    knobs: z.record(written('identifier'), z.union([z.number(), z.string(), z.boolean()])),
  })
  .meta({ title: 'params.json', description: 'What a step is told.' });

const metricsSchema = z
  .strictObject({
    name: written('metricName'),
    value: z.number(),
    step: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).exactOptional(),
  })
  .meta({ title: 'Metric', description: 'One line of the file named by HOLDFAST_METRICS.' });

/** What `holdfast schema NAME` prints, but for `dataset`, which is `#domain/dataset`'s: JSON Schema 2020-12. */
export const publishedSchemas: Readonly<Record<string, () => JsonObject>> = {
  blueprint: () => jsonSchemaOf(blueprintSchema),
  knob: () => jsonSchemaOf(knobSchema),
  environment: () => jsonSchemaOf(environmentSchema),
  lock: () => jsonSchemaOf(lockSchema),
  params: () => jsonSchemaOf(paramsSchema),
  metrics: () => jsonSchemaOf(metricsSchema),
};
