import { describe, expect, it } from '@jest/globals';
import { event, sample } from '../testing/index.js';
import { engineIdOf, eventIdIn, metadataOf } from './event-id.js';
import { comparePositions, enginePosition, isKnown, positionOf } from './positions.js';

const stored = {
  eventId: '3f2504e0-4f89-41d3-9a0c-0305e82c3301',
  type: 'RunSubmitted',
  bytes: new TextEncoder().encode('{"data":1.0}'),
};

describe('ids of the engine', () => {
  it('are made as they were when events were first stored', () => {
    expect(engineIdOf(stored)).toBe('5d43d1bc-cbb0-8cdc-be37-db31b04e7554');
  });

  it('differ with anything of an event, and with nothing else', () => {
    const ids = [
      stored,
      { ...stored, bytes: new Uint8Array() },
      { ...stored, bytes: new TextEncoder().encode('{"data":1}') },
      { ...stored, type: 'RunSubmitte' },
      { ...stored, eventId: event().eventId },
    ].map(engineIdOf);
    expect(new Set(ids).size).toBe(5);
    for (const id of ids)
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(engineIdOf({ ...stored, bytes: Buffer.from(stored.bytes) })).toBe(ids[0]);
  });

  it('leave ours in the metadata, and nothing else is taken for it', () => {
    expect(eventIdIn(metadataOf(stored.eventId))).toBe(stored.eventId);
    const text = (value: string) => new TextEncoder().encode(value);
    for (const other of ['', '{}', `{"eventId":"${stored.eventId}x"}`, `{"eventId": "${stored.eventId}"}`])
      expect(eventIdIn(text(other))).toBeUndefined();
    expect(eventIdIn(sample(51))).toBeUndefined();
  });
});

describe('positions', () => {
  it('are ordered as the engine orders them, to the last of 64 bits, and come back as it wrote them', () => {
    const numbers = ['0', '9', '10', '9223372036854775806', '9223372036854775807'];
    const tokens = numbers.flatMap((commit) => numbers.map((prepare) => positionOf({ commit, prepare })));
    expect(tokens.toReversed().sort(comparePositions)).toEqual(tokens);
    expect(tokens.map(enginePosition)).toEqual(
      numbers.flatMap((commit) => numbers.map((prepare) => ({ commit, prepare }))),
    );
    expect(comparePositions(tokens[3]!, tokens[3]!)).toBe(0);
    expect(numbers.every((commit) => isKnown({ commit, prepare: '0' }))).toBe(true);
    expect(isKnown({ commit: '18446744073709551615', prepare: '18446744073709551615' })).toBe(false);
  });
});
