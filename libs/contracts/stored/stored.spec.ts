import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { toInstant, type JsonObject } from '#kernel';
import { canonicalize } from '#evidence';
import { decodeEnvelope, encodeEnvelope, eventCodec, type EventMetadata } from './index.js';

type Moved = { readonly type: 'Moved'; readonly to: string; readonly by: number };
const metadata: Omit<EventMetadata, 'schemaVersion'> = {
  actor: { id: 'a', type: 'person', roles: ['owner'] },
  correlationId: 'c',
  recordedAt: toInstant(0),
  service: 'test',
  serviceVersion: '1',
};
const codec = eventCodec<Moved>({
  Moved: {
    version: 3,
    upcasts: {
      1: ({ target, ...data }) => ({ ...data, to: target as string }),
      2: (data) => ({ ...data, by: 1 }),
    },
  },
});
const stored = (schemaVersion: number, data: JsonObject) =>
  encodeEnvelope({ metadata: { ...metadata, schemaVersion }, data });
const bytesOf = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

describe('stored events', () => {
  it('come back as they were written, in canonical bytes', () => {
    const data = fc.dictionary(fc.string(), fc.jsonValue()) as fc.Arbitrary<JsonObject>;
    fc.assert(
      fc.property(data, (given) => {
        const clean = JSON.parse(JSON.stringify(given)) as JsonObject;
        const bytes = stored(1, clean);
        const envelope = decodeEnvelope(bytes);
        expect(envelope.data).toEqual(clean);
        expect(new TextDecoder().decode(bytes)).toBe(canonicalize(envelope as unknown as JsonObject));
        expect(Buffer.compare(encodeEnvelope(envelope), bytes)).toBe(0);
      }),
    );
  });

  it('of any older version are read as the present one', () => {
    const now = { type: 'Moved', to: 'x', by: 1 };
    expect(codec.decode('Moved', stored(1, { target: 'x' })).event).toEqual(now);
    expect(codec.decode('Moved', stored(2, { to: 'x' })).event).toEqual(now);
    expect(codec.decode('Moved', codec.encode({ type: 'Moved', to: 'x', by: 1 }, metadata)).event).toEqual(
      now,
    );
  });

  it('of a type or version that is not known stop the reader', () => {
    const unknown = { kind: 'unavailable', code: 'UNKNOWN_EVENT' };
    for (const [type, version] of [
      ['Moved', 4],
      ['Moved', 0],
      ['Vanished', 1],
      ['constructor', 1],
      ['__proto__', 1],
    ] as const)
      expect(() => codec.decode(type, stored(version, {}))).toThrow(expect.objectContaining(unknown));
  });

  it('that are damaged are called so', () => {
    const good = { ...metadata, schemaVersion: 1 };
    const damaged = [
      new Uint8Array(),
      Uint8Array.of(0xff, 0xfe),
      new TextEncoder().encode('{"metadata":'),
      ...[null, 7, [], {}, { data: {} }, { metadata: good }, { metadata: good, data: null }].map(bytesOf),
      ...[
        { metadata: good, data: [] },
        { metadata: { ...good, recordedAt: 'now' }, data: {} },
      ].map(bytesOf),
      ...[{ metadata: { ...good, actor: {} }, data: {} }].map(bytesOf),
      ...[{ metadata: { ...good, schemaVersion: 1.5 }, data: {} }].map(bytesOf),
    ];
    for (const bytes of damaged) {
      expect(() => decodeEnvelope(bytes)).toThrow(
        expect.objectContaining({ kind: 'integrity', code: 'EVENT_CORRUPT' }),
      );
    }
  });

  it('cannot pass for another type by what is in them', () => {
    const bytes = stored(3, { type: 'Vanished', to: 'x', by: 1 });
    expect(codec.decode('Moved', bytes).event.type).toBe('Moved');
  });
});
