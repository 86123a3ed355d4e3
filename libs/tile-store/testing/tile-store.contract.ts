import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { maxFileBytes, type TileStore } from '../index.js';

/** A new, empty store of one engine. */
export interface TileStoreUnderTest {
  readonly store: TileStore;
  /** Another client of the same files. */
  connect(): Promise<TileStore>;
  dispose(): Promise<void>;
}

const bytes = (text: string): Uint8Array => Buffer.from(text);
const textOf = (found: Uint8Array | undefined): string | undefined => found && Buffer.from(found).toString();

/** What every adapter must pass, whole. */
export function tileStoreContract(engine: string, openUnderTest: () => Promise<TileStoreUnderTest>): void {
  describe(`tile store: ${engine}`, () => {
    let under: TileStoreUnderTest;
    beforeEach(async () => {
      under = await openUnderTest();
    });
    afterEach(() => under.dispose());

    it('has nothing at first', async () => {
      const { store } = under;
      expect(await store.read('checkpoint')).toBeUndefined();
      expect(await store.read('tile/0/000')).toBeUndefined();
      expect(await store.list('checkpoints')).toEqual([]);
      await store.remove('tile/0/000.p');
    });

    it('gives back what was written, to every client', async () => {
      const { store } = under;
      const all = Uint8Array.from({ length: 8192 }, (_, i) => i % 256);
      await store.write([
        { path: 'tile/0/x001/234.p/17', bytes: bytes('partial') },
        { path: 'tile/0/x001/234', bytes: all },
        { path: 'checkpoints/256', bytes: new Uint8Array() },
      ]);
      const other = await under.connect();
      expect(textOf(await other.read('tile/0/x001/234.p/17'))).toBe('partial');
      expect(Buffer.compare((await other.read('tile/0/x001/234')) as Uint8Array, all)).toBe(0);
      expect(await other.read('checkpoints/256')).toHaveLength(0);
      await other.close();
    });

    it('replaces what it writes again', async () => {
      const { store } = under;
      for (const text of ['longer than the next', 'next'])
        await store.write([{ path: 'tile/entries/000.p/1', bytes: bytes(text) }]);
      expect(textOf(await store.read('tile/entries/000.p/1'))).toBe('next');
    });

    it('replaces a file only as it was known', async () => {
      const { store } = under;
      const other = await under.connect();
      await store.replace('checkpoint', bytes('one'), undefined);
      await other.replace('checkpoint', bytes('two'), bytes('one'));
      for (const before of [undefined, bytes('one'), bytes('tw')])
        await expect(store.replace('checkpoint', bytes('three'), before)).rejects.toMatchObject({
          kind: 'conflict',
          code: 'LOG_FILE_CHANGED',
        });
      expect(textOf(await store.read('checkpoint'))).toBe('two');
      await expect(store.replace('other', bytes('x'), bytes('y'))).rejects.toMatchObject({
        code: 'LOG_FILE_CHANGED',
      });
      await other.close();
    });

    it('lets one of several through who replace the same file at once', async () => {
      const others = await Promise.all(Array.from({ length: 4 }, () => under.connect()));
      for (let round = 0, before: Uint8Array | undefined; round < 5; round++) {
        const replaced = await Promise.allSettled(
          others.map((other, i) => other.replace('checkpoint', bytes(`${round} by ${i}`), before)),
        );
        const won = replaced.flatMap(({ status }, i) => (status === 'fulfilled' ? [i] : []));
        expect(won).toHaveLength(1);
        before = await under.store.read('checkpoint');
        expect(textOf(before)).toBe(`${round} by ${won[0]}`);
      }
      await Promise.all(others.map((other) => other.close()));
    });

    it('lists the files of a folder, and removes files and folders', async () => {
      const { store } = under;
      const paths = [
        'checkpoints/1',
        'checkpoints/20',
        'checkpoints/300',
        'tile/0/000.p/1',
        'tile/0/000.p/2',
        'tile/0/000',
      ];
      await store.write(paths.map((path) => ({ path, bytes: bytes(path) })));
      expect([...(await store.list('checkpoints'))].sort()).toEqual(['1', '20', '300']);
      expect(await store.list('tile/0')).toEqual(['000']);
      await store.remove('checkpoints/20');
      await store.remove('tile/0/000.p');
      expect([...(await store.list('checkpoints'))].sort()).toEqual(['1', '300']);
      expect([await store.read('tile/0/000.p/1'), textOf(await store.read('tile/0/000'))]).toEqual([
        undefined,
        'tile/0/000',
      ]);
    });

    it.each([
      '',
      '/etc/passwd',
      '../checkpoint',
      'tile/../../x',
      'tile//0',
      '.new/x',
      'a\\b',
      'tile/0\0',
      'x'.repeat(201),
    ])('knows no path %j', async (path) => {
      const { store } = under;
      for (const call of [
        () => store.read(path),
        () => store.write([{ path, bytes: bytes('') }]),
        () => store.remove(path),
        () => store.list(path),
      ])
        await expect(call()).rejects.toMatchObject({ kind: 'invalid', code: 'LOG_PATH_INVALID' });
    });

    it('does not take what is far too long for a file of the log', async () => {
      const { store } = under;
      await store.write([{ path: 'tile/0/000', bytes: new Uint8Array(maxFileBytes + 1) }]);
      await expect(store.read('tile/0/000')).rejects.toMatchObject({
        kind: 'integrity',
        code: 'LOG_FILE_TOO_LONG',
      });
    });
  });
}
