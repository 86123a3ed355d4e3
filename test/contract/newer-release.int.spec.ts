import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { MongoClient } from 'mongodb';
import { RegistryConfig, RegistryModule, registryServices } from '#apps/registry';
import { streamId, systemChance, systemClock, type JsonObject } from '#kernel';
import { nameId } from '#evidence';
import { decodeEnvelope, encodeEnvelope, knobCodec } from '#contracts/stored';
import { openEventStore } from '#engines';
import { loadConfig, startService, type Running } from '#platform';
import { connect, type Connection } from '#rpc';
import { key, reason } from '../support/experiment.js';
import { sharedServer, startServer, type TestServer } from '../support/servers/index.js';
import { quietLog } from '../support/system.js';

const metadata = {
  actor: { id: nameId('actor', 'somebody'), type: 'person', roles: [] },
  correlationId: 'c',
  recordedAt: systemClock.now(),
  service: 'registry',
  serviceVersion: '99.0.0',
} as const;

describe('what a newer release has left to an older one', () => {
  let [server, dataDir, database] = [undefined as unknown as TestServer, '', ''];
  let running: Running | undefined;
  let connection: Connection;

  async function start(): Promise<void> {
    const config = loadConfig(RegistryConfig, {
      HOLDFAST_DATA_DIR: dataDir,
      HOLDFAST_EVENT_STORE: server.url,
      HOLDFAST_READ_STORE: `${sharedServer('mongodb')}/${database}`,
      HOLDFAST_GRPC_PORT: '0',
    });
    running = await startService({
      name: 'registry',
      module: RegistryModule.with({ config, version: '0.0.0' }),
      services: registryServices,
      host: '127.0.0.1',
      grpcPort: 0,
      log: quietLog('registry'),
    });
    connection = connect(running.address);
  }
  async function stop(): Promise<void> {
    connection?.close();
    await running?.close();
    running = undefined;
  }
  beforeEach(async () => {
    database = `test-${randomUUID()}`;
    server = await startServer('eventstoredb');
    dataDir = await mkdtemp(join(tmpdir(), 'holdfast-newer-'));
  });
  afterEach(async () => {
    await stop();
    await inMongo((client) => client.db(`${database}-registry`).dropDatabase());
    await server?.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  async function inMongo(work: (client: MongoClient) => Promise<unknown>): Promise<void> {
    const client = new MongoClient(sharedServer('mongodb'));
    try {
      await work(client);
    } finally {
      await client.close();
    }
  }
  const declare = (knob: string) =>
    connection.registry.declareKnob(
      {
        ...{ namespace: 'default', reason },
        declaration: Buffer.from(JSON.stringify({ knob, type: 'number', default: 1, description: 'so' })),
      },
      key(),
    );
  const names = async () => {
    const { knobs } = await connection.registry.listKnobs({
      namespace: 'default',
      pageSize: 0,
      pageToken: '',
    });
    return knobs.map(({ name }) => name).sort();
  };
  /** What readiness says, once it is as wanted. */
  const until = (wanted: (text: string) => boolean) =>
    new Promise<string>((resolve) => {
      const { health } = running!;
      const look = () => {
        const text = health
          .problems('registry')
          .map(({ part, because }) => `${part} ${because}`)
          .join('; ');
        if (!wanted(text)) return;
        stopLooking();
        resolve(text);
      };
      const stopLooking = health.onChange(look);
      look();
    });
  const ready = (text: string) => text === '';

  it.each([
    ['an event of a version that it does not know', 'one', 'KnobDeclared', 99],
    ['an event of a type that it does not know', 'two', 'KnobTransmuted', 1],
  ])(
    '%s stops the service there: it says so, loses nothing, and goes on as the release that knows it',
    async (_, knob, type, version) => {
      await start();
      await until(ready);
      await declare(knob);
      const before = await names();
      const eventStore = await openEventStore(server.url);
      const [last] = (await Array.fromAsync(eventStore.readAll({ kinds: ['knob'] }))).flat().slice(-1);
      const { data } = decodeEnvelope(last!.bytes);
      const declaration = { ...(data['declaration'] as JsonObject), knob: `${knob}Later` };
      const later = streamId('knob', nameId('knob', 'default', `${knob}-later`));
      const bytes = encodeEnvelope({
        metadata: { ...metadata, schemaVersion: version },
        data: { ...data, declaration },
      });
      await eventStore.append(later, 'none', [{ eventId: systemChance.uuid(), type, bytes }]);
      const parts = ['knobs', 'relay:holdfast.registry.v1'];
      await until((text) => parts.every((part) => text.includes(`${part} (UNKNOWN_EVENT)`)));
      await expect(names()).resolves.toEqual(before);
      await stop();
      const today = { read: knobCodec.read.bind(knobCodec), decode: knobCodec.decode.bind(knobCodec) };
      /** What the release to come makes of it: a knob as they are declared today. */
      const known = (given: string, stored: Uint8Array): [string, Uint8Array] => {
        const envelope = decodeEnvelope(stored);
        if (given !== type || envelope.metadata.schemaVersion !== version) return [given, stored];
        const asNow = { ...envelope.metadata, schemaVersion: 1 };
        return ['KnobDeclared', encodeEnvelope({ ...envelope, metadata: asNow })];
      };
      const upgrade: Pick<typeof knobCodec, 'read' | 'decode'> = {
        read: (...one) => today.read(...known(...one)),
        decode: (...one) => today.decode(...known(...one)),
      };
      Object.assign(knobCodec, upgrade);
      try {
        await start();
        await until(ready);
        while (!(await names()).includes(`${knob}Later`)) await systemClock.sleep(20);
        await stop();
      } finally {
        Object.assign(knobCodec, today);
      }
      expect((await Array.fromAsync(eventStore.readStream(later))).flat()[0]?.bytes).toEqual(
        Buffer.from(bytes),
      );
      await eventStore.close();
    },
  );

  it('documents in MongoDB are left alone: it says so, and goes on when they are as it knows them', async () => {
    await start();
    await until(ready);
    await declare('three');
    await stop();
    const formatted = (format: number) =>
      inMongo(async (client) => {
        const db = client.db(`${database}-registry`);
        for (const name of ['_store', '_heads'])
          await db.collection(name).updateMany({}, { $set: { format } });
      });
    const documents = async () => {
      const found: unknown[] = [];
      await inMongo(async (client) => {
        const db = client.db(`${database}-registry`);
        for (const { name } of await db.listCollections().toArray())
          if (!name.startsWith('_'))
            found.push(name, await db.collection(name).find().sort({ _id: 1 }).toArray());
      });
      return found;
    };
    await formatted(2);
    const before = await documents();
    expect(before.length).toBeGreaterThan(0);
    await start();
    expect(await until((text) => text.includes('STORE_NEWER'))).toMatch(/STORE_NEWER/);
    await stop();
    expect(await documents()).toEqual(before);
    await formatted(1);
    await start();
    await until(ready);
    await expect(names()).resolves.toEqual(['three']);
  });
});
