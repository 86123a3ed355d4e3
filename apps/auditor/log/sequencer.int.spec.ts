import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  DomainError,
  fold,
  isDomainError,
  streamId,
  systemClock,
  type FaultPoint,
  type Instant,
} from '#kernel';
import {
  auditLeaf,
  canonicalBytes,
  followRotations,
  leafOf,
  merkleLeafHash,
  merkleRoot,
  nameId,
  openCheckpoint,
  openRotations,
  signRotation,
  type Signer,
} from '#evidence';
import { openSharedEngines, type SharedEngines } from '#engines';
import { auditCodec } from '#contracts/stored';
import { audit, signingKeyStream } from '#domain/audit';
import type { ReadStore } from '#read-store';
import { openSigner } from '#key-store';
import { openFileTileStore } from '#tile-store/file';
import type { KeyChain, LogParts } from './log-parts.js';
import { openLogTree } from './log-tree.js';
import { openLogWriter, type LogWriter } from './log-writer.js';
import { readTilesOf } from './read-tiles.js';
import { rememberedKey } from './remembered.js';
import { startSequencer, type Sequencer } from './sequencer.js';

const place = (engine: string, at: string) => ({ engine, at });

let dir: string;
let engines: SharedEngines;
let readStore: ReadStore;
let signer: Signer;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'holdfast-log-'));
  signer = await keyOf(7);
});
afterAll(async () => {
  await readStore?.close();
  await engines?.close();
  await rm(dir, { recursive: true });
});

/** Engines with no event, and no memory of a log. */
async function anew(name: string): Promise<void> {
  await readStore?.close();
  await engines?.close();
  engines = await openSharedEngines({
    eventStore: place('sqlite', join(dir, name, 'events.sqlite')),
    messageBus: place('memory', ''),
    artifactStore: place('file', join(dir, name, 'artifacts')),
    people: place('file', join(dir, name, 'people')),
  });
  readStore = await engines.openReadStore(place('sqlite', join(dir, name, 'views.sqlite')));
}

const written: { count: number } = { count: 0 };
async function append(count: number, kind = 'run', type = 'RunStarted'): Promise<void> {
  const name = `${kind}-${written.count++}`;
  const stream = streamId(kind, nameId('stream', dir, name));
  const events = Array.from({ length: count }, (_, i) => ({
    eventId: nameId('event', dir, name, String(i)),
    type,
    bytes: canonicalBytes({ data: { i }, metadata: { recordedAt: '2026-11-27T00:00:00.000Z' } }),
  }));
  await engines.eventStore.append(stream, 'none', events);
}

/** The events alone, without the runtime around them. */
const keyChain = (): KeyChain => {
  const history = async (origin: string) => {
    const stored = await Array.fromAsync(engines.eventStore.readStream(signingKeyStream(origin)));
    return stored.flat().map(({ type, bytes }) => auditCodec.decode(type, bytes).event);
  };
  return {
    async statements(origin) {
      const state = fold(audit, await history(origin));
      return state.status === 'keys' ? state.statements : [];
    },
    async rotate(origin, statement) {
      const known = await history(origin);
      const at = '2026-11-27T00:00:00.000Z' as Instant;
      const decided = audit.decide({ type: 'RotateSigningKey', statement, at }, fold(audit, known));
      const events = decided.map((event) => ({
        ...{ eventId: nameId('event', statement), type: event.type },
        bytes: auditCodec.encode(event, {
          ...{ actor: { id: nameId('service', 'auditor'), type: 'service', roles: [] }, correlationId: 'c' },
          ...{ recordedAt: at, service: 'auditor', serviceVersion: 'test' },
        }),
      }));
      const expected = known.length === 0 ? 'none' : known.length - 1;
      if (events.length > 0) await engines.eventStore.append(signingKeyStream(origin), expected, events);
    },
  };
};

interface Started {
  readonly sequencer: Sequencer;
  readonly errors: unknown[];
}

async function partsOf(log: string, given: Pick<LogParts, 'reach' | 'onError'>): Promise<LogParts> {
  const tiles = await openFileTileStore({ dir: log, reach: given.reach });
  return {
    ...given,
    eventStore: engines.eventStore,
    ...{ readStore, clock: systemClock, owner: nameId('instance', String(Math.random())) },
    tiles: () => Promise.resolve(tiles),
    signer: () => Promise.resolve(signer),
    keyChain: keyChain(),
  };
}

async function start(log: string, reach?: FaultPoint, before?: Signer): Promise<Started> {
  const errors: unknown[] = [];
  const signerBefore = before === undefined ? {} : { signerBefore: () => Promise.resolve(before) };
  const parts = await partsOf(log, { reach, onError: (error) => errors.push(error) });
  return { sequencer: startSequencer({ ...parts, ...signerBefore }), errors };
}

