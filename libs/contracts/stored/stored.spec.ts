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

  it('are written in the newest version that the write schema allows, and read as what that holds', () => {
    type Raised = Moved & { readonly why?: string };
    const next = eventCodec<Raised>({
      Moved: {
        version: 2,
        upcasts: { 1: (data) => ({ ...data, why: 'nobody said' }) },
        since: { 2: 3 },
        downcasts: { 2: ({ why: _, ...data }) => data },
      },
    });
    const moved: Raised = { type: 'Moved', to: 'x', by: 1, why: 'for fun' };
    expect([1, 2, 3, 4].map((writeSchema) => next.writtenVersion('Moved', writeSchema))).toEqual([
      1, 1, 2, 2,
    ]);
    expect(decodeEnvelope(next.encode(moved, metadata, 1))).toEqual({
      metadata: { ...metadata, schemaVersion: 1 },
      data: { to: 'x', by: 1 },
    });
    for (const version of [1, 2]) {
      const { event } = next.decode('Moved', next.encode(moved, metadata, version));
      expect(next.asWritten(moved, version)).toEqual(event);
    }
    expect(next.asWritten(moved, 1).why).toBe('nobody said');
    expect(next.asWritten(moved, 2).why).toBe('for fun');
  });

  it('are refused while the write schema allows no version of them', () => {
    const young = eventCodec<Moved>({ Moved: { version: 1, since: { 1: 2 } } });
    const noWayDown = eventCodec<Moved>({
      Moved: { version: 2, upcasts: { 1: (data) => data }, since: { 2: 2 } },
    });
    for (const next of [young, noWayDown]) {
      const refused = expect.objectContaining({ kind: 'rule', code: 'NOT_WRITTEN_YET' });
      expect(() => next.writtenVersion('Moved', 1)).toThrow(refused);
      expect(next.writtenVersion('Moved', 2)).toBe(next.versions.Moved);
    }
    expect(() => noWayDown.encode({ type: 'Moved', to: 'x', by: 1 }, metadata, 1)).toThrow(
      'HOLDFAST_WRITE_SCHEMA',
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
