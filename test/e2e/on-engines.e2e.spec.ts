import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { streamId, systemClock } from '#kernel';
import { decodeEnvelope } from '#contracts/stored';
import type { ServiceName } from '#rpc';
import { appended } from '../support/appended.js';
import { declare, ended, submit } from '../support/experiment.js';
import { startCluster, type Cluster, type Instance } from '../support/start-on-engines.js';
import { assertWrittenByOwners } from '../support/stream-owners.js';
import { lifeOfARun } from './testing/life-of-a-run.js';

/** One cluster for all of it: to start it costs more than most of what is done with it. */
let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster();
});
afterAll(() => cluster?.close());

describe('services that are each a process, on EventStoreDB, Kafka, MongoDB and S3: the life of a run', () => {
  lifeOfARun(() => cluster);
});

describe('services of two releases beside one another', () => {
  const [namespace, name] = ['upgrades', 'small'];
  const hook = new URL('../support/next-release.js', import.meta.url).href;
  /** Settings of a service of the release after this one. */
  const next = { NODE_OPTIONS: `--import ${hook}` };
  const the = (kind: ServiceName): Instance => {
    const found = cluster.instances.find((instance) => instance.kind === kind);
    if (found === undefined) throw new Error(`there is no ${kind}`);
    return found;
  };
  /** As somebody does it who installs a release: it is asked to end, and what it held is free at once. */
  const upgraded = (kind: ServiceName, settings: Readonly<Record<string, string>>) =>
    cluster.restart(the(kind), settings, 'SIGTERM');
  const isReady = async (kind: ServiceName): Promise<boolean> =>
    (await fetch(`http://127.0.0.1:${the(kind).httpPort}/readyz`)).ok;

  /** On a busy machine an engine may not have answered in time just now; whoever meets what it cannot read stays unready. */
  const untilReady = async (kind: ServiceName): Promise<void> => {
    while (!(await isReady(kind))) await systemClock.sleep(50);
  };

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

  beforeAll(async () => {
    await declare(cluster, {
      ...{ namespace, name },
      files: { 'run.sh': '#!/bin/sh\necho done > "$HOLDFAST_OUTPUTS/out.txt"\n' },
      blueprint: { steps: { only: { run: ['./run.sh'], out: { out: 'out.txt' } } } },
    });
  });

  it('readers first, then the writer: it writes what all can read, and nobody notices', async () => {
    const asBefore = { version: 1, via: undefined };
    expect(await carried()).toEqual(asBefore);
    await upgraded('provenance', next);
    expect(await carried()).toEqual(asBefore);
    await upgraded('scheduler', next);
    expect(await carried()).toEqual(asBefore);
    await untilReady('auditor');
  });

  it('write-schema raised too early: a reader of the release before stops, unready, and upgraded goes on where it was', async () => {
    await upgraded('scheduler', { ...next, HOLDFAST_WRITE_SCHEMA: '2' });
    expect(await carried()).toEqual({ version: 2, via: 'grpc' });
    const standsStill = async (): Promise<boolean> => {
      const { projections } = await cluster.connection.auditor.listProjections({});
      return projections.some(({ error }) => error?.includes('UNKNOWN_EVENT'));
    };
    while ((await isReady('auditor')) || !(await standsStill())) await systemClock.sleep(50);
    await untilReady('provenance');

    await upgraded('auditor', next);
    await untilReady('auditor');
    expect(await carried()).toEqual({ version: 2, via: 'grpc' });
  });
});

it('after all of it every read model is as history says, and every stream its owner’s', async () => {
  await cluster.rebuildAll();
  await assertWrittenByOwners(cluster.eventStore);
});
