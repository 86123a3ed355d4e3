import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openBench, testedLevels, type StepBench } from '../testing/step-bench.js';
import { alternativeRoot } from '../work-root.js';

const levels = await testedLevels();
const largeText = 'a row of data\n'.repeat(100_000);

describe.each(levels)('large inputs of several steps at level %s', (level) => {
  /** A step of the server's own user has copies, which it may change, and that is found out. */
  const lends = level === 'bubblewrap' || process.getuid?.() === 0;
  let bench: StepBench;
  beforeAll(async () => {
    bench = await openBench(level);
  });
  afterAll(() => bench.close());

  const keptFiles = (): string[] =>
    [bench.scratchDir, alternativeRoot(bench.scratchDir)].flatMap((root) => {
      const inputs = join(root, 'inputs');
      const names = () => readdirSync(inputs, { recursive: true, encoding: 'utf8' });
      try {
        return names()
          .map((name) => join(inputs, name))
          .filter((path) => statSync(path).isFile());
      } catch {
        return [];
      }
    });

  it('are kept once, and no step can change them', async () => {
    const { digest } = await bench.store.put(Buffer.from(largeText));
    const spec = await bench.spec(
      {
        'main.cjs': `const fs = require('node:fs');
        for (const harm of ['chmodSync(p, 0o777)', 'writeFileSync(p, "x")', 'rmSync(p)', 'renameSync(p, "inputs/b")', 'truncateSync(p)', 'utimesSync(p, 1, 1)'])
          try { new Function('fs', 'p', 'fs.' + harm)(fs, 'inputs/data'); console.log('did', harm); } catch {}
        const { size, mode } = fs.statSync('inputs/data');
        console.log(size, (mode & 0o777).toString(8), fs.readFileSync('inputs/data', 'utf8').slice(0, 13));`,
      },
      { inputs: [{ path: 'data', blob: digest }] },
    );
    for (let i = 0; i < 2; i++) {
      const outcomes = await Promise.all([bench.sandbox.runStep(spec), bench.sandbox.runStep(spec)]);
      for (const outcome of outcomes) {
        if (!lends) {
          expect(outcome).toMatchObject({ status: 'failed', failure: { class: 'input-changed' } });
          continue;
        }
        expect(outcome).toMatchObject({ status: 'completed' });
        expect(await bench.text(outcome.stdout.digest)).toBe('1400000 444 a row of data\n');
      }
    }
    expect(keptFiles().map((path) => statSync(path).size)).toEqual(lends ? [largeText.length] : []);
    expect(await bench.traces([])).toEqual([]);
  });

  it('may be trees, of which two equal files are two files', async () => {
    const tree = await bench.tree({ 'a/one': largeText, two: largeText, 'run.sh': '#!/bin/sh\n' });
    const spec = await bench.spec(
      {
        'main.cjs': `const { statSync, readFileSync } = require('node:fs');
        const seen = ['a/one', 'two', 'run.sh'].map((name) => statSync('inputs/set/' + name));
        console.log(new Set(seen.map(({ ino }) => ino)).size, seen.map(({ mode }) => (mode & 0o777).toString(8)).join(' '));
        console.log(readFileSync('inputs/set/a/one').equals(readFileSync('inputs/set/two')));`,
      },
      { inputs: [{ path: 'set', tree }] },
    );
    for (let i = 0; i < 2; i++) {
      const outcome = await bench.sandbox.runStep(spec);
      expect(outcome).toMatchObject({ status: 'completed' });
      expect(await bench.text(outcome.stdout.digest)).toBe('3 444 444 555\ntrue\n');
    }
  });

  it('that somebody else changes fail the steps that read them, and those alone', async () => {
    const text = largeText.replace('a row', 'A row');
    const { digest } = await bench.store.put(Buffer.from(text));
    const script = (ends: string) =>
      bench.spec(
        {
          'main.cjs': `const { readFileSync } = require('node:fs');
          const read = () => readFileSync('inputs/data', 'utf8').slice(0, 5);
          console.log(read());
          const wait = () => (${ends} ? console.log('seen') : setTimeout(wait, 5));
          wait();`,
        },
        { inputs: [{ path: 'data', blob: digest }] },
      );
    const harm = () => {
      for (const path of keptFiles().filter((one) => readFileSync(one, 'utf8').startsWith('A row'))) {
        chmodSync(path, 0o644);
        writeFileSync(path, 'other');
        chmodSync(path, 0o444);
      }
    };
    const onOutput = ({ bytes }: { readonly bytes: Uint8Array }) => {
      if (Buffer.from(bytes).toString().startsWith('A row')) harm();
    };
    // Copies of its own are not there for anybody to change.
    const spec = await script(lends ? `read() === 'other'` : 'true');
    const outcome = await bench.sandbox.runStep(spec, { onOutput });
    if (!lends) return expect(outcome).toMatchObject({ status: 'completed' });
    expect(outcome).toMatchObject({
      status: 'failed',
      failure: { class: 'input-changed', message: expect.stringContaining('inputs/data') as unknown },
    });
    const next = await bench.sandbox.runStep(await script('true'));
    expect(next).toMatchObject({ status: 'completed' });
    expect(await bench.text(next.stdout.digest)).toBe('A row\nseen\n');
  });
});
