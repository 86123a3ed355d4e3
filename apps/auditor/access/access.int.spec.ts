import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { auditor as proto } from '#contracts';
import { decodeEnvelope } from '#contracts/stored';
import { openAuditorForTest, type OpenedAuditor } from '../testing/open-auditor.js';
import { writeRun } from '../testing/write-run.js';

let opened: OpenedAuditor;
let id: string;
beforeEach(async () => {
  opened = await openAuditorForTest();
  ({ id } = await writeRun(opened.engines, 'a'));
});
afterEach(() => opened.close());

const read = (more: Partial<proto.ReadHistoryRequest> = {}, options: object = {}) =>
  Array.fromAsync(
    opened.client.auditor.readHistory(
      {
        ...{ subject: '', namespace: '', asOf: undefined, types: [], limit: 0, follow: false },
        ...more,
      },
      options,
    ),
  );

async function recorded(): Promise<object[]> {
  const found: object[] = [];
  for await (const batch of opened.engines.eventStore.readAll({ kinds: ['access'] }))
    for (const { type, bytes } of batch) {
      const { metadata, data } = decodeEnvelope(bytes);
      const { at: _, ...rest } = data as { at: string };
      found.push({ type, actor: metadata.actor.id, ...rest });
    }
  return found;
}
const nobody = '00000000-0000-0000-0000-000000000000';
const somebody = '5e0ffb64-5f5f-5b5c-8c43-0d5a37b0a9a1';
const by = (actor: string) => ({ metadata: { 'holdfast-actor': actor } });

describe('who reads the trail', () => {
  it('is recorded by question and actor, before anything is given out, and not in the answer itself', async () => {
    expect(await read({ subject: id })).toHaveLength(6);
    expect(await read()).toHaveLength(7);
    await opened.client.auditor.explainWhy({ namespace: '', subject: id }, by(somebody));
    const moment = { moment: { $case: 'index', value: 2 } } as const;
    await opened.client.auditor.compareMoments({
      ...{ namespace: '', subject: id, before: moment, after: undefined },
    });
    const reading = { type: 'TrailRead', follows: false, coversMs: 600_000, actor: nobody };
    expect(await recorded()).toEqual([
      { ...reading, question: 'history', asked: { subject: id } },
      { ...reading, question: 'history', asked: {} },
      { ...reading, question: 'why', asked: { subject: id }, actor: somebody },
      { ...reading, question: 'moments', asked: { subject: id, from: '2' } },
    ]);
  });

  it('does not grow with how often somebody comes back for more of the same answer', async () => {
    for (let afterIndex = 0; afterIndex < 5; afterIndex++) await read({ afterIndex, limit: 1 });
    await read({ afterIndex: 3 }, by(somebody));
    expect(await recorded()).toHaveLength(2);
  });

  it('is told once of somebody who follows, who is given that record too', async () => {
    for await (const { event } of opened.client.auditor.readHistory({
      ...{ subject: '', namespace: '', asOf: undefined, types: [], limit: 0, follow: true },
    }))
      if (event?.type === 'TrailRead') break;
    expect(await recorded()).toMatchObject([{ follows: true }]);
  });

  it('is not recorded of what is refused', async () => {
    await expect(read({ subject: 'ffff' })).rejects.toMatchObject({ code: 'SUBJECT_NOT_FOUND' });
    await expect(read({ limit: -1 })).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
    expect(await recorded()).toEqual([]);
  });

  it('holds no more of a question than an event should', async () => {
    const types = Array.from({ length: 100 }, (_, i) => `T${i}${'x'.repeat(90)}`);
    await read({ types });
    expect(JSON.stringify(await recorded()).length).toBeLessThan(15_000);
    for (const type of ['Ada Lovelace', 'x'.repeat(101)])
      await expect(read({ types: [type] })).rejects.toMatchObject({ problems: [{ code: 'TYPE_INVALID' }] });
  });
});
