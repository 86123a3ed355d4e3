import { describe, expect, it } from '@jest/globals';
import type { Digest } from '#kernel';
import { digestBytes } from '#evidence';
import type { ArtifactStore } from '#artifact-store';
import type { scheduler } from '#contracts';
import type { StepDocument } from './run.projection.js';
import { openShownOutput, type Showing } from './shown-output.js';

const whole = 'one two three four';
const digest = digestBytes(Buffer.from(whole));
const nothing = { digest: digestBytes(Buffer.alloc(0)), sizeBytes: 0 };
const step = {
  ...{ step: 'train', fold: null, epoch: 2 },
  ...{ stdout: { digest, sizeBytes: whole.length }, stderr: nothing },
} as unknown as StepDocument;
const artifacts = {
  async *get(of: Digest, { offset = 0, length }: { offset?: number; length?: number } = {}) {
    expect(of).toBe(digest);
    yield await Promise.resolve(
      Buffer.from(whole).subarray(offset, length === undefined ? undefined : offset + length),
    );
  },
} as unknown as ArtifactStore;

const open = (showing: Partial<Showing> = {}) =>
  openShownOutput(artifacts, { epoch: 2, had: [], sinceItBegan: false, ...showing });
const at = (offset: number | undefined, text: string): scheduler.TailLogsResponse => ({
  ...{ step: 'train', fold: undefined, channel: 'stdout', epoch: 0, data: Buffer.from(text) },
  ...(offset === undefined ? {} : { offset }),
});
const had = (from: number, to: number): scheduler.LogRange => ({
  ...{ step: 'train', fold: undefined, channel: 'stdout', epoch: 2, from, to },
});
const told = (pieces: readonly scheduler.TailLogsResponse[]) =>
  pieces.map(({ offset, epoch, data }) => [offset, String(data), epoch]);
const rest = async (shown: ReturnType<typeof open>) =>
  told(await Array.fromAsync(shown.rest(step, new AbortController().signal)));

describe('output that is shown as it is written', () => {
  it('comes once, however often the bus delivers it, and what was lost comes at the end', async () => {
    const shown = open({ sinceItBegan: true });
    const pieces = [at(4, 'two '), at(4, 'two '), at(6, 'o thr'), at(14, 'four')];
    expect(told(pieces.flatMap((piece) => shown.show(piece) ?? []))).toEqual([
      [4, 'two ', 2],
      [8, 'thr', 2],
      [14, 'four', 2],
    ]);
    expect(await rest(shown)).toEqual([
      [0, 'one ', 2],
      [11, 'ee ', 2],
    ]);
    expect(shown.show(at(18, 'late'))).toBeUndefined();
  });

  it('begins where somebody came in the middle', async () => {
    const shown = open();
    shown.show(at(4, 'two '));
    expect(await rest(shown)).toEqual([[8, 'three four', 2]]);
  });

  it('goes on behind what an earlier call showed, and what came meanwhile is not left out', async () => {
    const again = open({ had: [had(4, 6), had(5, 8)] });
    again.show(at(14, 'fo'));
    expect(await rest(again)).toEqual([
      [8, 'three ', 2],
      [16, 'ur', 2],
    ]);
    const silentBefore = open({ had: [{ ...had(0, 3), step: 'other' }] });
    silentBefore.show(at(14, 'four'));
    expect(await rest(silentBefore)).toEqual([[0, 'one two three ', 2]]);
    expect(await rest(open({ had: [had(0, 18)] }))).toEqual([]);
  });

  it('is not pieced together where it is not what was kept', async () => {
    for (const pieces of [[at(4, 'TWO ')], [at(10, 'beyond its end')], [at(undefined, 'two')]]) {
      const shown = open({ sinceItBegan: true });
      for (const piece of pieces) shown.show(piece);
      expect(await rest(shown)).toEqual([]);
    }
    const untold = open();
    untold.show(at(undefined, 'one'));
    untold.show(at(undefined, ' two'));
    expect(await rest(untold)).toEqual([[7, ' three four', 2]]);
  });

  it('takes no more than so many parts of a channel from the bus', () => {
    const shown = open();
    for (let i = 0; i < 2_000; i++) shown.show(at(2 * i, 'x'));
    expect(shown.show(at(5_000, 'x'))).toBeUndefined();
  });
});
