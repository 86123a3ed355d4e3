import { expect, it } from '@jest/globals';
import { DomainError, systemClock, type Digest } from '#kernel';
import { digestBytes } from '#evidence';
import type { ArtifactStore, PutOptions } from '#artifact-store';
import { rememberingStore } from './remembering-store.js';

const [bytes, other] = [Uint8Array.of(1), Uint8Array.of(2)];

/** A store that says what it was asked. */
function opened(settle: () => Promise<void> = () => Promise.resolve()) {
  const asked: string[] = [];
  const store = {
    put(given: Uint8Array, { settleLater }: PutOptions = {}) {
      asked.push(`put ${given.length} ${settleLater ? 'later' : 'now'}`);
      return Promise.resolve({ digest: digestBytes(given), sizeBytes: given.length });
    },
    read(digest: Digest) {
      asked.push(`read ${digest.slice(7, 11)}`);
      return Promise.resolve(bytes);
    },
    settle,
  } as Partial<ArtifactStore> as ArtifactStore;
  return { asked, remembering: rememberingStore(store, systemClock) };
}

it('what was put or read a moment ago is not put or read again', async () => {
  const { asked, remembering } = opened();
  const digest = digestBytes(bytes);
  for (let i = 0; i < 2; i++) {
    expect(await remembering.put(bytes, { settleLater: true })).toEqual({ digest, sizeBytes: 1 });
    expect(await remembering.read(digest)).toEqual(bytes);
  }
  expect(asked).toEqual(['put 1 later', `read ${digest.slice(7, 11)}`]);
});

it('what is large, may be too large or is to be something else goes to the store each time', async () => {
  const { asked, remembering } = opened();
  const large = new Uint8Array(2 ** 16 + 1);
  for (let i = 0; i < 2; i++) {
    await remembering.put(large);
    await remembering.put(bytes, { maxBytes: 0 });
    await remembering.put(bytes, { expected: digestBytes(other) });
  }
  expect(asked).toHaveLength(6);
});

it('what did not settle is put again', async () => {
  const full = new DomainError('exhausted', 'STORAGE_FULL', 'the disk is full');
  const { asked, remembering } = opened(() => Promise.reject(full));
  await remembering.put(bytes, { settleLater: true });
  await expect(remembering.settle()).rejects.toBe(full);
  await remembering.put(bytes, { settleLater: true });
  expect(asked).toHaveLength(2);
});
