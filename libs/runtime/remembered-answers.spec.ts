import { expect, it } from '@jest/globals';
import { rememberAnswers } from './remembered-answers.js';

it('an answer stands until what it was read from changes, and is asked for once', async () => {
  let source: object | undefined = {};
  const asked: string[] = [];
  const answers = rememberAnswers<string>(() => source);
  const ask = (question: string, size = 1) =>
    answers.of(question, () => {
      asked.push(question);
      return Promise.resolve(Array.from({ length: size }, () => question));
    });
  const [one, other] = await Promise.all([ask('a'), ask('a'), ask('b')]);
  one.push('changed by who asked');
  expect([other, await ask('a'), asked]).toEqual([['a'], ['a'], ['a', 'b']]);
  source = {};
  await ask('a');
  expect(asked).toEqual(['a', 'b', 'a']);
  source = undefined;
  await Promise.all([ask('a'), ask('a')]);
  expect(asked).toHaveLength(5);
});

it('what is long, or failed, is asked again', async () => {
  let times = 0;
  const same = {};
  const answers = rememberAnswers<number>(() => same);
  const long = () => answers.of('long', () => Promise.resolve(Array.from({ length: 100 }, () => ++times)));
  expect((await long())[0]).toBe(1);
  expect((await long())[0]).toBe(101);
  const failing = () => answers.of('failing', () => Promise.reject(new Error(String(++times))));
  await expect(failing()).rejects.toThrow('201');
  await expect(failing()).rejects.toThrow('202');
});
