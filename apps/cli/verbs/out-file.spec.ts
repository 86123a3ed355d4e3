import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { answering } from '../testing/answering.js';
import { outFile } from './out-file.js';

const blueprint = `blueprint: default/out
why: where is it written?
code: { path: ./src }
environment: node-26
seed: 1
steps: { main: { run: [node, main.mjs], out: { model: model.json } } }
`;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-out-'));
  await mkdir(join(folder, 'src', 'kept'), { recursive: true });
  await writeFile(join(folder, 'holdfast.yaml'), blueprint);
  await writeFile(join(folder, '.holdfastignore'), 'src/kept/\n');
  await writeFile(join(folder, 'old.zip'), '');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('what is written where --out says', () => {
  it.each(['', '-', '/dev/null', '.'])("goes to a file, which '%s' is not", async (out) => {
    const { session } = answering({});
    await expect(outFile(session, { out })).rejects.toMatchObject({ code: 'OUT_INVALID', kind: 'invalid' });
  });

  it('replaces a file only when somebody says so', async () => {
    const { session } = answering({});
    const out = join(folder, 'old.zip');
    await expect(outFile(session, { out })).rejects.toMatchObject({ code: 'NOT_CONFIRMED' });
    expect(await outFile(session, { out, yes: true })).toBe(out);
  });

  it.each([
    ['src/trail.zip', true],
    ['src/run.holdfast', false],
    ['src/kept/trail.zip', false],
    ['trail.zip', false],
    ['../trail.zip', false],
  ])('to %s moves the code: %s', async (path, moves) => {
    const { session, said } = answering({});
    await outFile(session, { out: join(folder, path) });
    expect(said().notes.includes('.holdfastignore')).toBe(moves);
  });
});
