import { describe, expect, it } from '@jest/globals';
import { isThreadFree, startEventThread } from './event-thread.js';
import { openEventWriter, type EventWriter, type WriterOptions } from './event-writer.js';
import { openSpool } from './spool.js';
import { sampleEvents } from './testing/sample-export.js';

const events = sampleEvents(3_000);
const batches = Array.from({ length: 30 }, (_, i) => events.slice(100 * i, 100 * (i + 1)));

const ofRange: Omit<WriterOptions, 'spools'> = {
  ...{ range: { first: '0', end: '3000', left: [], right: [] }, logSize: 3_000 },
  ...{ filter: { types: ['Third'] }, streams: undefined },
};

/** Takes all that a writer makes of the events of one type. */
async function taken(open: (options: WriterOptions) => EventWriter) {
  const [leaves, table] = [await openSpool(), await openSpool()];
  const writer = open({ ...ofRange, spools: { leaves: leaves.fd, table: table.fd } });
  const text = async (pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>) =>
    Buffer.concat(await Array.fromAsync(pieces)).toString();
  // All are given at once, and answered in their order.
  const written = await Promise.all(batches.map((batch) => writer.write(batch)));
  const { lines, ...told } = await writer.end();
  const result = {
    ...{ told, asked: written.map(({ asked }) => asked) },
    lines: await text([...written.flatMap((one) => one.lines), ...lines]),
    ...{ leaves: await text(leaves.read()), table: await text(table.read()) },
  };
  await writer.close();
  await leaves.close();
  await table.close();
  return result;
}

describe('a thread that writes events', () => {
  it('makes of them what is made without one', async () => {
    const [byThread, here] = [await taken(startEventThread), await taken(openEventWriter)];
    expect(here.told.facts).toMatchObject({ events: '1000', others: '2000' });
    expect(here.lines.split('\n')).toHaveLength(1_001);
    expect(byThread).toEqual(here);
  });

  it('is one of two at most, until it is closed', async () => {
    const options: WriterOptions = { ...ofRange, spools: { leaves: -1 } };
    const [one, two] = [startEventThread(options), startEventThread(options)];
    expect(isThreadFree()).toBe(false);
    await one.close();
    expect(isThreadFree()).toBe(true);
    await two.close();
  });

  it('fails every write, also of those to come, when it cannot go on', async () => {
    const thread = startEventThread({ ...ofRange, filter: { types: [] }, spools: { leaves: -1 } });
    const writes = batches.map((batch) => thread.write(batch));
    expect(
      new Set((await Promise.allSettled([...writes, thread.end()])).map(({ status }) => status)),
    ).toContain('rejected');
    await expect(thread.end()).rejects.toThrow();
    await thread.close();
  });
});
