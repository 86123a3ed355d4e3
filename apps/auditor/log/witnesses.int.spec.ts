import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { systemClock } from '#kernel';
import {
  consistencyProof,
  cosign,
  encodeBase64,
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

/** What `add-checkpoint` of https://c2sp.org/tlog-witness says that a witness answers; the one of these tests must. */
describe('a witness', () => {
  const post = async (body: string) => {
    const url = two[0]?.setting.split(' ')[1] ?? '';
    const answer = await fetch(`${url}add-checkpoint`, { method: 'POST', body });
    const type = answer.headers.get('content-type');
    return { status: answer.status, type, text: await answer.text() };
  };
  const request = (old: number, note: string, proof: readonly Uint8Array[] = []) =>
    `old ${old}\n${proof.map((hash) => `${encodeBase64(hash)}\n`).join('')}\n${note}`;
  const proofOf = (from: number, to: number) => consistencyProof(hashes.slice(0, to), from);

  it('answers as the specification has it', async () => {
    expect(await post(request(0, await checkpointOf(5)))).toMatchObject({ status: 200 });
    const stranger = await key('lab.example/log', 9);
    const elsewhere = await key('lab.example/other', 1);
    const cases: readonly (readonly [status: number, body: string])[] = [
      [404, request(5, await checkpointOf(9, hashes, elsewhere), proofOf(5, 9))],
      [403, request(5, await checkpointOf(9, hashes, stranger), proofOf(5, 9))],
      [400, request(10, await checkpointOf(9))],
      [400, `old 05\n\n${await checkpointOf(9)}`],
      [
        400,
        request(
          5,
          await checkpointOf(9),
          Array.from({ length: 64 }, () => new Uint8Array(32)),
        ),
      ],
      [422, request(5, await checkpointOf(9))],
      [422, request(5, await checkpointOf(9), [...proofOf(5, 9)].reverse())],
      [409, request(5, await checkpointOf(5, leaves('other')))],
    ];
    for (const [status, body] of cases) expect((await post(body)).status).toBe(status);
    expect(await post(request(3, await checkpointOf(9), proofOf(3, 9)))).toEqual({
      ...{ status: 409, type: 'text/x.tlog.size', text: '5\n' },
    });
    const grown = await post(request(5, await checkpointOf(9), proofOf(5, 9)));
    expect(grown).toMatchObject({
      status: 200,
      text: expect.stringMatching(/^— witness\.example\/a \S+\n$/),
    });
    expect(await post(request(9, await checkpointOf(9)))).toMatchObject({ status: 200 });
  });
});

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
    await two.shift()?.close();
    const lines = await ask(await checkpointOf(3), 3, logOf(hashes));
    expect(lines).toHaveLength(1);
    expect(await ask(await checkpointOf(4), 4, logOf(hashes))).toHaveLength(1);
    expect(errors).toMatchObject([{ code: 'WITNESS_AWAY' }]);
    const stranger = await key('lab.example/log', 9);
    expect(await ask(await checkpointOf(5, hashes, stranger), 5, logOf(hashes))).toEqual([]);
    expect(errors).toMatchObject([
      { code: 'WITNESS_AWAY' },
      { kind: 'unavailable', code: 'WITNESS_REFUSED' },
    ]);
  });

  it('that are slow are not waited for, and what others have signed among their lines is not taken', async () => {
    const errors: unknown[] = [];
    /** The time of nobody runs out by itself. */
    const timers: (() => void)[] = [];
    const clock = { ...systemClock, after: (_ms: number, end: () => void) => (timers.push(end), () => {}) };
    const witnesses = parseWitnesses(two.map(({ setting }) => setting).join(','));
    const [slow] = witnesses;
    const stranger = await key('witness.example/b', 9);
    const ask = openWitnesses({
      ...{ witnesses, clock, onError: (error) => errors.push(error) },
      async fetch(url, init) {
        if (String(url).startsWith(slow?.url ?? '')) {
          const given = once(init?.signal as AbortSignal, 'abort');
          timers.at(-1)?.();
          await given;
        }
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

  it('that cosign another tree than they were asked for, or too much, are not believed', async () => {
    const witnesses = parseWitnesses(two.map(({ setting }) => setting).join(','));
    const liar = await key('witness.example/a', 2);
    const other = (await checkpointOf(9, leaves('other'))).split('\n\n')[0];
    const lies = [`${await cosign(`${other}\n`, 1_800_000_000, liar)}\n`, 'x'.repeat(1 << 20), '— a b\n'];
    for (const lie of lies) {
      const errors: unknown[] = [];
      const ask = openWitnesses({
        ...{ witnesses: witnesses.slice(0, 1), clock: systemClock, onError: (error) => errors.push(error) },
        fetch: () => Promise.resolve(new Response(lie)),
      });
      expect(await ask(await checkpointOf(9), 9, logOf(hashes))).toEqual([]);
      expect(errors).toHaveLength(1);
    }
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
