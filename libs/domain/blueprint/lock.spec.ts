import { describe, expect, it } from '@jest/globals';
import { checkLock, compareLock, parseLock, serializeLock } from './index.js';
import { digest, penguinsLock } from './testing/examples.js';

describe('a lock', () => {
  it('comes back as it was written, and is written one way', () => {
    const text = serializeLock(penguinsLock);
    expect(parseLock(text)).toEqual(penguinsLock);
    expect(serializeLock(parseLock(text))).toBe(text);
    expect(
      serializeLock(Object.fromEntries(Object.entries(penguinsLock).reverse()) as typeof penguinsLock),
    ).toBe(text);
  });

  it('changes in one line per pin that moved', () => {
    const moved = { ...penguinsLock, code: { ...penguinsLock.code, tree: digest('7') } };
    const [before, after] = [penguinsLock, moved].map((lock) => serializeLock(lock).split('\n'));
    expect(after?.filter((line, index) => line !== before?.[index])).toEqual([
      `    "tree": "${digest('7')}"`,
    ]);
  });

  it('says what moved, and not that another version of the tool wrote it', () => {
    const { penguins } = penguinsLock.data;
    const after = {
      ...penguinsLock,
      holdfast: '0.2.0',
      sourceDateEpoch: 1,
      data: { birds: penguins as NonNullable<typeof penguins> },
    };
    expect(compareLock(penguinsLock, { ...penguinsLock, holdfast: '0.2.0' })).toEqual([]);
    expect(compareLock(penguinsLock, after)).toEqual([
      { field: 'data.birds', after: penguins },
      { field: 'data.penguins', before: penguins },
      { field: 'sourceDateEpoch', before: 315_532_800, after: 1 },
    ]);
  });

  it.each([
    ['an unresolved merge', `<<<<<<< HEAD\n${serializeLock(penguinsLock)}`, 'LOCK_CONFLICT'],
    ['broken JSON', '{', 'JSON_INVALID'],
    ['a key twice', '{"v":1,"v":1}', 'JSON_INVALID'],
    ['two megabytes', new Uint8Array(2e6), 'JSON_TOO_LARGE'],
    ['a later form', serializeLock(penguinsLock).replace('"v": 1', '"v": 2'), 'VALUE_UNKNOWN'],
    ['half a digest', serializeLock(penguinsLock).replace(/c{60}/, ''), 'DIGEST_INVALID'],
    [
      'an unknown kind',
      serializeLock(penguinsLock).replace('"kind": "node"', '"kind": "nodejs"'),
      'VALUE_UNKNOWN',
    ],
    ['an unknown key', serializeLock(penguinsLock).replace('"v": 1', '"v": 1, "w": 1'), 'KEY_UNKNOWN'],
  ])('is refused with %s', (_, input, code) => {
    expect(checkLock(input).problems.map((problem) => problem.code)).toContain(code);
    expect(() => parseLock(input)).toThrow(expect.objectContaining({ code: 'LOCK_INVALID' }));
  });
});
