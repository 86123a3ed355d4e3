import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { DomainError } from '#kernel';
import type { auditor } from '#contracts';
import { answering, stream } from '../testing/answering.js';
import { followed } from './history.js';
import { logs } from './logs.js';

const lost = () => new DomainError('unavailable', 'GONE', 'it is gone');

async function* until<T>(error: Error, ...messages: readonly T[]): AsyncGenerator<T, void> {
  yield* stream(...messages);
  throw error;
}

describe('a history that is followed', () => {
  const request = {
    ...{ subject: 'last', namespace: '', asOf: undefined, types: [], limit: 3, follow: true },
  } as unknown as auditor.ReadHistoryRequest;
  const event = (index: number) => ({ event: { index } });

  it('goes on behind the last event when the connection was lost, with the same run', async () => {
    const asked: object[] = [];
    const answers = [until(lost(), event(4), event(7)), until(lost()), stream(event(9), event(11))];
    const { session } = answering({
      scheduler: { getRun: () => Promise.resolve({ run: { id: '3f0e' } }) },
      auditor: { readHistory: (of: object) => (asked.push({ ...of }), answers.shift()) },
    });
    const indexes = (await Array.fromAsync(followed(session, request))).map(({ event: of }) => of?.index);
    expect(indexes).toEqual([4, 7, 9]);
    expect(asked).toMatchObject([
      { subject: 'run-3f0e', limit: 3 },
      { subject: 'run-3f0e', afterIndex: 7, limit: 1 },
      { subject: 'run-3f0e', afterIndex: 7, limit: 1 },
    ]);
    const { session: refused } = answering({
      scheduler: { getRun: () => Promise.resolve({ run: { id: '3f0e' } }) },
      auditor: { readHistory: () => until(new DomainError('not-found', 'NOTHING', 'nothing')) },
    });
    await expect(Array.fromAsync(followed(refused, request))).rejects.toThrow('nothing');
  });
});

describe('logs that are followed', () => {
  const run = { id: '3f0e', status: 'RUN_STATUS_RUNNING', steps: [], stepsTotal: 2 };
  const piece = (step: string, fold: number, channel: string, data: Buffer) => ({
    step,
    fold,
    channel,
    data,
  });
  const é = Buffer.from('é\n');
  const serving = (tail: () => AsyncIterable<unknown>) => ({
    scheduler: { getRun: () => Promise.resolve({ run }), tailLogs: tail },
  });

  it('are of the steps, folds and channels that were asked for, in the form that was', async () => {
    const tail = () =>
      stream(
        piece('train', 1, 'stdout', é.subarray(0, 1)),
        piece('train', 0, 'stdout', Buffer.from('other\n')),
        piece('train', 1, 'stderr', Buffer.from('other\n')),
        piece('train', 1, 'stdout', é.subarray(1)),
      );
    const { session, said } = answering(serving(tail), 'jsonl');
    expect(await logs(session, ['3f0e'], { follow: true, step: 'train', fold: '1', stdout: true })).toBe(0);
    expect(JSON.parse(said().out)).toEqual({ step: 'train', fold: 1, channel: 'stdout', line: 'é' });
  });

  it.each(['json', 'yaml'] as const)('are one document in %s', async (format) => {
    const lines = piece('train', 1, 'stdout', Buffer.from('a: 1\n- b\n'));
    for (const [tail, expected] of [
      [() => stream(lines), ['a: 1', '- b']],
      [() => stream<typeof lines>(), []],
    ] as const) {
      const { session, said } = answering(serving(tail), format);
      expect(await logs(session, ['3f0e'], { follow: true })).toBe(0);
      expect(parse(said().out)).toEqual(
        expected.map((line) => ({ step: 'train', fold: 1, channel: 'stdout', line })),
      );
    }
    const { session, said } = answering(
      serving(() => until(lost(), { ...lines, step: 'other' })),
      format,
    );
    await expect(logs(session, ['3f0e'], { follow: true, step: 'train' })).rejects.toThrow('it is gone');
    expect(said().out).toBe('');
  });

  it('go on behind what was shown when the connection was lost', async () => {
    const at = (offset: number, text: string, epoch = 1) => ({
      ...piece('train', 1, 'stdout', Buffer.from(text)),
      ...{ offset, epoch },
    });
    const asked: object[] = [];
    const answers = [
      until(lost(), at(4, 'lo '), at(7, 'wor')),
      until(lost()),
      stream(at(10, 'ld\n'), at(0, 'lo\n', 2)),
    ];
    const tail = (request: { readonly shown: readonly object[] }) => (
      asked.push(structuredClone(request.shown)),
      answers.shift() as AsyncIterable<unknown>
    );
    const { session, said } = answering(serving(tail as () => AsyncIterable<unknown>));
    expect(await logs(session, ['3f0e'], { follow: true })).toBe(0);
    expect(said()).toEqual({
      out: 'train[1] |  lo world\ntrain[1] |  lo\n',
      notes: 'attempt 2 begins anew\n',
    });
    const had = { step: 'train', fold: 1, channel: 'stdout', epoch: 1, from: 4, to: 10 };
    expect(asked).toEqual([[], [had], [had]]);
  });

  it('are not taken for whole when the connection was lost and nothing says where they stood', async () => {
    const { session, said } = answering(serving(() => until(lost(), piece('train', 1, 'stdout', é))));
    await expect(logs(session, ['3f0e'], { follow: true })).rejects.toThrow('it is gone');
    expect(said().out).toBe('train[1] |  é\n');
  });
});
