import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { streamId, type Instant, type StreamId } from '#kernel';
import { nameId } from '#evidence';
import { encodeEnvelope } from '#contracts/stored';
import type { EventStore } from '#event-store';
import { openAuditorForTest, type OpenedAuditor } from '../testing/open-auditor.js';
import { person } from '../testing/write-run.js';

let opened: OpenedAuditor;
const read = { events: 0, calls: 0 };

/** Counts what readers take. */
function counted(source: AsyncIterable<readonly unknown[]>) {
  read.calls++;
  return (async function* () {
    for await (const batch of source) {
      read.events += batch.length;
      yield batch;
    }
  })() as never;
}

beforeEach(async () => {
  opened = await openAuditorForTest();
});
afterEach(() => opened.close());

const stream = streamId('note', nameId('long'));
const events = 2000;
const padding = 'x'.repeat(4000);

async function write(eventStore: EventStore, to: StreamId): Promise<void> {
  const metadata = {
    ...{ actor: person, correlationId: 'c', service: 'test', serviceVersion: '1', schemaVersion: 1 },
    recordedAt: '2026-01-31T09:30:00.000Z' as Instant,
  };
  for (let from = 0; from < events; from += 200) {
    const batch = Array.from({ length: 200 }, (_, i) => ({
      eventId: nameId('event', to, String(from + i)),
      type: 'SomethingNew',
      bytes: encodeEnvelope({ metadata, data: { padding, number: from + i } }),
    }));
    await eventStore.append(to, from === 0 ? 'none' : from - 1, batch);
  }
}

describe('a long history', () => {
  it.each([
    ['of everything', ''],
    ['of one stream', stream],
  ])('%s is read only as fast as it is taken, and many events at a time', async (_, subject) => {
    const { eventStore } = opened.engines;
    await write(eventStore, stream);
    const { readAll, readStream } = eventStore;
    eventStore.readAll = (options) => counted(readAll.call(eventStore, options));
    eventStore.readStream = (from, options) => counted(readStream.call(eventStore, from, options));
    Object.assign(read, { events: 0, calls: 0 });
    const request = { subject, namespace: '', asOf: undefined, types: [], limit: 0, follow: false };
    let taken = 0;
    for await (const { event } of opened.client.auditor.readHistory(request)) {
      if (taken === 0) {
        // Whatever is on its way has time to arrive: other calls are answered meanwhile.
        for (let i = 0; i < 20; i++) await opened.client.auditor.listParked({ pageSize: 1, pageToken: '' });
        expect(read.events).toBeLessThan(events / 2);
      }
      expect(event?.revision).toBe(taken++);
    }
    expect(taken).toBe(events);
    // Read models that come to the end meanwhile take a few of their own.
    expect(read.events).toBeLessThan(events * 1.1);
    expect(read.calls).toBeLessThan(events / 100);
  });
});
