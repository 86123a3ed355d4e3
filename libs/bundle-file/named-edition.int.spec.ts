import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { canonicalBytes, nameId } from '#evidence';
import { namedName, verifyBundle } from './index.js';
import { mostNamedBytes } from './named-edition.js';
import { signedSample, testSigner } from './testing/index.js';

const { keyName: name, publicKey } = testSigner();
const keys = [{ name, algorithm: 'ed25519' as const, publicKey }];
const somebody = nameId('actor', 'somebody');
const edition = (people: object, reasons: object = {}, v = 1) =>
  canonicalBytes({ v, people, reasons } as never);
let dir: string;
let made = 0;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'holdfast-named-'));
});
afterAll(() => rm(dir, { recursive: true }));

async function verified(named?: Uint8Array) {
  const { file } = await signedSample(undefined, named === undefined ? {} : { named });
  const path = join(dir, String(made++));
  await writeFile(path, file);
  return verifyBundle(path, { keys });
}

describe('a named edition of a bundle', () => {
  it('proves what the bundle proves, of the same core, and says that nothing proves the names', async () => {
    const [plain, named] = [await verified(), await verified(edition({ [somebody]: 'Ada Lovelace' }))];
    expect(named).toMatchObject({ problems: [], core: plain.core, proven: plain.proven });
    const more = named.notProven.filter((text) => !plain.notProven.includes(text));
    expect(more).toEqual([expect.stringContaining(`the names and reasons in ${namedName}`)]);
  });

  it.each([
    ['a person who is not in the history', edition({ [nameId('actor', 'other')]: 'Eve' })],
    ['a text that the history has not sealed', edition({}, { [nameId('event', 'x')]: 'said' })],
    ['a name that is none', edition({ [somebody]: 7 })],
    ['a name without an end', edition({ [somebody]: 'x'.repeat(10_001) })],
    ['another version', edition({}, {}, 2)],
    ['more than it may', canonicalBytes({ ...{ v: 1, people: {}, reasons: {} }, more: 1 })],
    ['another spelling', Buffer.from('{ "people": {}, "reasons": {}, "v": 1 }')],
    ['no list', Buffer.from('[]')],
    ['no JSON', Buffer.from('Ada')],
  ])('does not hold with %s', async (_, named) => {
    const { problems } = await verified(named);
    expect(problems).toMatchObject([{ field: namedName }]);
  });

  it('is refused before it is read when it is larger than any', async () => {
    const { problems } = await verified(new Uint8Array(mostNamedBytes + 1));
    expect(problems).toMatchObject([{ field: namedName, code: 'BUNDLE_INVALID' }]);
  });
});
