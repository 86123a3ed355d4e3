import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { binaryEvent, EventStoreDBClient } from '@eventstore/db-client';
import { formatVerifierKey } from '#evidence';
import { eachSampleEvent, origin, testSigner, writeLog, type SampleEvent } from '#verification/testing';
import { sharedServer } from '../../support/servers/index.js';
import type { Program } from '../harness/figure.js';
import { temporaryFolder } from '../support/folder.js';
import { sharedEngines } from '../support/engines.js';

const program = new URL('../support/verify-process.js', import.meta.url).pathname;
/** Streams that are appended to at once. */
const together = 200;

/** The whole log of an EventStoreDB verified, in a process of its own; the bare client reads and hashes as much. */
export const distributedVerify: Program = async (full) => {
  const count = full ? 105_000 : 14_000;
  await sharedEngines(['eventstoredb']);
  const url = sharedServer('eventstoredb');
  const folder = await temporaryFolder('verify-eventstoredb');
  const client = EventStoreDBClient.connectionString(url as never);
  await filled(client, count);
  // All of history is logged, whatever was there before.
  const events: Pick<SampleEvent, 'stream' | 'revision' | 'eventId' | 'type' | 'bytes'>[] = [];
  for await (const { event } of client.readAll())
    if (event !== undefined && !event.type.startsWith('$'))
      events.push({
        ...{ stream: event.streamId, revision: Number(event.revision), eventId: event.id },
        ...{ type: event.type, bytes: event.data as Uint8Array },
      });
  const signer = testSigner();
  await writeLog(folder.at('log'), events, [events.length], signer);
  const key = formatVerifierKey(origin, signer.publicKey);
  const measured = async (how: 'ours' | 'client') => {
    const args = ['--no-warnings', program, how, url, folder.at('log'), String(events.length), key];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    return { 'distributed-verify.time': 1e6 / (JSON.parse(stdout) as { rate: number }).rate };
  };
  return {
    ours: () => measured('ours'),
    bare: () => measured('client'),
    ...(full ? {} : { smaller: { 'distributed-verify.time': `${count} events` } }),
    async close() {
      client.dispose().catch(() => undefined);
      await folder.remove();
    },
  };
};

async function filled(client: EventStoreDBClient, count: number): Promise<void> {
  const streams = Map.groupBy(eachSampleEvent(count), ({ stream }) => stream);
  const appends: Promise<unknown>[] = [];
  for (const [stream, events] of streams) {
    const batch = events.map(({ eventId, type, bytes }) => binaryEvent({ id: eventId, type, data: bytes }));
    appends.push(client.appendToStream(stream, batch, { expectedRevision: 'no_stream' }));
    if (appends.length === together) await Promise.all(appends.splice(0));
  }
  await Promise.all(appends);
}
