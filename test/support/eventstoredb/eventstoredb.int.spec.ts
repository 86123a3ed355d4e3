import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventStoreDBClient } from '@eventstore/db-client';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { behaviours } from './behaviours.js';
import { startProcess, type ServerProcess } from './process.js';

/** A real server, to see whether the checks are right about it. */
const real = process.env['HOLDFAST_CHECK_EVENTSTOREDB'];

describe('as the real server does it', () => {
  let dir: string;
  let server: ServerProcess | undefined;
  let connectionString: string;
  let client: EventStoreDBClient;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'holdfast-eventstoredb-'));
    if (real === undefined) server = await startProcess(dir);
    connectionString = server?.connectionString ?? real ?? '';
    client = EventStoreDBClient.connectionString(connectionString);
  });

  afterAll(async () => {
    await client.dispose();
    await server?.stop();
    await rm(dir, { recursive: true });
  });

  it.each(behaviours.map(({ name, check }) => ({ name, check })))('$name', async ({ check }) => {
    await expect(check({ client, connectionString })).resolves.toBeUndefined();
  });

  it('each behaviour has a name of its own', () => {
    expect(new Set(behaviours.map(({ name }) => name)).size).toBe(behaviours.length);
  });
});
