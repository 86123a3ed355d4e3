import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { streamId } from '#kernel';
import { decodeEnvelope } from '#contracts/stored';
import type { ServiceName } from '#rpc';
import { appended } from '../support/appended.js';
import { declare, ended, submit } from '../support/experiment.js';
import { startCluster, type Cluster, type Instance } from '../support/start-on-engines.js';

const [namespace, name] = ['upgrades', 'small'];
const hook = new URL('../support/next-release.js', import.meta.url).href;
/** Settings of a service of the release after this one. */
const next = { NODE_OPTIONS: `--import ${hook}` };

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('services of two releases beside one another', () => {
  let cluster: Cluster;
  const the = (kind: ServiceName): Instance => {
    const found = cluster.instances.find((instance) => instance.kind === kind);
    if (found === undefined) throw new Error(`there is no ${kind}`);
    return found;
  };
  const isReady = async (kind: ServiceName): Promise<boolean> =>
    (await fetch(`http://127.0.0.1:${the(kind).httpPort}/readyz`)).ok;

  /** A run that goes the whole way, to its bundle. @returns how its submission is stored */
  async function carried(): Promise<{ readonly version: number; readonly via: unknown }> {
    const run = await ended(cluster, await submit(cluster, { namespace, name }));
    expect(run.failure).toBeUndefined();
    await appended(cluster, streamId('bundle', run.id), 'BundleSealed');
    const [first] = (await Array.fromAsync(cluster.eventStore.readStream(streamId('run', run.id)))).flat();
    expect(first?.type).toBe('RunSubmitted');
    const { metadata, data } = decodeEnvelope(first?.bytes as Uint8Array);
    return { version: metadata.schemaVersion, via: data['via'] };
  }

  /** Until the leases of those that were killed have run out, nobody writes their read models. */
  async function rebuilt(): Promise<void> {
    for (;;)
      try {
        return await cluster.rebuildAll();
      } catch (error) {
        if (!(error as Error).message.includes('is not written by this instance now')) throw error;
        await pause(100);
      }
  }

  beforeAll(async () => {
    cluster = await startCluster({ HOLDFAST_SANDBOX: 'process' });
    await declare(cluster, {
      ...{ namespace, name },
      files: { 'run.sh': '#!/bin/sh\necho done > "$HOLDFAST_OUTPUTS/out.txt"\n' },
      blueprint: { steps: { only: { run: ['./run.sh'], out: { out: 'out.txt' } } } },
    });
  });

  afterAll(() => cluster?.close());

  it('readers first, then the writer: it writes what all can read, and nobody notices', async () => {
    const asBefore = { version: 1, via: undefined };
    expect(await carried()).toEqual(asBefore);
    await cluster.restart(the('provenance'), next);
    expect(await carried()).toEqual(asBefore);
    await cluster.restart(the('scheduler'), next);
    expect(await carried()).toEqual(asBefore);
    expect(await isReady('auditor')).toBe(true);
  });

  it('write-schema raised too early: a reader of the release before stops, unready, and upgraded goes on where it was', async () => {
    await cluster.restart(the('scheduler'), { ...next, HOLDFAST_WRITE_SCHEMA: '2' });
    expect(await carried()).toEqual({ version: 2, via: 'grpc' });
    while (await isReady('auditor')) await pause(50);
    const { projections } = await cluster.connection.auditor.listProjections({});
    expect(projections.map(({ error }) => error).join()).toContain('UNKNOWN_EVENT');
    expect(await isReady('provenance')).toBe(true);

    await cluster.restart(the('auditor'), next);
    expect(await isReady('auditor')).toBe(true);
    expect(await carried()).toEqual({ version: 2, via: 'grpc' });
    await rebuilt();
  });
});
