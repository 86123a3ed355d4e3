import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Subjects } from '../subjects.js';

/** A new, empty directory of one engine. */
export interface SubjectsUnderTest {
  readonly subjects: Subjects;
  /** Another client of the same directory. */
  connect(): Promise<Subjects>;
  dispose(): Promise<void>;
}

const ada = '00000000-0000-4000-8000-00000000000a';
const bob = '00000000-0000-4000-8000-00000000000b';

/** What every adapter must pass, whole. */
export function subjectsContract(engine: string, openUnderTest: () => Promise<SubjectsUnderTest>): void {
  describe(`subjects: ${engine}`, () => {
    let under: SubjectsUnderTest;
    let other: Subjects;
    beforeEach(async () => {
      under = await openUnderTest();
      other = await under.connect();
    });
    afterEach(async () => {
      await other.close();
      await under.dispose();
    });

    it('knows nobody at first, and does not make anybody up by being asked', async () => {
      for (let twice = 0; twice < 2; twice++) {
        expect(await under.subjects.find(ada)).toEqual({ subject: ada, erased: false });
        expect(await under.subjects.findKey(ada)).toBeUndefined();
        expect(await under.subjects.named('Ada')).toEqual([]);
      }
    });

    it('gives one key a person to all who ask at once', async () => {
      const asked = [under.subjects, other, under.subjects, other].map((each) => each.keyOf(ada));
      const keys = (await Promise.all(asked)).map((key) => Buffer.from(key).toString('hex'));
      expect(new Set(keys).size).toBe(1);
      expect(keys[0]).toMatch(/^[0-9a-f]{64}$/);
      expect(Buffer.from((await other.findKey(ada)) as Uint8Array).toString('hex')).toBe(keys[0]);
      expect(Buffer.from(await other.keyOf(bob)).toString('hex')).not.toBe(keys[0]);
    });

    it('names people, corrects a name, and finds all who share one', async () => {
      await under.subjects.setName(ada, 'Ada Byron');
      await under.subjects.setName(ada, 'Ada Lovelace');
      expect(await other.find(ada)).toEqual({ subject: ada, name: 'Ada Lovelace', erased: false });
      await other.setName(bob, 'Ada Lovelace');
      expect(await under.subjects.named('Ada Lovelace')).toEqual([ada, bob]);
      expect(await under.subjects.named('Ada Byron')).toEqual([]);
    });

    it('forgets name and key for good, and nobody else', async () => {
      const { subjects } = under;
      for (const each of [ada, bob]) {
        await subjects.setName(each, 'Somebody');
        await subjects.keyOf(each);
      }
      expect(await other.erase(ada)).toBe(true);
      expect(await subjects.erase(ada)).toBe(false);
      expect(await subjects.find(ada)).toEqual({ subject: ada, erased: true });
      expect(await subjects.findKey(ada)).toBeUndefined();
      for (const again of [subjects.keyOf(ada), other.setName(ada, 'Back')])
        await expect(again).rejects.toMatchObject({ kind: 'rule', code: 'SUBJECT_ERASED' });
      expect(await other.named('Somebody')).toEqual([bob]);
      expect(await other.findKey(bob)).toHaveLength(32);
    });

    it('is not outrun: a key asked for while its person is erased opens nothing afterwards', async () => {
      const asked = [other.keyOf(ada), under.subjects.keyOf(ada), other.setName(ada, 'Late')];
      await Promise.all([under.subjects.erase(ada), ...asked.map((each) => each.catch(() => undefined))]);
      expect(await under.subjects.findKey(ada)).toBeUndefined();
      expect(await other.find(ada)).toEqual({ subject: ada, erased: true });
    });

    it('carries people over from another directory: key, name, and that somebody was erased', async () => {
      const { subjects } = under;
      const cora = '00000000-0000-4000-8000-00000000000c';
      const key = new Uint8Array(32).fill(7);
      const carried = { subject: ada, name: 'Ada', key, erased: false };
      await subjects.setName(cora, 'Cora');
      for (const again of [subjects, other]) {
        await again.take(carried);
        await again.take({ subject: bob, erased: true });
        await again.take({ subject: cora, name: 'Another', erased: false });
      }
      expect(Buffer.from(await other.keyOf(ada)).equals(key)).toBe(true);
      const found = await Promise.all([ada, bob, cora].map((each) => other.find(each)));
      expect(found.map(({ name, erased }) => name ?? erased)).toEqual(['Ada', true, 'Cora']);
      expect((await Array.fromAsync(other.all())).flat()).toEqual([ada, bob, cora]);
      const different = other.take({ ...carried, key: new Uint8Array(32).fill(8) });
      await expect(different).rejects.toMatchObject({ kind: 'rule', code: 'KEY_DIFFERENT' });
      await subjects.erase(ada);
      await other.take(carried);
      expect(await subjects.findKey(ada)).toBeUndefined();
      expect(await subjects.find(ada)).toEqual({ subject: ada, erased: true });
    });

    it.each(['', '..', 'ada', `${ada}/..`, ada.toUpperCase()])('takes %j for no pseudonym', async (wrong) => {
      const { subjects } = under;
      for (const tried of [subjects.keyOf(wrong), subjects.findKey(wrong), subjects.erase(wrong)])
        await expect(tried).rejects.toMatchObject({ kind: 'invalid', code: 'SUBJECT_INVALID' });
    });

    it.each(['', ' Ada', 'A\nB', 'x'.repeat(201)])('takes %j for no name', async (wrong) => {
      await expect(under.subjects.setName(ada, wrong)).rejects.toMatchObject({ code: 'NAME_INVALID' });
    });
  });
}
