import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { formatVerifierKey, publicKeyPem } from '#evidence';
import { holdfast, jsonOf, withinProcess } from '../testing/cli.js';
import { entriesOf, sampleBundle, writeEntries, writeSample } from '../testing/sample-bundle.js';

type Report = { holds: boolean; problems: { code: string; field: string; message: string }[] };

let dir: string;
let file: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'holdfast-verify-'));
  file = join(dir, 'run.holdfast');
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const sample = sampleBundle();
const scores = sample.output.replace('model', 'scores');
const bytesIn = (bytes: Buffer, text: string) => bytes.indexOf(text);

/** Within this process, which is quicker. */
const verify = (...args: string[]) => withinProcess(['verify', ...args], {});

/** What `verify` says of the file, which must not hold. */
async function problemsOf(): Promise<Report['problems']> {
  const said = await verify(file, '-o', 'json');
  expect(said).toMatchObject({ status: 5, stderr: '' });
  const report = jsonOf(said) as Report;
  expect(report.holds).toBe(false);
  return report.problems;
}

describe('verify', () => {
  it('says what a sound bundle proves, and what not', async () => {
    await writeSample(file, sample);
    const said = await holdfast(['verify', file]);
    expect(said.status).toBe(0);
    expect(said.stdout).toContain(`${file}: holds, but no signature was checked`);
    expect(said.stdout).toMatch(/^proven\n {2}every one of the 8 members/m);
    expect(said.stdout).toMatch(/^not proven\n {2}who made it and when/m);
    expect(jsonOf(await verify(file, '-o', 'json'))).toMatchObject({
      holds: true,
      run: sample.run,
      outcome: 'completed',
      members: 8,
      problems: [],
    });
    expect((await verify(file, '-q')).stdout).toMatch(/^sha256:[0-9a-f]{64}\n$/);
  });

  it('does not take a key for a signature', async () => {
    await writeSample(file, sample);
    const key = join(dir, 'key.pub');
    expect(await verify(file, '--key', key)).toMatchObject({
      status: 2,
      stdout: '',
      stderr: expect.stringContaining('KEY_UNREADABLE'),
    });
    await writeFile(key, 'anything');
    expect(await verify(file, '--key', key)).toMatchObject({ status: 2, stdout: '' });
    await writeFile(key, publicKeyPem(new Uint8Array(32).fill(7)));
    for (const given of [key, formatVerifierKey('example.org/log', new Uint8Array(32).fill(7))]) {
      const said = await verify(file, '--key', given);
      expect(said.status).toBe(5);
      expect(said.stdout).toContain('SIGNATURE_MISSING');
    }
    const more = await verify(file, '--key', key, '--witnesses', '1');
    expect(more).toMatchObject({ status: 2, stderr: expect.stringContaining('--witnesses is a number') });
  });

  it('names what was truncated, changed or swapped', async () => {
    await writeSample(file, sample);
    const whole = await readFile(file);
    for (const length of [0, 10, whole.length >> 1, whole.length - 1]) {
      await writeFile(file, whole.subarray(0, length));
      expect(await problemsOf()).toMatchObject([{ message: expect.stringContaining('not a zip file') }]);
    }
    const flipped = Buffer.from(whole);
    const place = bytesIn(flipped, 'weights');
    flipped[place] = (flipped[place] as number) ^ 1;
    await writeFile(file, flipped);
    expect(await problemsOf()).toMatchObject([{ code: 'EVIDENCE_FAILS', field: sample.output }]);

    const other: Record<string, string> = { [sample.output]: scores, [scores]: sample.output };
    const contents = new Map(entriesOf(sample));
    const swapped = [...contents].map(
      ([name, bytes]) => [name, contents.get(other[name] ?? name) ?? bytes] as const,
    );
    await writeEntries(file, swapped);
    expect((await problemsOf()).map(({ field }) => field)).toEqual([sample.output, scores]);
  });

  it('names every entry that is missing or does not belong', async () => {
    const entries = entriesOf(sample).filter(([name]) => name !== sample.output && name !== scores);
    await writeEntries(file, [...entries, ['extra.txt', Buffer.from('x')], ['blobs/zz', Buffer.from('x')]]);
    const problems = await problemsOf();
    expect(problems.map(({ field, message }) => [field, message])).toEqual([
      [sample.output, 'is listed but missing'],
      [scores, 'is listed but missing'],
      ['extra.txt', 'is not listed'],
      ['blobs/zz', 'is not listed'],
    ]);
  });

  it('is not taken in by a list that was made anew for other bytes', async () => {
    const forged = sampleBundle();
    const changed = Buffer.from('{"weights":[0.99,0.5]}\n');
    const { digestBytes, treeManifest, treeOf } = await import('#evidence');
    const core = treeOf(
      forged.core.entries.map((entry) =>
        entry.path === sample.output ? { ...entry, digest: digestBytes(changed) } : entry,
      ),
    );
    const entries = entriesOf(forged).map(([name, bytes], i): [string, Uint8Array] =>
      i === 0 ? [name, treeManifest(core)] : [name, name === sample.output ? changed : bytes],
    );
    await writeEntries(file, entries);
    expect(await problemsOf()).toMatchObject([
      { field: sample.output, message: expect.stringContaining('not what the history says') },
    ]);
  });

  it('keeps hostile names off the terminal', async () => {
    await writeEntries(file, [...entriesOf(sample), ['evil\u001b[2J.txt', Buffer.from('x')]]);
    const said = await verify(file);
    expect(said.status).toBe(5);
    expect(said.stdout).toContain('evil\\u001b[2J.txt');
    expect(said.stdout).not.toContain('\u001b');
  });

  it('tells a file that is not there from one that does not hold', async () => {
    expect(await verify(join(dir, 'none'))).toMatchObject({
      status: 8,
      stdout: '',
      stderr: expect.stringContaining('there is no such file'),
    });
    expect((await verify(dir)).status).toBe(2);
    await writeFile(file, 'not a zip');
    expect(await problemsOf()).toHaveLength(1);
  });
});
