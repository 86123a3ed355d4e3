import { describe, expect, it } from '@jest/globals';
import { streamId, toInstant } from '#kernel';
import { encodeEnvelope } from '#contracts/stored';
import type { EventStore, StoredEvent } from '#event-store';
import type { Connection } from '#rpc';
import { rebuildAll } from './rebuild-all.js';
import { assertWrittenByOwners } from './stream-owners.js';

/** Services whose one read model gives this result when it is rebuilt. */
const connectionWith = (result: object | undefined, error?: string): Connection => {
  const service = {
    listProjections: () => Promise.resolve({ projections: [{ name: 'runs', error }] }),
    async *rebuildProjection() {
      yield { progress: { eventsDone: 1, eventsTotal: 2, result: undefined } };
      yield { progress: { eventsDone: 2, eventsTotal: 2, result } };
    },
  };
  const keepers = ['registry', 'scheduler', 'provenance', 'auditor'];
  return Object.fromEntries(keepers.map((name) => [name, service])) as unknown as Connection;
};

const storeWith = (kind: string, service: string): EventStore => {
  const metadata = {
    ...{ actor: { id: 'a', type: 'person' as const, roles: [] }, correlationId: 'c' },
    ...{ recordedAt: toInstant(0), service, serviceVersion: '1', schemaVersion: 1 },
  };
  const event = {
    ...{ stream: streamId(kind, '0'), revision: 3, type: 'Happened' },
    bytes: encodeEnvelope({ metadata, data: {} }),
  } as StoredEvent;
  return {
    async *readAll() {
      yield [event];
    },
  } as unknown as EventStore;
};

describe('what is checked after every test of the whole system', () => {
  it('a read model that is rebuilt otherwise, with the first difference', async () => {
    await rebuildAll(connectionWith({ identical: true }));
    const other = {
      identical: false,
      firstDifferenceId: 'run-7',
      liveJson: '{"n":1}',
      rebuiltJson: '{"n":2}',
    };
    await expect(rebuildAll(connectionWith(other))).rejects.toThrow(
      /registry: runs .* run-7\nlive {4}\{"n":1\}\nrebuilt \{"n":2\}/,
    );
  });

  it('a rebuild without a result, and a read model that stands still', async () => {
    await expect(rebuildAll(connectionWith(undefined))).rejects.toThrow('without a result');
    await expect(rebuildAll(connectionWith({ identical: true }, 'UNKNOWN_EVENT'))).rejects.toThrow(
      'runs stands still: UNKNOWN_EVENT',
    );
  });

  it('an event in a stream of another service', async () => {
    await assertWrittenByOwners(storeWith('run', 'scheduler'));
    await expect(assertWrittenByOwners(storeWith('run', 'auditor'))).rejects.toThrow(
      'written by the auditor; the stream belongs to the scheduler',
    );
    await expect(assertWrittenByOwners(storeWith('ghost', 'scheduler'))).rejects.toThrow('of no kind');
  });
});
