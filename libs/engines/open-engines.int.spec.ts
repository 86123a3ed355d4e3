import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openSharedEngines, probesOf } from './index.js';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'holdfast-engines-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const places = () => ({
  eventStore: { engine: 'sqlite', at: join(dir, 'events.sqlite') },
  messageBus: { engine: 'memory', at: '' },
  artifactStore: { engine: 'file', at: join(dir, 'artifacts') },
  people: { engine: 'file', at: join(dir, 'people') },
});

describe('engines of one installation', () => {
  it('answer, each by its name, until they are closed', async () => {
    const engines = await openSharedEngines(places());
    const probes = probesOf(engines);
    expect(probes.map(({ part }) => part)).toEqual(['event-store', 'message-bus', 'artifact-store']);
    await Promise.all(probes.map(({ probe }) => probe()));
    expect(existsSync(places().people.at)).toBe(false);
    await engines.close();
    for (const { probe } of probes) await expect(probe()).rejects.toMatchObject({ kind: 'unavailable' });
  });

  it('leave nothing open when a later one cannot be opened', async () => {
    const unknown = { engine: 'postgres', at: '//h/db' };
    await expect(openSharedEngines({ ...places(), artifactStore: unknown })).rejects.toMatchObject({
      ...{ kind: 'invalid', code: 'ENGINE_UNKNOWN' },
      message: 'HOLDFAST_ARTIFACT_STORE: this release has no postgres; it has file, s3',
    });
    // Its lock would say so.
    const again = await openSharedEngines(places());
    await expect(again.openReadStore(unknown)).rejects.toThrow('it has sqlite, mongodb, mongodb+srv');
    await again.close();
  });
});
