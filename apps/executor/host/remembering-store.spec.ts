import { expect, it } from '@jest/globals';
import { systemClock } from '#kernel';
import { digestBytes } from '#evidence';
import type { ArtifactStore } from '#artifact-store';
import { rememberingStore } from './remembering-store.js';

it('what was read a moment ago is not read again, and what is put is put', async () => {
  const bytes = Uint8Array.of(1);
  const digest = digestBytes(bytes);
  const asked: string[] = [];
  const store = {
    put: () => Promise.resolve({ digest, sizeBytes: asked.push('put') }),
    read: () => Promise.resolve(asked.push('read')).then(() => bytes),
  } as Partial<ArtifactStore> as ArtifactStore;
  const remembering = rememberingStore(store, systemClock);
  for (let i = 0; i < 2; i++) {
    await remembering.put(bytes);
    expect(await remembering.read(digest)).toEqual(bytes);
  }
  expect(asked).toEqual(['put', 'read', 'put']);
});
