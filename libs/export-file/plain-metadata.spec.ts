import { describe, expect, it } from '@jest/globals';
import { canonicalize } from '#evidence';
import { jsonOfLine } from './event-line.js';
import type { Leaf } from './leaf.js';
import { plainMetadata } from './plain-metadata.js';
import { told, type ToldEvent } from './told-event.js';

const leaf = { index: '0' } as Leaf;
const data = () => '{}';
/** Everything after the data of an envelope. */
const ending = (metadata: object) => `,"metadata":${canonicalize(metadata as never)}}`;
/** As it is told where it has to be parsed. */
const parsed = (rest: string): ToldEvent => told(leaf, jsonOfLine(rest.slice(12, -1)), data);

const least = {
  ...{ actor: { id: 'a', type: 'service', roles: [] }, correlationId: 'c' },
  ...{ recordedAt: '2026-01-31T00:00:00.000Z', schemaVersion: 1, service: 's', serviceVersion: '1' },
};
const sealedReason = { enc: { nonce: 'n+/=', subject: 'p', text: 'x' } };
const plain = [
  least,
  {
    ...least,
    actor: { id: '=1+1', type: 'person', roles: ['auditor', 'a b,c'] },
    reason: '',
    causationId: 'e',
  },
  { ...least, reason: 'it was so', receivedAt: '2026', instance: 'i', instanceOrder: 10 },
  { ...least, reason: sealedReason },
];
const others = [
  { ...least, reason: 'say "so"' },
  { ...least, reason: 'ü' },
  { ...least, reason: { enc: { ...sealedReason.enc, more: '' } } },
  { ...least, reason: { ...sealedReason, more: 1 } },
  { ...least, more: 1 },
  { ...least, schemaVersion: 1.5 },
  { ...least, actor: { id: 'a', type: 'service' } },
  { ...least, actor: { ...least.actor, roles: ['a', 1] } },
];

describe('metadata of the plain kind', () => {
  it('is told as if it were parsed', () => {
    for (const rest of plain.map(ending)) {
      const { data: _, ...event } = plainMetadata(leaf, rest, data) ?? { data };
      const { data: __, ...same } = parsed(rest);
      expect(event).toEqual(same);
    }
  });

  it('is nothing that has to be parsed', () => {
    expect(others.map(ending).filter((rest) => plainMetadata(leaf, rest, data) !== undefined)).toEqual([]);
  });

  it('is told so, whichever character of it is another', () => {
    for (const rest of plain.map(ending))
      for (let i = 0; i < rest.length; i++)
        for (const other of ['', ...'{}[],:"\\ 0-ez\u0000ä']) {
          const changed = `${rest.slice(0, i)}${other}${rest.slice(i + 1)}`;
          const event = plainMetadata(leaf, changed, data);
          if (event !== undefined) expect(event).toEqual(parsed(changed));
        }
  });
});