const keyOf = (fill: number): Promise<Signer> =>
  openSigner('env:K', { origin: 'lab.example/log', env: { K: Buffer.alloc(32, fill).toString('base64') } });

const never = new AbortController().signal;
/** However long it takes: who has waited for a while is sent away, and comes again. */
async function covered(sequencer: Sequencer, size: number, signal = never): Promise<void> {
  for (;;)
    try {
      return await sequencer.covers(size, { signal });
    } catch (error) {
      if (signal.aborted || !isDomainError(error) || error.code !== 'NOT_LOGGED_YET') throw error;
    }
}
const covers = async (log: string, size: number): Promise<void> => {
  const { sequencer } = await start(log);
  await covered(sequencer, size);
  await sequencer.close();
};

async function leavesOf(): Promise<Uint8Array[]> {
  const leaves: Uint8Array[] = [];
  for await (const batch of engines.eventStore.readAll())
    for (const event of batch) leaves.push(merkleLeafHash(auditLeaf(leafOf(leaves.length, event))));
  return leaves;
}

/** The published checkpoint, held against the events and the tiles; 0 while there is none. */
async function sizeOf(log: string): Promise<number> {
  const note = await readFile(join(log, 'checkpoint'), 'utf8').catch(() => undefined);
  if (note === undefined) return 0;
  const own = { name: signer.keyName, algorithm: 'ed25519', publicKey: signer.publicKey } as const;
  const { size, root } = openCheckpoint(note, { keys: [own] });
  const tree = await openLogTree(size, readTilesOf(await openFileTileStore({ dir: log })));
  expect(Buffer.from(tree.root()).equals(root)).toBe(true);
  expect(Buffer.from(merkleRoot((await leavesOf()).slice(0, size))).equals(root)).toBe(true);
  return size;
}

