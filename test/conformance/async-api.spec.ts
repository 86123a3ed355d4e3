import { describe, expect, it } from '@jest/globals';
import { Ajv, type ValidateFunction } from 'ajv';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { parse } from 'yaml';
import * as codecs from '#contracts/stored';
import { asyncApiText, publishers } from '../support/async-api.js';

const require = createRequire(import.meta.url);
const text = readFileSync(new URL('../../proto/asyncapi.yaml', import.meta.url), 'utf8');
const described = parse(text) as {
  readonly components: { readonly messages: Record<string, { readonly payload: object }> };
};

/** Formats are for readers; here only shapes are held against the schema. */
const checker = (schema: object): ValidateFunction =>
  new Ajv({ strict: false, validateFormats: false }).compile(schema);

const golden = (service: string) =>
  JSON.parse(
    readFileSync(new URL(`../../apps/${service}/golden/outbound.json`, import.meta.url), 'utf8'),
  ) as readonly ({ readonly type: string; readonly data: object } | null)[];

const services = Object.entries(publishers);

describe('proto/asyncapi.yaml', () => {
  it('says what the services publish (npm run asyncapi writes it)', async () => {
    expect(text).toBe(await asyncApiText());
  });

  it('is AsyncAPI 3.0.0', () => {
    const schema = require('@asyncapi/specs/schemas/3.0.0-without-$id.json') as object;
    const valid = checker(schema);
    valid(described);
    expect(valid.errors).toBeNull();
    valid({ ...described, channels: { registry: { address: 7 } } });
    expect(valid.errors).not.toBeNull();
  });

  it('names every type of event that is stored, so that every domain event is told', () => {
    const stored = Object.values(codecs).flatMap((codec) =>
      typeof codec === 'object' && 'versions' in codec ? Object.keys(codec.versions) : [],
    );
    expect(stored.length).toBeGreaterThan(30);
    const told = services.flatMap(([, published]) => Object.keys(published));
    expect(told.toSorted()).toEqual(stored.toSorted());
  });

  it.each(services)('describes the data of every event of the %s', (service, published) => {
    const told = golden(service).filter((event) => event !== null);
    const problems = told.flatMap(({ type, data }) => {
      const payload = described.components.messages[type.replaceAll('.', '-')]?.payload ?? {};
      const valid = checker({ ...payload, additionalProperties: false, components: described.components });
      return valid(data) ? [] : [{ type, data, errors: valid.errors }];
    });
    expect(problems).toEqual([]);
    const types = Object.values(published).map(([type]) => type);
    expect(types).toEqual(expect.arrayContaining(told.map(({ type }) => type)));
  });
});
