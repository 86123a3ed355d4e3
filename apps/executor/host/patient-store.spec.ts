import { describe, expect, it } from '@jest/globals';
import { DomainError, systemClock, type Clock, type Digest } from '#kernel';
import type { ArtifactStore } from '#artifact-store';
import { patientStore } from './patient-store.js';

const away = () => new DomainError('unavailable', 'STORAGE_UNREACHABLE', 'it does not answer');
const digest = `sha256:${'a'.repeat(64)}` as Digest;

/** Time that passes as soon as somebody waits for it. */
function quickClock(): Clock {
  let nowMs = 0;
  return { ...systemClock, monotonicMs: () => nowMs, sleep: async (ms) => void (nowMs += ms) };
}

/** Answers after so many failures. */
const store = (failures: number, answers: Partial<ArtifactStore>) => {
  let left = failures;
  const asked: string[] = [];
  const failing = Object.fromEntries(
    Object.entries(answers).map(([name, answer]) => [
      name,
      (...given: unknown[]) => {
        asked.push(name);
        if (left-- > 0) return Promise.reject(away());
        return (answer as (...given: unknown[]) => unknown)(...given);
      },
    ]),
  );
  return { store: failing as unknown as ArtifactStore, asked };
};
const never = new AbortController().signal;

describe('an artifact store that does not answer', () => {
  it('is asked again until it does', async () => {
    const { store: flaky, asked } = store(5, { read: () => Promise.resolve(Uint8Array.of(1)) });
    expect(await patientStore(flaky, quickClock(), never).read(digest)).toEqual(Uint8Array.of(1));
    expect(asked).toHaveLength(6);
  });

  it('is given up after two minutes, at once when nobody is to wait, and for any other reason', async () => {
    const { store: silent, asked } = store(Infinity, { putFile: () => Promise.reject(away()) });
    const unreachable = { code: 'STORAGE_UNREACHABLE' };
    await expect(patientStore(silent, quickClock(), never).putFile('x')).rejects.toMatchObject(unreachable);
    expect(asked.length).toBeGreaterThan(60);
    asked.length = 0;
    const enough = AbortSignal.abort();
    await expect(patientStore(silent, quickClock(), enough).putFile('x')).rejects.toMatchObject(unreachable);
    const full = new DomainError('exhausted', 'STORAGE_FULL', 'full');
    const { store: fails } = store(0, { putFile: () => Promise.reject(full) });
    await expect(patientStore(fails, quickClock(), never).putFile('x')).rejects.toBe(full);
    expect(asked).toHaveLength(1);
  });

  it('gives a blob whose reading broke off from where it was', async () => {
    let reads = 0;
    const broken = {
      async *get() {
        const pieces = [[1, 2], [3], [4, 5, 6]].map((bytes) => Uint8Array.from(bytes));
        const most = reads++;
        for (const [i, piece] of pieces.entries()) {
          if (i === most) throw away();
          yield piece;
          await Promise.resolve();
        }
      },
    } as unknown as ArtifactStore;
    const read = await Array.fromAsync(patientStore(broken, quickClock(), never).get(digest));
    expect(Buffer.concat(read)).toEqual(Buffer.of(1, 2, 3, 4, 5, 6));
    expect(reads).toBe(4);
  });

  it('is not sent a stream of bytes again', async () => {
    const { store: flaky, asked } = store(1, { put: () => Promise.resolve({ digest }) as never });
    const patient = patientStore(flaky, quickClock(), never);
    const stream = (async function* () {
      yield Uint8Array.of(await Promise.resolve(1));
    })();
    await expect(patient.put(stream)).rejects.toMatchObject({ code: 'STORAGE_UNREACHABLE' });
    await patient.put(Uint8Array.of(1));
    expect(asked).toHaveLength(2);
  });
});
