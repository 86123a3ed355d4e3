import { expect, it } from '@jest/globals';
import { streamId, type Digest } from '#kernel';
import { digestBytes, nameId } from '#evidence';
import type { ArtifactStore } from '#artifact-store';
import type { EventStore, StoredEvent } from '#event-store';
import { openLiving } from './living.js';

const blob = digestBytes(Buffer.from('bytes'));
const [gone, kept] = [nameId('run', 'gone'), nameId('run', 'kept')] as const;
type Written = readonly [kind: string, uuid: string, text: string];
const storing = (events: readonly Written[]) => ({
  artifacts: {
    stat: (digest: Digest) => Promise.resolve({ digest, sizeBytes: 2 ** 40, storedAt: '' }),
  } as unknown as ArtifactStore,
  eventStore: {
    async *readAll() {
      yield events.map(
        ([kind, uuid, text], revision) =>
          ({
            stream: streamId(kind, uuid),
            revision,
            type: 'T',
            bytes: Buffer.from(text),
          }) as unknown as StoredEvent,
      );
    },
  } as unknown as EventStore,
});
const metadata = {
  schemaVersion: 1,
  recordedAt: '2026-01-31T09:30:00.000Z',
  actor: { id: 'a', type: 'person', roles: [] },
};
const told = (data: object) => JSON.stringify({ data, metadata });
const naming = told({ output: { digest: blob, sizeBytes: 5 } });

async function isKept(...events: readonly Written[]): Promise<boolean> {
  const living = openLiving(storing(events), new AbortController().signal, new Set([gone]));
  await living.catchUp();
  return living.has(blob);
}

it('keeps what an event names, but for those of what is disposed of, and what is only about it', async () => {
  expect(await isKept(['run', kept, naming])).toBe(true);
  expect(await isKept(['comet', kept, naming])).toBe(true);
  expect(await isKept(['run', gone, naming], ['bundle', gone, naming], ['access', kept, naming])).toBe(false);
  const repeat = nameId('reproduction', 'r');
  expect(await isKept(['reproduction', repeat, naming])).toBe(true);
  const begun = told({ originalRun: gone });
  expect(await isKept(['reproduction', repeat, begun], ['reproduction', repeat, naming])).toBe(false);
});

it('decodes no event that can keep nothing', async () => {
  const nothing = 'no envelope at all';
  expect(
    await isKept(['run', gone, `sha256: ${nothing}`], ['knob', kept, nothing], ['access', kept, nothing]),
  ).toBe(false);
  await expect(isKept(['run', kept, `sha256: ${nothing}`])).rejects.toMatchObject({ code: 'EVENT_CORRUPT' });
});
