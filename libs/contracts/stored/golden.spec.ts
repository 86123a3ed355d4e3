import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import * as codecs from './codecs.js';
import { decodeEnvelope, type EventCodec } from './index.js';
import { sampleMetadata, samples } from './testing/samples.js';

type AnyEvent = { readonly type: string };
const folder = new URL('./golden/', import.meta.url);
const fileOf = (type: string, version: number): URL => new URL(`${type}@${version}.json`, folder);
const kinds = Object.entries(codecs) as unknown as readonly (readonly [string, EventCodec<AnyEvent>])[];
const sampleOf = (codec: string, type: string): AnyEvent | undefined =>
  (samples as Record<string, Record<string, AnyEvent>>)[codec]?.[type];

/** Every type at its present version. */
const present = kinds.flatMap(([name, codec]) =>
  Object.entries(codec.versions).map(([type, version]) => ({ name, codec, type, version })),
);
const written = readdirSync(folder).flatMap((file) => {
  const [, type = '', version = ''] = /^([A-Z][A-Za-z]*)@(\d+)\.json$/.exec(file) ?? [];
  return [{ file, type, version: Number(version) }];
});

describe('stored events', () => {
  it('have a sample and a golden file for every type at its present version', () => {
    const missing = present.flatMap(({ name, codec, type, version }) => {
      const sample = sampleOf(name, type);
      if (sample === undefined) return [`${type}: no sample of it in stored/testing/samples.ts (${name})`];
      if (existsSync(fileOf(type, version))) return [];
      const bytes = Buffer.from(codec.encode(sample, sampleMetadata)).toString();
      return [`no stored/golden/${type}@${version}.json; write exactly this into it, once:\n${bytes}`];
    });
    expect(missing.join('\n')).toBe('');
  });

  it('have golden files for every earlier version too, and for nothing that is not known', () => {
    const names = written.map(({ file }) => file).sort();
    const known = present.flatMap(({ type, version }) =>
      Array.from({ length: version }, (_, i) => `${type}@${i + 1}.json`),
    );
    expect(names).toEqual(known.sort());
  });

  it.each(present.map((row) => [`${row.type}@${row.version}`, row] as const))(
    '%s is written in the bytes that were fixed; other bytes need another version',
    (_, { name, codec, type, version }) => {
      const bytes = codec.encode(sampleOf(name, type) as AnyEvent, sampleMetadata);
      expect(Buffer.from(bytes).toString()).toBe(readFileSync(fileOf(type, version), 'utf8'));
    },
  );

  it.each(written.map(({ file, ...row }) => [file, row] as const))(
    '%s, as a release once wrote it, is read by this one',
    (file, { type, version }) => {
      const bytes = readFileSync(new URL(file, folder));
      const codec = kinds.find(([, { versions }]) => Object.hasOwn(versions, type))?.[1];
      expect(decodeEnvelope(bytes).metadata.schemaVersion).toBe(version);
      const { event, metadata } = codec?.decode(type, bytes) ?? {};
      expect(event?.type).toBe(type);
      expect(metadata).toEqual({ ...sampleMetadata, schemaVersion: version });
    },
  );

  it('of every kind differ in type, so that a name says one thing', () => {
    const types = present.map(({ type }) => type);
    expect(types.filter((type, i) => types.indexOf(type) !== i)).toEqual([]);
  });
});
