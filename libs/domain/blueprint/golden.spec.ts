import { describe, expect, it } from '@jest/globals';
import { canonicalize } from '#evidence';
import { parseManifest, reproducibilityKey, stepOrder } from '#domain/manifest';
import { blueprintVersion, parseLock, publishedSchemas, resolve, serializeLock } from './index.js';
import {
  golden,
  penguinsAnswers,
  penguinsLock,
  readGood,
  sensorsAnswers,
  sensorsLock,
} from './testing/examples.js';

const resolved = (name: 'penguins' | 'sensors') => {
  const read = readGood(golden(`${name}.yaml`));
  const [lock, answers] =
    name === 'penguins' ? [penguinsLock, penguinsAnswers] : [sensorsLock, sensorsAnswers];
  const { manifest, problems } = resolve({ ...read, lock, answers });
  expect(problems).toEqual([]);
  if (manifest === undefined) throw new Error('not resolved');
  return { ...read, lock, manifest };
};

/** Written by version 1 and never again: what these files once meant, they mean for ever. */
describe.each(['penguins', 'sensors'] as const)('the golden blueprint %s', (name) => {
  const { document, lock, manifest } = resolved(name);

  it('has the manifest it had', () => {
    expect(canonicalize(manifest)).toBe(golden(`${name}.manifest.json`));
    expect(parseManifest(golden(`${name}.manifest.json`))).toEqual(manifest);
  });

  it('has the version, the key and the order of steps it had', () => {
    const steps = stepOrder(manifest).map(({ id }) => id);
    const known = { version: blueprintVersion(document, lock), key: reproducibilityKey(manifest), steps };
    expect(known).toEqual(JSON.parse(golden(`${name}.identity.json`)));
  });

  it('has the lock it had', () => {
    expect(serializeLock(lock)).toBe(golden(`${name}.lock.json`));
    expect(parseLock(golden(`${name}.lock.json`))).toEqual(lock);
  });
});

it('a blueprint means the same in JSON', () => {
  const { document } = readGood(golden('sensors.yaml'));
  expect(readGood(JSON.stringify(document)).document).toEqual(document);
});

it.each(Object.entries(publishedSchemas))('the JSON Schema of %s names itself and every key', (_, schema) => {
  const printed = schema() as { $schema: string; title: string };
  expect(printed.$schema).toBe('https://json-schema.org/draft/2020-12/schema');
  expect(printed.title).toBeTruthy();
});
