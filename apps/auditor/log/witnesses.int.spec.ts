import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { systemClock } from '#kernel';
import {
  cosign,
  encodeTile,
  formatCheckpoint,
  formatVerifierKey,
  merkleLeafHash,
  merkleRoot,
  openCheckpoint,
  parseVerifierKey,
  signNote,
  type ReadTile,
  type Signer,
} from '#evidence';
import { openSigner } from '#key-store';
import { startWitness, type TestWitness } from './testing/witness.js';
import { openWitnesses, parseWitnesses } from './witnesses.js';

const key = (name: string, fill: number): Promise<Signer> =>
  openSigner('env:K', { origin: name, env: { K: Buffer.alloc(32, fill).toString('base64') } });
const leaves = (name: string) =>
  Array.from({ length: 200 }, (_, i) => merkleLeafHash(Buffer.from(`${name} ${i}`)));
const logOf =
  (hashes: readonly Uint8Array[]): ReadTile =>
  ({ index, width }) =>
    Promise.resolve(encodeTile(hashes.slice(index * 256, index * 256 + width)));

const hashes = leaves('entry');
let log: Signer;
let two: TestWitness[];
beforeEach(async () => {
  log = await key('lab.example/log', 1);
  const logKey = parseVerifierKey(formatVerifierKey(log.keyName, log.publicKey));
  two = [
    await startWitness(await key('witness.example/a', 2), logKey),
    await startWitness(await key('witness.example/b', 3), logKey),
  ];
});
afterEach(async () => {
  await Promise.all(two.map((each) => each.close()));
});

const checkpointOf = (size: number, of = hashes, by = log) =>
  signNote(formatCheckpoint({ origin: by.keyName, size, root: merkleRoot(of.slice(0, size)) }), [by]);

function asking(errors: unknown[] = []) {
  const witnesses = parseWitnesses(two.map(({ setting }) => setting).join(', '));
  const ask = openWitnesses({ witnesses, clock: systemClock, onError: (error) => errors.push(error) });
  return { witnesses, ask };
}

describe('witnesses (C2SP tlog-witness)', () => {
  it('cosign a log that grows, each from where it was', async () => {
    const { witnesses, ask } = asking();
    for (const size of [1, 7, 7, 130, 200]) {
      const note = await checkpointOf(size);
      const lines = await ask(note, size, logOf(hashes));
      const own = parseVerifierKey(formatVerifierKey(log.keyName, log.publicKey));
      const policy = { keys: [own], witnesses: witnesses.map((each) => each.key), witnessesNeeded: 2 };
      expect(
        openCheckpoint(note + lines.map((line) => `${line}\n`).join(''), policy).witnessedBy,
      ).toHaveLength(2);
    }
    expect(two[0]?.answers).toEqual([200, 200, 200, 200, 200]);
  });

  it('are asked from what they know by a log that has forgotten', async () => {
    await asking().ask(await checkpointOf(50), 50, logOf(hashes));
    expect(await asking().ask(await checkpointOf(60), 60, logOf(hashes))).toHaveLength(2);
    expect(two[0]?.answers).toEqual([200, 409, 200]);
  });

  it('refuse a fork and a rollback, and are heard', async () => {
    await asking().ask(await checkpointOf(50), 50, logOf(hashes));
    const other = leaves('other');
    for (const size of [60, 50, 40]) {
      const errors: unknown[] = [];
      expect(await asking(errors).ask(await checkpointOf(size, other), size, logOf(other))).toEqual([]);
      expect(errors).toMatchObject(Array(2).fill({ kind: 'integrity', code: 'WITNESS_REFUSED' }));
    }
    expect(two.map(({ latest }) => latest?.size)).toEqual([50, 50]);
  });

  it('that are away or strange stop nothing, and are left alone for a while', async () => {
    const errors: unknown[] = [];
    const { ask } = asking(errors);
    await two[0]?.close();
    const lines = await ask(await checkpointOf(3), 3, logOf(hashes));
    expect(lines).toHaveLength(1);
    expect(await ask(await checkpointOf(4), 4, logOf(hashes))).toHaveLength(1);
    expect(errors).toMatchObject([{ code: 'WITNESS_AWAY' }]);
    two = two.slice(1);
    const stranger = await key('lab.example/log', 9);
    expect(await ask(await checkpointOf(5, hashes, stranger), 5, logOf(hashes))).toEqual([]);
    expect(errors).toMatchObject([
      { code: 'WITNESS_AWAY' },
      { kind: 'unavailable', code: 'WITNESS_REFUSED' },
    ]);
  });

  it('that are slow are not waited for, and what others have signed among their lines is not taken', async () => {
    const errors: unknown[] = [];
    const clock = { ...systemClock, after: (_ms: number, then: () => void) => systemClock.after(100, then) };
    const witnesses = parseWitnesses(two.map(({ setting }) => setting).join(','));
    const [slow] = witnesses;
    const stranger = await key('witness.example/b', 9);
    const ask = openWitnesses({
      ...{ witnesses, clock, onError: (error) => errors.push(error) },
      async fetch(url, init) {
        if (String(url).startsWith(slow?.url ?? '')) await once(init?.signal as AbortSignal, 'abort');
        const answer = await fetch(url, init);
        const note = String(init?.body);
        const text = note.slice(note.indexOf('\n\n') + 2, note.lastIndexOf('\n\n') + 1);
        return new Response(`${await cosign(text, 1_800_000_000, stranger)}\n${await answer.text()}`);
      },
    });
    const note = await checkpointOf(9);
    const lines = await ask(note, 9, logOf(hashes));
    expect(lines).toHaveLength(1);
    expect(errors).toMatchObject([{ code: 'WITNESS_AWAY' }]);
    const own = parseVerifierKey(formatVerifierKey(log.keyName, log.publicKey));
    const keys = { keys: [own], witnesses: witnesses.map((each) => each.key) };
    expect(openCheckpoint(`${note}${lines[0]}\n`, { ...keys, witnessesNeeded: 1 }).witnessedBy).toHaveLength(
      1,
    );
    expect(() => openCheckpoint(`${note}${lines[0]}\n`, { ...keys, witnessesNeeded: 2 })).toThrow('needed');
  });

  it.each(['', 'a b c', 'https://w.example', 'w+00000000+BAAA https://w.example'])(
    'are not chosen by %j',
    (text) => {
      expect(() => parseWitnesses(text)).toThrow(
        expect.objectContaining({ kind: 'invalid' }) as unknown as Error,
      );
    },
  );
});
