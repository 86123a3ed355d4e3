import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { digestBytes } from '#evidence';
import { run as ofHost, toolMs } from '../infra/tools.js';
import { checkout, python } from '../support/command-line.js';
import { historyOf, isSealed, runOf } from '../support/outcomes.js';
import { startTogether } from '../support/start-together.js';
import type { System } from '../support/system.js';

/** What it is built of takes two minutes of CPU the first time, and 4 s from then on. */
const go = process.env['HOLDFAST_TEST_GO'] === '1';
const experiment = {
  ...{ namespace: 'replayed', name: 'one' },
  files: { 'a.sh': '#!/bin/sh\n' },
  blueprint: { steps: { a: { run: ['./a.sh'] } } },
};
/** As a checkout is to the examples; what they generate stays out of this one. */
const tools = join(checkout, '.cache/tools');
mkdirSync(tools, { recursive: true });
const root = mkdtempSync(join(tools, 'replay-'));
let system: System;
let run: string;
let lastIndex: number;
/** What every reader of the run comes to: how many events, and the digest of their bytes. */
let summary: string;

beforeAll(async () => {
  cpSync(join(checkout, 'proto'), join(root, 'proto'), { recursive: true });
  symlinkSync(join(checkout, 'node_modules'), join(root, 'node_modules'));
  system = await startTogether();
  const { id } = await runOf(system, experiment);
  await isSealed(system, { id });
  run = `run-${id}`;
  const events = await historyOf(system, { subject: run });
  lastIndex = Number(events.at(-1)?.index);
  const digest = createHash('sha256');
  for (const { envelope } of events) digest.update(createHash('sha256').update(envelope).digest());
  summary = `${events.length} events, sha256 of their digests ${digest.digest('hex')}\n`;
});
afterAll(async () => {
  await system.close();
  rmSync(root, { recursive: true, force: true });
});

function example(name: string) {
  const folder = join(root, 'examples', name);
  cpSync(join(checkout, 'examples', name), folder, { recursive: true });
  const [, block = ''] = /```sh\n([^]*?)```/.exec(readFileSync(join(folder, 'README.md'), 'utf8')) ?? [];
  const commands = block.trim().split('\n');
  return {
    folder,
    prepare: commands.filter((command) => !command.includes('--server')),
    read: commands.filter((command) => command.includes('--server')),
  };
}

async function carryOut(commands: readonly string[], folder: string): Promise<readonly string[]> {
  const said: string[] = [];
  for (const command of commands) {
    const here = command
      .replace('127.0.0.1:4653', system.addresses.auditor)
      .replace('--subject ID', `--subject ${run}`)
      .replace('--compare 0 5', `--compare 0 ${lastIndex}`)
      .replace('--as-of 5', `--as-of ${lastIndex}`);
    const env = { PIP_DISABLE_PIP_VERSION_CHECK: '1', PIP_NO_COMPILE: '1' };
    said.push(await ofHost('sh', ['-ec', here], folder, '', env));
  }
  return said;
}

/** What pip brings is kept for the next time, under the digest of what was asked for and of whom. */
async function withPackages(folder: string, install: readonly string[]): Promise<void> {
  const version = await ofHost('python3', ['-V'], folder);
  const wanted = `${version}${readFileSync(join(folder, 'requirements.txt'), 'utf8')}`;
  const asked = digestBytes(wanted).slice('sha256:'.length, 19);
  const [kept, here] = [join(tools, `python-packages-${asked}`), join(folder, '.venv')];
  if (!existsSync(kept)) {
    await carryOut(install, folder);
    renameSync(here, kept);
  }
  symlinkSync(kept, here);
}

(python === undefined ? it.skip : it)(
  'every command of examples/replay-python/README.md works, and reads the history',
  async () => {
    const { folder, prepare, read } = example('replay-python');
    const isInstall = (command: string) => /-m venv|pip install/.test(command);
    await withPackages(folder, prepare.filter(isInstall));
    await carryOut(
      prepare.filter((command) => !isInstall(command)),
      folder,
    );
    const [all, ofRun, since, compared, asOf] = await carryOut(read, folder);
    expect(all).toMatch(/^ +0 [^]*RunSubmitted[^]*BundleSealed/);
    for (const said of [ofRun, since, asOf]) expect(said).toContain(summary);
    expect(compared).toMatch(new RegExp(`^${run}\n  \\S.*: nothing → `, 'm'));
  },
  toolMs,
);

if (go)
  it(
    'every command of examples/replay-go/README.md works, and reads the same history',
    async () => {
      const { folder, prepare, read } = example('replay-go');
      await carryOut(prepare, folder);
      const [all, ofRun] = await carryOut(read, folder);
      expect(all).toMatch(/^ +0 [^]*RunSubmitted[^]*BundleSealed/);
      expect(ofRun).toContain(summary);
    },
    toolMs,
  );