async function filesOf(log: string): Promise<Record<string, string>> {
  const names = await readdir(log, { recursive: true, withFileTypes: true });
  const paths = names.filter((each) => each.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  const files = await Promise.all(
    paths
      .filter((path) => !path.includes('/.'))
      .map(async (path) => [path.slice(log.length + 1), await readFile(path, 'base64')] as const),
  );
  return Object.fromEntries(files.sort());
}

const forget = async (): Promise<void> => {
  await readStore.setSetting(rememberedKey, await readStore.getSetting(rememberedKey), '');
};

describe('the sequencer', () => {
  it('has the same files, wherever it is killed on the way from one checkpoint to the next', async () => {
    await anew('killed');
    const [before, whole] = [join(dir, 'before'), join(dir, 'whole')];
    await append(250);
    await covers(before, 250);
    const remembered = (await readStore.getSetting(rememberedKey)) as string;
    for (const count of [7, 300]) await append(count);
    await cp(before, whole, { recursive: true });
    await covers(whole, 557);
    expect(await sizeOf(whole)).toBe(557);
    const expected = await filesOf(whole);
    expect(Object.keys(expected)).toEqual(
      [
        ...['checkpoint', 'checkpoints/250', 'checkpoints/557'],
        'tile/0/000',
        'tile/0/001',
        'tile/0/002.p/45',
        'tile/1/000.p/2',
        ...['000', '001', '002.p/45'].map((name) => `tile/entries/${name}`),
      ].sort(),
    );
    let kills = 0;
    for (let killed = true; killed; kills++) {
      await readStore.setSetting(rememberedKey, await readStore.getSetting(rememberedKey), remembered);
      const log = join(dir, `killed-${kills}`);
      await cp(before, log, { recursive: true });
      let operations = 0;
      const dead = () => {
        if (++operations > kills) throw new Error('killed');
      };
      const dying = await start(log, dead);
      let done = false;
      const enough = new AbortController();
      const reached = covered(dying.sequencer, 557, enough.signal).catch(() => undefined);
      void reached.then(() => (done = true));
      await until(() => done || operations > kills);
      killed = operations > kills;
      enough.abort();
      await dying.sequencer.close();
      await reached;
      const size = await sizeOf(log);
      expect([250, 557]).toContain(size);
      // Whoever verifies at that moment must not take it for a log that was larger.
      const kept = Object.keys(await filesOf(log)).map(
        (file) => /^checkpoints\/(\d+)$/.exec(file)?.[1] ?? '0',
      );
      expect(Math.max(...kept.map(Number))).toBeLessThanOrEqual(size);
      await covers(log, 557);
      expect(await filesOf(log)).toEqual(expected);
      await rm(log, { recursive: true });
    }
    expect(kills).toBeGreaterThan(40);
  });

  it('goes on from any checkpoint to any other, over full tiles, and clears what is outdated', async () => {
    await anew('on');
    const log = join(dir, 'on-log');
    const sizes = [1, 2, 255, 256, 257, 511, 513];
    let size = 0;
    for (const next of sizes) {
      await append(next - size);
      size = next;
      await covers(log, size);
      expect(await sizeOf(log)).toBe(size);
    }
    expect(Object.keys(await filesOf(log))).toEqual(
      [
        ...['checkpoint', 'checkpoints/255', 'checkpoints/511', 'checkpoints/513'],
        ...['tile/0/000', 'tile/0/001', 'tile/0/002.p/1', 'tile/1/000.p/1', 'tile/1/000.p/2'],
        ...['000', '001', '002.p/1'].map((name) => `tile/entries/${name}`),
      ].sort(),
    );
  });

  it('makes no checkpoint of its own bookkeeping, but takes it along, or when somebody asks', async () => {
    await anew('own');
    const log = join(dir, 'own-log');
    await append(2);
    const { sequencer } = await start(log);
    await covered(sequencer, 2);
    await append(2, 'audit');
    await append(1, 'artifact', 'ScrubFinished');
    await until(() => sequencer.writing()?.size === 5);
    expect(sequencer.writing()?.published.size).toBe(2);
    expect(await sizeOf(log)).toBe(2);
    await append(1);
    await until(() => sequencer.writing()?.published.size === 6);
    await append(1, 'audit');
    await covered(sequencer, 7);
    await sequencer.close();
    expect(await sizeOf(log)).toBe(7);
  });

  it('makes lost files again from the events, and nothing else of them', async () => {
    await anew('lost');
    const log = join(dir, 'lost-log');
    await append(300);
    await covers(log, 300);
    const before = await filesOf(log);
    await rm(log, { recursive: true });
    await append(1);
    await covers(log, 301);
    expect(await sizeOf(log)).toBe(301);
    await rm(log, { recursive: true });
    await forget();
    await covers(log, 301);
    expect((await filesOf(log))['tile/0/000']).toBe(before['tile/0/000']);
  });

  it.each([
    ['LOG_FORKED', 'other events under a log that was kept', async () => anew('other-events')],
    [
      'LOG_CORRUPT',
      'a changed tile',
      async (log: string) => writeFile(join(log, 'tile/0/000.p/20'), Buffer.alloc(640)),
    ],
    ['TILE_MISSING', 'a lost tile', async (log: string) => rm(join(log, 'tile'), { recursive: true })],
    ['NOTE_MALFORMED', 'an empty checkpoint', async (log: string) => writeFile(join(log, 'checkpoint'), '')],
    ['LOG_KEY_UNKNOWN', 'another key', async () => void (signer = await keyOf(8))],
  ])('stops with %s at %s', async (code, _, harm) => {
    await anew(`stops-${code}`);
    const log = join(dir, `${code}-log`);
    await append(20);
    await covers(log, 20);
    const text = (await readStore.getSetting(rememberedKey)) as string;
    await harm(log);
    if (code === 'LOG_FORKED') {
      await append(25);
      await readStore.setSetting(rememberedKey, undefined, text);
    }
    await append(1);
    const { sequencer, errors } = await start(log);
    await expect(covered(sequencer, 21)).rejects.toMatchObject({ code: 'LOG_STOPPED' });
    expect(errors).toMatchObject([{ code }]);
    await sequencer.close();
    signer = await keyOf(7);
    // What is only damaged is made again once the checkpoint is gone, as it says.
    if (!(errors[0] as Error).message.includes('take its file "checkpoint" away')) return;
    await rm(join(log, 'checkpoint'));
    await covers(log, 21);
    expect(await sizeOf(log)).toBe(21);
  });

  it('goes over to the next key by an event that the one before has signed, and never back', async () => {
    await anew('next-key');
    const log = join(dir, 'next-key-log');
    await append(20);
    await covers(log, 20);
    const [before, next] = [signer, await keyOf(8)];
    signer = next;
    await append(3);
    const killed = () => {
      throw new Error('killed');
    };
    // After the event and before its checkpoint: the event is there once.
    const dying = await start(log, killed, before);
    await until(() => dying.errors.length > 0);
    await dying.sequencer.close();
    const handingOver = await start(log, undefined, before);
    await covered(handingOver.sequencer, 24);
    await handingOver.sequencer.close();
    expect(await sizeOf(log)).toBe(24);
    const rotations = openRotations(await keyChain().statements(signer.keyName));
    expect(rotations).toMatchObject([{ lastSize: 20 }]);
    const first = { name: before.keyName, algorithm: 'ed25519', publicKey: before.publicKey } as const;
    const note = await readFile(join(log, 'checkpoint'), 'utf8');
    expect(openCheckpoint(note, { keys: followRotations([first], rotations) }).size).toBe(24);
    await append(1);
    await covers(log, 25);

    const third = await keyOf(9);
    for (const statement of [
      await signRotation(before, third, 20),
      await signRotation(third, before, 30),
      (await signRotation(third, before, 30)).replace('\n30\n', '\n31\n'),
    ])
      await expect(keyChain().rotate(signer.keyName, statement)).rejects.toMatchObject({
        code: expect.stringMatching(/^ROTATION_(FORKED|BACKWARDS|UNSIGNED)$/),
      });
    signer = before;
    await append(1);
    const { sequencer, errors } = await start(log);
    await expect(covered(sequencer, 26)).rejects.toMatchObject({ code: 'LOG_STOPPED' });
    expect(errors).toMatchObject([{ code: 'LOG_KEY_RETIRED' }]);
    await sequencer.close();
  });

  it('stops with LOG_AHEAD when the events are fewer than its entries', async () => {
    await anew('ahead');
    const log = join(dir, 'ahead-log');
    await append(20);
    await covers(log, 20);
    await anew('ahead-restored');
    await append(3);
    const { sequencer, errors } = await start(log);
    await expect(covered(sequencer, 21)).rejects.toMatchObject({ code: 'LOG_STOPPED' });
    expect(errors).toMatchObject([{ code: 'LOG_AHEAD' }]);
    await sequencer.close();
  });

  it('is not put back by a writer that was left behind', async () => {
    await anew('stale');
    const log = join(dir, 'stale-log');
    const writer = async () =>
      openLogWriter(await partsOf(log, { reach: () => undefined, onError: () => undefined }));
    const take = async (own: LogWriter) => {
      for await (const events of engines.eventStore.readAll(own.position && { after: own.position }))
        await own.take(events);
    };
    await append(3);
    const stale = await writer();
    await take(stale);
    await append(4);
    const next = await writer();
    await take(next);
    expect(await next.publish()).toBe(true);
    await expect(stale.publish()).rejects.toMatchObject({ kind: 'conflict', code: 'LOG_FILE_CHANGED' });
    expect(await sizeOf(log)).toBe(7);
    await append(1);
    await take(next);
    expect(await next.publish()).toBe(true);
    expect(await sizeOf(log)).toBe(8);
  });

  it('has one writer among several', async () => {
    await anew('two');
    const log = join(dir, 'two-log');
    const two = [await start(log), await start(log)];
    await append(5);
    await Promise.all(two.map(({ sequencer }) => covered(sequencer, 5)));
    expect(two.filter(({ sequencer }) => sequencer.writing() !== undefined)).toHaveLength(1);
    const [writer, other] = two.toSorted((one) => (one.sequencer.writing() ? -1 : 1)) as [Started, Started];
    await writer.sequencer.close();
    await append(5);
    await covered(other.sequencer, 10);
    await other.sequencer.close();
    expect(await sizeOf(log)).toBe(10);
    expect(two.flatMap(({ errors }) => errors)).toEqual([]);
  });

  it('says what keeps it from going on: to who waits at once, to all when it has lasted', async () => {
    await anew('full');
    await append(1);
    let skewMs = 0;
    const clock = { ...systemClock, monotonicMs: () => systemClock.monotonicMs() + skewMs };
    const parts = await partsOf(join(dir, 'full-log'), { reach: undefined, onError: () => undefined });
    const full = new DomainError('exhausted', 'STORAGE_FULL', 'no space left');
    const sequencer = startSequencer({ ...parts, clock, tiles: () => Promise.reject(full) });
    await until(() => sequencer.failing() !== undefined);
    expect(sequencer.stuckOn()).toBeUndefined();
    skewMs = 30_000;
    expect(sequencer.stuckOn()).toBe('STORAGE_FULL: no space left');
    await sequencer.close();
  });

  it('is not held up by what once kept an instance from writing that another one writes for now', async () => {
    await anew('once');
    const log = join(dir, 'once-log');
    await append(2);
    const parts = await partsOf(log, { reach: undefined, onError: () => undefined });
    const tiles = () => Promise.reject(new DomainError('integrity', 'LOG_CORRUPT', 'as it was once'));
    const once = startSequencer({ ...parts, tiles });
    await until(() => once.failing() !== undefined);
    const { sequencer } = await start(log);
    await until(() => sequencer.writing() !== undefined && once.failing() === undefined);
    await covered(sequencer, 2);
    await once.close();
    await sequencer.close();
  });
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await systemClock.sleep(1);
}
